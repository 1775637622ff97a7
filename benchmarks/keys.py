"""Keys, clicks and drags for an image: `python benchmarks/keys.py [--images 50]`.

Hands in a real Chromium label the same photographs with the same answers on tenfold's page and in
Label Studio (installed into an environment of its own, as it is delivered), with as few keys and
clicks as each allows. The page counts what reaches it: keys but for bare modifiers, clicks, drags.
What was stored is then compared with what was meant. The time is from the last key or click of an
image to the frame that shows the next one, loaded and decoded; a third of a second is taken to
look at each image.
"""

import argparse
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.chromium import chromium
from benchmarks.keys_parts import ours, peer
from benchmarks.keys_parts.hands import Counted
from benchmarks.keys_parts.jobs import Job, jobs
from benchmarks.page_load_parts import label_studio
from benchmarks.photographs import photograph, serving
from tenfold.blobs import open_blobs
from tenfold.settings import Settings
from tenfold.store import open_store
from tenfold.web.link import sign_in_link

SCREEN = {"width": 1366, "height": 768}
HEADER = "keys | clicks | drags | next image, p50 / p95"
NONE = "none | none | none | none"


def row(counted: Counted) -> str:
    """Return a tool's part of a line."""
    counts = " | ".join(f"{count:.2f}" if count else "–" for count in counted.each())
    return f"{counts} | {counted.time(0.5):,.0f} / {counted.time(0.95):,.0f} ms"


@contextmanager
def window(browser: Any) -> Iterator[Any]:
    """Yield an empty page of a person of its own."""
    context = browser.new_context(viewport=SCREEN)
    yield context.new_page()
    context.close()


def of_ours(home: Path, browser: Any, every: list[Job], photographs: list[bytes]) -> Iterator[str]:
    """Yield tenfold's part of each line."""
    settings = Settings(home=home, port=0)
    store, blobs = open_store(settings.store_url, lease_seconds=600), open_blobs(settings)
    with serving(home) as address:
        for job in every:
            with window(browser) as page:
                page.goto(sign_in_link(settings, address))

                def at(name: str, page: Any = page) -> Any:
                    page.goto(f"{address}/projects/{name}/label")
                    return page

                yield row(ours.measure(store, blobs, job, photographs, at))
    store.close()


def of_peer(home: Path, browser: Any, every: list[Job], photographs: list[bytes]) -> Iterator[str]:
    """Yield Label Studio's part of each line."""
    with label_studio.started(f"sqlite:///{home}/peer.db", home, peer.QUIET) as server:
        studio = peer.Studio.at(server.port)
        for job in every:
            if not peer.has_a_way(job):
                yield NONE
                continue
            with window(browser) as page:
                studio.sign_in(page)
                yield row(peer.measure(studio, page, job, photographs))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=50, help="of each line")
    parser.add_argument("--only", default="", help="lines whose name contains this")
    options = parser.parse_args()
    dice = random.Random(1)
    photographs = [photograph(dice) for _ in range(options.images)]
    every = [job for job in jobs(options.images) if options.only in job.way]
    print(f"{options.images} images a line; load {os.getloadavg()[0]:.1f}\n")
    print(f"| | {HEADER} | Label Studio: {HEADER} |")
    print("|---" * 9 + "|")
    with tempfile.TemporaryDirectory(prefix="tenfold-keys-") as folder, chromium() as browser:
        here, there = Path(folder) / "tenfold", Path(folder) / "label-studio"
        here.mkdir()
        there.mkdir()
        lines = zip(
            every,
            of_ours(here, browser, every, photographs),
            of_peer(there, browser, every, photographs),
            strict=True,
        )
        for job, one, other in lines:
            print(f"| {job.way} | {one} | {other} |", flush=True)


if __name__ == "__main__":
    main()
