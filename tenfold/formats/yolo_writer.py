"""YOLO: `labels/NAME.txt` an image, `data.yaml`, `images.txt`, and `provenance.csv`."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

import yaml

from models.label import Box, Boxes, Polygon, Polygons, TaskType, classes_in
from tenfold.formats.csv_reader import IMAGE_FILE
from tenfold.formats.csv_writer import write_table
from tenfold.formats.grouping import Names
from tenfold.formats.paths import safe_name
from tenfold.formats.records import ExportRow
from tenfold.formats.sinks import Sink
from tenfold.formats.yolo_reader import PROVENANCE, label_name

IMAGES = "images"


def write_yolo(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write one file an image, a step an image."""
    del task
    numbers = {name: i for i, name in enumerate(classes)}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as listed, Names() as names:

        def written() -> Iterator[tuple[ExportRow, list[str]]]:
            for row in rows:
                image = _image_file(row, names)
                for name in sorted(classes_in(row.value) - numbers.keys()):
                    numbers[name] = len(numbers)
                with sink.open(label_name(image)) as out:
                    out.write("".join(_lines(row, numbers)).encode())
                listed.write(f"./{image}\n")
                yield row, [image]

        yield from write_table(written(), ("path", IMAGE_FILE), sink, PROVENANCE)
        listed.seek(0)
        with sink.open("images.txt") as out:
            for line in listed:
                out.write(line.encode())
    with sink.open("data.yaml") as out:
        out.write(_data(numbers).encode())


def write_split(sink: Sink, parts: Sequence[str], classes: Sequence[str]) -> None:
    """Write the `data.yaml` that brings the folders of training, validation and test together."""
    keys = {"train": "train", "validation": "val", "test": "test"}
    content = {
        "path": ".",
        **{keys[part]: f"{part}/images.txt" for part in parts},
        "names": dict(enumerate(classes)),
    }
    with sink.open("data.yaml") as out:
        out.write(yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode())


def _data(numbers: dict[str, int]) -> str:
    """Return data.yaml; no share is set apart for validation, that is the trainer's choice."""
    content = {
        "path": ".",
        "train": "images.txt",
        "val": "images.txt",
        "names": {number: name for name, number in numbers.items()},
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _image_file(row: ExportRow, names: Names) -> str:
    """Return where the image belongs for its text file to be found; no two share one."""
    inside = PurePosixPath(safe_name(row.name.removeprefix(f"{IMAGES}/")))
    stem = names.take(str(inside.with_suffix("")), row.image.sha256)
    return f"{IMAGES}/{stem}{inside.suffix}"


def _lines(row: ExportRow, numbers: dict[str, int]) -> Iterator[str]:
    width, height = row.image.width, row.image.height
    match row.value:
        case Boxes(boxes=boxes):
            for box in boxes:
                yield _line(numbers[box.label], _box(box, width, height))
        case Polygons(polygons=polygons):
            for polygon in polygons:
                yield _line(numbers[polygon.label], _polygon(polygon, width, height))


def _line(number: int, parts: Iterable[float]) -> str:
    return " ".join([str(number), *(repr(part) for part in parts)]) + "\n"


def _box(box: Box, width: int, height: int) -> list[float]:
    return [
        (box.xmin + box.xmax) / 2 / width,
        (box.ymin + box.ymax) / 2 / height,
        (box.xmax - box.xmin) / width,
        (box.ymax - box.ymin) / height,
    ]


def _polygon(polygon: Polygon, width: int, height: int) -> list[float]:
    return [part for x, y in polygon.points for part in (x / width, y / height)]
