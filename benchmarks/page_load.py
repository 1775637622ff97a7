"""What labelers wait for: `python benchmarks/page_load.py [10000 1000000] [--only postgresql]`.

1, 16 and 64 labelers at once take images, answer one and go on to the next, through HTTP, from
`python -m tenfold.web` on this machine; with 2 s of thinking in between, and without any. They do
as the page does: up to 12 images are leased ahead (`--hold`), more are asked for when a third of
them is answered, and a labeler waits for them here, where the page goes on meanwhile. Their
answers are then counted in the label store: one that was acknowledged and isn't there is lost, one
to an image that somebody had answered already was handed out twice. `--peer` measures Label Studio
in the same way, in a project of 10,000 tasks, after installing it into an environment of its own.
"""

import argparse
import asyncio
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.page_load_parts import label_studio, serving  # noqa: E402
from benchmarks.page_load_parts.filling import fill  # noqa: E402
from benchmarks.page_load_parts.labelers import (  # noqa: E402
    Labeler,
    Seen,
    label,
    percentile,
)
from tenfold.store.engine import Database  # noqa: E402
from tenfold.store.tables import annotations  # noqa: E402

MOST, THINK = 64, 2.0
AT_ONCE = (1, 16, 64)
OF_PEER = 10_000
HEADER = (
    "server           images labelers think  asked p50/p99 ms submit p50/p99 ms"
    "  answers/s  CPU ms/answer  twice  lost    MB  load"
)


def line(
    name: str,
    images: int,
    at_once: int,
    think: float,
    seen: Seen,
    *,
    cpu: float,
    lost: int,
    mb: float,
) -> str:
    """Return one line of the table."""
    first = "/".join(f"{1000 * percentile(seen.next_image, p):.1f}" for p in (0.5, 0.99))
    second = "/".join(f"{1000 * percentile(seen.submit, p):.1f}" for p in (0.5, 0.99))
    each = 1000 * cpu / seen.answers if seen.answers else math.nan
    return (
        f"{name:<13} {images:>9,} {at_once:>8} {think:>3.0f} s {first:>16} {second:>18}"
        f" {seen.answers / seen.seconds:>10.1f} {each:>14.1f} {seen.twice:>6} {lost:>5}"
        f" {mb:>5.0f} {os.getloadavg()[0]:>5.1f}"
    )


def kept(database: Database) -> int:
    """Count the answers in the label store."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(annotations)) or 0


def measure(url: str, home: Path, images: int, options: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of one project on one database."""
    database = Database(url)
    filled = fill(url, images, MOST)
    with serving.running(url, home) as served:

        def hire(number: int) -> Labeler:
            token = filled.tokens[number]
            return serving.labeler(served.port, token, number, options.hold)

        yield from _lines(_backend(url), images, served, hire, partial(kept, database), options)
    database.close()


def measure_peer(url: str, home: Path, options: argparse.Namespace) -> Iterator[str]:
    """Yield the peer's lines on one database."""
    with label_studio.running(url, home, OF_PEER, MOST) as peer:
        stored = partial(label_studio.stored, peer)
        name = f"LS, {_backend(url)}"
        yield from _lines(name, OF_PEER, peer.served, peer.hire, stored, options)
        yield f"(its import: {OF_PEER / peer.imported:,.0f} tasks a second)"


def _backend(url: str) -> str:
    return "SQLite" if url.startswith("sqlite") else "PostgreSQL"


def _lines(
    name: str,
    images: int,
    served: serving.Served,
    hire: Callable[[int], Labeler],
    stored: Callable[[], int],
    options: argparse.Namespace,
) -> Iterator[str]:
    asyncio.run(label([hire(number) for number in range(4)], 0.0, 1.0))
    for think, seconds in ((THINK, options.seconds), (0.0, options.seconds / 2)):
        for at_once in options.labelers:
            before, cpu = stored(), served.cpu()
            labelers = [hire(number) for number in range(at_once)]
            seen = asyncio.run(label(labelers, think, seconds))
            yield line(
                name,
                images,
                at_once,
                think,
                seen,
                cpu=served.cpu() - cpu,
                lost=seen.answers - (stored() - before),
                mb=served.memory(),
            )


@contextmanager
def empty(backend: str) -> Iterator[tuple[str, Path]]:
    """Yield the URL of an empty database and an empty folder."""
    with tempfile.TemporaryDirectory(prefix="tenfold-load-") as folder:
        if backend == "sqlite":
            yield f"sqlite:///{folder}/labels.db", Path(folder)
            return
        from tests import postgresql

        with postgresql.running() as server:
            yield postgresql.empty_database(server, "labels"), Path(folder)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", type=int, default=[10_000, 1_000_000])
    parser.add_argument("--labelers", nargs="*", type=int, default=list(AT_ONCE))
    parser.add_argument("--seconds", type=float, default=20.0, help="of a line with thinking")
    parser.add_argument("--hold", type=int, default=serving.HELD, help="images leased ahead")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--peer", action="store_true", help="measure Label Studio, too")
    options = parser.parse_args()
    print(HEADER, flush=True)
    for backend in [options.only] if options.only else ["sqlite", "postgresql"]:
        for images in options.images:
            with empty(backend) as (url, home):
                _print(measure(url, home, images, options))
        if options.peer:
            with empty(backend) as (url, home):
                _print(measure_peer(url, home, options))


def _print(lines: Iterator[str]) -> None:
    for one in lines:
        print(one, flush=True)


if __name__ == "__main__":
    main()
