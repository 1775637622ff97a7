"""How fast labels files are written and read, and in how much memory.

`python benchmarks/formats.py [100000 1000000] [--only coco,csv]`: as many boxes, ten an image, in
each format; written by tenfold's writer, read by its reader, looked through as `tenfold import
--dry-run` does, and beside it the whole file loaded as people do (`json.load`, `csv.DictReader`).
Each is a process of its own, and its peak is that of the whole process.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from models.annotation import FinalKind
from models.dataset import DatasetRow
from models.label import Box, Boxes, TaskType
from tenfold.formats import ExportRow, read, write
from tenfold.formats.reading import READ_AS
from tenfold.formats.writing import HOLDS, SINGLE_FILES
from tenfold.importing.places import Places
from tenfold.importing.report import ImportReport
from tenfold.importing.writing import look_up

BOXES = 10
CLASSES = [f"class {number}" for number in range(20)]
WIDTH, HEIGHT = 1920, 1080
FORMATS = [name for name, tasks in HOLDS.items() if TaskType.BOXES in tasks]
PARTS = {
    "write": "written",
    "read": "read",
    "dry-run": "import --dry-run",
    "load": "whole file loaded",
}


def rows(boxes: int) -> Iterator[ExportRow]:
    """Yield images with ten boxes each, in the order of their hashes."""
    for number in range(boxes // BOXES):
        image = DatasetRow(
            sha256=f"{number:064x}",
            image_url=f"https://account.blob.core.windows.net/data/{number:08d}.jpg",
            blob=f"images/{number}",
            width=WIDTH,
            height=HEIGHT,
            size=100_000,
            media_type="image/jpeg",
            paths=(path(number),),
        )
        drawn = tuple(box(number * BOXES + i) for i in range(BOXES))
        yield ExportRow(image=image, value=Boxes(boxes=drawn), by=FinalKind.PERSON, annotator="ann")


def path(number: int) -> str:
    """Return the path of an image."""
    return f"set/{number // 1000:04d}/{number:08d}.jpg"


def box(number: int) -> Box:
    """Return a box that is another for each number."""
    x, y = number * 7919 % 1700 + 0.25, number * 104_729 % 900 + 0.5
    return Box(label=CLASSES[number % 20], xmin=x, ymin=y, xmax=x + 133.3, ymax=y + 77.7)


def place(folder: Path, name: str) -> Path:
    """Return what is read of a format's export: its one file, or the folder."""
    return folder / SINGLE_FILES[name][0] if name in SINGLE_FILES else folder


def do(part: str, name: str, folder: Path, boxes: int) -> None:
    """Do one part."""
    parts: dict[str, Callable[[], int]] = {
        "write": lambda: _written(name, folder, boxes),
        "read": lambda: _read(name, folder),
        "dry-run": lambda: _looked_up(name, folder, boxes),
        "load": lambda: _loaded(place(folder, name)),
    }
    began = time.perf_counter()
    done = parts[part]()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert done == boxes, (part, name, done)
    print(json.dumps({"seconds": seconds, "peak": peak}))


def _written(name: str, folder: Path, boxes: int) -> int:
    write(name, rows(boxes), CLASSES, folder, TaskType.BOXES)
    return boxes


def _read(name: str, folder: Path) -> int:
    found = read(place(folder, name), READ_AS.get(name, name), task=TaskType.BOXES)
    return sum(len(row.value.boxes) for row in found if isinstance(row.value, Boxes))


def _looked_up(name: str, folder: Path, boxes: int) -> int:
    report = ImportReport("p", READ_AS.get(name, name), TaskType.BOXES)
    with Places(path(number) for number in range(boxes // BOXES)) as places:
        look_up(place(folder, name), places, report)
    return report.labels.total()


def _loaded(file: Path) -> int:
    """Load a whole file as people do, and count its boxes."""
    if file.suffix == ".csv":
        with file.open(newline="") as stream:
            return len(list(csv.DictReader(stream)))
    if file.suffix == ".json":
        loaded = json.loads(file.read_text())
        if isinstance(loaded, dict):
            return len(loaded["annotations"])
        return sum(len(task["annotations"][0]["result"]) for task in loaded)
    with file.open() as stream:
        lines = [json.loads(line) for line in stream]
    return sum(len(_boxes_of(line)) for line in lines)


def _boxes_of(line: dict[str, object]) -> list[object]:
    found = line.get("boxes", line.get("label"))
    found = found["annotations"] if isinstance(found, dict) else found
    assert isinstance(found, list)
    return found


def measured(part: str, name: str, folder: Path, boxes: int) -> str:
    """Do one part in a process of its own; return annotations a second and its peak in MB."""
    command = [sys.executable, __file__, str(boxes), "--part", part, name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(done.stdout)
    return f"{boxes / found['seconds']:,.0f}/s, {found['peak']:.0f} MB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("boxes", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--only", default=",".join(FORMATS))
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--part", nargs=3, metavar=("PART", "FORMAT", "FOLDER"))
    wanted = parser.parse_args()
    if wanted.part:
        part, name, folder = wanted.part
        do(part, name, Path(folder), wanted.boxes[0])
        return
    parts = wanted.parts.split(",")
    print(f"| boxes | format | {' | '.join(PARTS[part] for part in parts)} |")
    print(f"|---|---|{'---|' * len(parts)}")
    for boxes in wanted.boxes:
        for name in wanted.only.split(","):
            with tempfile.TemporaryDirectory() as folder:
                told = [
                    measured(part, name, Path(folder), boxes)
                    if part != "load" or name in SINGLE_FILES
                    else "–"
                    for part in parts
                ]
                print(f"| {boxes:,} | {name} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
