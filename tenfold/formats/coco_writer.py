"""COCO in pixels; classes of whole images as annotations without a box, as Azure ML writes them."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, BinaryIO

from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType, classes_in
from tenfold.formats.jsonl_writer import provenance
from tenfold.formats.records import ExportRow, Value
from tenfold.formats.shapes import area, bounds
from tenfold.formats.sinks import Sink

FILE = "labels.json"


def write_coco(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `labels.json`, a step a row; annotations wait in a temporary file for their turn."""
    numbers = {name: i for i, name in enumerate(classes, start=1)}
    info = {
        "description": "labels written by tenfold",
        "tenfold_task": task.value,
        "tenfold_coordinates": "pixels",
    }
    ids = count(1)
    with tempfile.TemporaryFile() as waiting, sink.open(FILE) as out:
        out.write(b'{"info": ' + _json(info) + b',\n"licenses": [],\n"images": [')
        for image_id, row in enumerate(rows, start=1):
            out.write((b",\n" if image_id > 1 else b"\n") + _json(_image(image_id, row)))
            for name in sorted(classes_in(row.value) - numbers.keys()):
                numbers[name] = len(numbers) + 1
            for annotation in _annotations(row.value, numbers):
                numbered = {"id": next(ids), "image_id": image_id, **annotation}
                waiting.write((b",\n" if numbered["id"] > 1 else b"\n") + _json(numbered))
            yield
        _finish(out, waiting, numbers)


def _finish(out: BinaryIO, waiting: BinaryIO, numbers: dict[str, int]) -> None:
    out.write(b'\n],\n"annotations": [')
    waiting.seek(0)
    shutil.copyfileobj(waiting, out)
    categories = [
        {"id": number, "name": name, "supercategory": ""} for name, number in numbers.items()
    ]
    out.write(b'\n],\n"categories": ' + _json(categories) + b"}\n")


def _json(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode()


def _image(image_id: int, row: ExportRow) -> dict[str, Any]:
    return {
        "id": image_id,
        "file_name": row.name,
        "width": row.image.width,
        "height": row.image.height,
        "coco_url": row.url,
        **provenance(row),
    }


def _annotations(value: Value, numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    match value:
        case ClassLabel():
            yield {"category_id": numbers[value.label]}
        case LabelSet():
            yield from ({"category_id": numbers[label]} for label in value.labels)
        case Boxes():
            yield from (_box(box, numbers) for box in value.boxes)
        case Polygons():
            yield from (_polygon(polygon, numbers) for polygon in value.polygons)


def _marks(shape: Box | Polygon) -> dict[str, Any]:
    marks: dict[str, Any] = {"iscrowd": int(shape.crowd)}
    if shape.difficult:
        marks["difficult"] = 1
    if shape.score is not None:
        marks["score"] = shape.score
    return marks


def _box(box: Box, numbers: dict[str, int]) -> dict[str, Any]:
    width, height = box.xmax - box.xmin, box.ymax - box.ymin
    return {
        "category_id": numbers[box.label],
        "bbox": [box.xmin, box.ymin, width, height],
        "area": width * height,
        **_marks(box),
    }


def _polygon(polygon: Polygon, numbers: dict[str, int]) -> dict[str, Any]:
    xmin, ymin, xmax, ymax = bounds(polygon)
    return {
        "category_id": numbers[polygon.label],
        "bbox": [xmin, ymin, xmax - xmin, ymax - ymin],
        "area": area(polygon),
        "segmentation": [[part for point in polygon.points for part in point]],
        **_marks(polygon),
    }
