"""COCO in pixels, and as Azure ML writes it: in parts of width and height.

Classes of whole images are annotations without a box.
"""

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

Scale = tuple[int, int]
"""What x and y are divided by."""


def write_coco(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `labels.json` in pixels, a step a row."""
    return _write(rows, classes, sink, task, relative=False)


def write_azure_coco(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `labels.json` as Azure ML's data labeling did, a step a row."""
    return _write(rows, classes, sink, task, relative=True)


def _write(
    rows: Iterable[ExportRow],
    classes: Sequence[str],
    sink: Sink,
    task: TaskType,
    *,
    relative: bool,
) -> Iterator[None]:
    """Write the file; annotations wait in a temporary one for their turn."""
    numbers = {name: i for i, name in enumerate(classes, start=1)}
    info = {
        "description": "labels written by tenfold",
        "tenfold_task": task.value,
        "tenfold_coordinates": "relative" if relative else "pixels",
    }
    ids = count(1)
    with tempfile.TemporaryFile() as waiting, sink.open(FILE) as out:
        out.write(b'{"info": ' + _json(info) + b',\n"licenses": [],\n"images": [')
        for image_id, row in enumerate(rows, start=1):
            out.write(
                (b",\n" if image_id > 1 else b"\n")
                + _json(_image(image_id, row, relative=relative))
            )
            scale = (row.image.width, row.image.height) if relative else (1, 1)
            for name in sorted(classes_in(row.value) - numbers.keys()):
                numbers[name] = len(numbers) + 1
            for annotation in _annotations(row.value, numbers, scale):
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


def _image(image_id: int, row: ExportRow, *, relative: bool) -> dict[str, Any]:
    address = {"absolute_url": row.url} if relative else {}
    return {
        "id": image_id,
        "file_name": row.name,
        "width": row.image.width,
        "height": row.image.height,
        "coco_url": row.url,
        **address,
        **provenance(row),
    }


def _annotations(value: Value, numbers: dict[str, int], scale: Scale) -> Iterator[dict[str, Any]]:
    match value:
        case ClassLabel():
            yield {"category_id": numbers[value.label]}
        case LabelSet():
            yield from ({"category_id": numbers[label]} for label in value.labels)
        case Boxes():
            yield from (_box(box, numbers, scale) for box in value.boxes)
        case Polygons():
            yield from (_polygon(polygon, numbers, scale) for polygon in value.polygons)


def _marks(shape: Box | Polygon) -> dict[str, Any]:
    marks: dict[str, Any] = {"iscrowd": int(shape.crowd)}
    if shape.difficult:
        marks["difficult"] = 1
    if shape.score is not None:
        marks["score"] = shape.score
    return marks


def _box(box: Box, numbers: dict[str, int], scale: Scale) -> dict[str, Any]:
    corners = (box.xmin, box.ymin, box.xmax, box.ymax)
    bbox = _bbox(corners, scale)
    return {
        "category_id": numbers[box.label],
        "bbox": bbox,
        "area": bbox[2] * bbox[3],
        **_marks(box),
    }


def _bbox(corners: tuple[float, float, float, float], scale: Scale) -> list[float]:
    xmin, ymin, xmax, ymax = corners
    width, height = scale
    return [xmin / width, ymin / height, (xmax - xmin) / width, (ymax - ymin) / height]


def _polygon(polygon: Polygon, numbers: dict[str, int], scale: Scale) -> dict[str, Any]:
    flat = [part / scale[i] for point in polygon.points for i, part in enumerate(point)]
    return {
        "category_id": numbers[polygon.label],
        "bbox": _bbox(bounds(polygon), scale),
        "area": area(polygon) / (scale[0] * scale[1]),
        "segmentation": [flat],
        **_marks(polygon),
    }
