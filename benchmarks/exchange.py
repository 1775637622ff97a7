"""Labels in and out: `python benchmarks/exchange.py [--images 10000] [--only sqlite]`.

A Label Studio JSON file with one class for each of so many images is brought into a project, and
the project's labels are written as such a file again: by `tenfold import` and `tenfold export`,
each a new process of the command line, and by Label Studio's own HTTP interface on a server that
runs already, installed into an environment of its own. Both export as many labels as came in. The
limit is reading and writing the file as JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import select

from benchmarks.page_load import empty
from benchmarks.page_load_parts import label_studio
from benchmarks.page_load_parts.filling import CLASSES, NAME, fill
from tenfold.store import open_store
from tenfold.store.tables import sources

HEADER = f"{'':<22}{'images':>8}  {'in, s':>8}{'a second':>10}  {'out, s':>8}{'a second':>10}"


def tasks(paths: list[str]) -> list[dict[str, object]]:
    """Return Label Studio's tasks: an image, and a person's class for it."""
    choice = {"from_name": "class", "to_name": "image", "type": "choices"}
    return [
        {
            "data": {"image": path},
            "annotations": [
                {"result": [{**choice, "value": {"choices": [CLASSES[number % len(CLASSES)]]}}]}
            ],
        }
        for number, path in enumerate(paths)
    ]


def timed(do: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def line(name: str, images: int, seconds: tuple[float, float]) -> str:
    """Return a line of the table."""
    into, out = (f"{each:>8.1f}{images / each:>10,.0f}" for each in seconds)
    return f"{name:<22}{images:>8,}  {into}  {out}"


def ours(url: str, home: Path, images: int) -> tuple[float, float]:
    """Return the seconds of `tenfold import` and of `tenfold export`."""
    fill(url, images, 1)
    store = open_store(url)
    cycle = store.cycles.ensure(store.projects.get(NAME).id)
    claim = store.cycles.claim(cycle.id, "bench")
    store.cycles.begin_step(claim, "ingest", "ingest")
    store.cycles.finish_step(claim, "ingest")
    with store.database.read() as connection:
        paths = list(connection.scalars(select(sources.c.path).order_by(sources.c.path)))
    store.close()
    labels, out = home / "labels.json", home / "out"
    labels.write_text(json.dumps(tasks(paths)))
    env = {**os.environ, "TENFOLD_HOME": str(home), "TENFOLD_DATABASE_URL": url}

    def tenfold(*arguments: str) -> None:
        command = [
            str(Path(sys.executable).with_name("tenfold")),
            *arguments,
            "--format",
            "label-studio",
        ]
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    into = timed(lambda: tenfold("import", NAME, str(labels)))
    back = timed(lambda: tenfold("export", NAME, "--to", str(out)))
    found = [json.loads(each.read_text()) for each in out.rglob("*.json")]
    written = max(len(each) for each in found if isinstance(each, list))
    if written != images:
        raise SystemExit(f"tenfold wrote {written} labels of {images}.")
    return into, back


def theirs(url: str, home: Path, images: int) -> tuple[float, float]:
    """Return the seconds of Label Studio's import and of its export."""
    given = tasks([f"/photos/{number}.jpg" for number in range(images)])
    with (
        label_studio.started(url, home) as server,
        label_studio.new_project(server.port) as (line, project),
    ):
        address = f"/api/projects/{project}"
        into = timed(lambda: line.post(f"{address}/import", json=given).raise_for_status())
        began = time.perf_counter()
        found = line.get(f"{address}/export", params={"exportType": "JSON"}).raise_for_status()
        back = time.perf_counter() - began
    if len(found.json()) != images:
        raise SystemExit(f"Label Studio wrote {len(found.json())} labels of {images}.")
    return into, back


def limit(images: int, folder: Path) -> tuple[float, float]:
    """Return the seconds that reading and writing the file take alone."""
    path, made = folder / "limit.json", tasks([f"/photos/{number}.jpg" for number in range(images)])
    out = timed(lambda: path.write_text(json.dumps(made)))
    return timed(lambda: json.loads(path.read_text())), out


def measured(backend: str, images: int) -> Iterator[str]:
    """Yield the lines of one database."""
    with empty(backend) as (url, home):
        yield line(f"tenfold, {backend}", images, ours(url, home, images))
    with empty(backend) as (url, home):
        yield line(f"Label Studio, {backend}", images, theirs(url, home, images))
    with tempfile.TemporaryDirectory() as folder:
        yield line("the file as JSON", images, limit(images, Path(folder)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    print(HEADER)
    for backend in [options.only] if options.only else ["sqlite", "postgresql"]:
        for each in measured(backend, options.images):
            print(each, flush=True)
    loads = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"load of the machine at the end, over 1, 5 and 15 minutes: {loads}")


if __name__ == "__main__":
    main()
