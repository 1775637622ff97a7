"""JSON lines as Azure's AutoML for images takes them, with an `MLTable` file beside them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from tenfold.formats.records import ExportRow, Value
from tenfold.formats.sinks import Sink

FILE = "labels.jsonl"

MLTABLE = """\
$schema: https://azuremlschemas.azureedge.net/latest/MLTable.schema.json
type: mltable
paths:
  - file: ./{file}
transformations:
  - read_json_lines:
      encoding: utf8
      invalid_lines: error
      include_path_column: false
  - convert_column_types:
      - columns: image_url
        column_type: stream_info
"""
"""How Azure ML reads JSON lines of images; see its reference of MLTable."""


def write_jsonl(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `labels.jsonl` and `MLTable`, a step a row."""
    del classes
    with sink.open("MLTable") as out:
        out.write(MLTABLE.format(file=FILE).encode())
    with sink.open(FILE) as out:
        for row in rows:
            out.write(json.dumps(_row(row, task), ensure_ascii=False).encode() + b"\n")
            yield


def _row(row: ExportRow, task: TaskType) -> dict[str, Any]:
    image = row.image
    media = image.media_type.removeprefix("image/")
    return {
        "image_url": row.url,
        "image_details": {"format": media, "width": image.width, "height": image.height},
        "label": _label(row.value, image.width, image.height),
        "task": task.value,
        "path": row.name,
        **provenance(row),
    }


def provenance(row: ExportRow) -> dict[str, Any]:
    """Return whose word a label is, as JSON; what isn't known is left out."""
    known: dict[str, Any] = {
        "sha256": row.image.sha256,
        "by": row.by,
        "annotator": row.annotator,
        "model_version": row.model_version,
        "confidence": row.confidence,
        "source_paths": row.source_paths or None,
        "columns": row.image.columns or None,
    }
    return {name: item for name, item in known.items() if item is not None}


def _label(value: Value, width: int, height: int) -> Any:
    match value:
        case ClassLabel():
            return value.label
        case LabelSet():
            return list(value.labels)
        case Boxes():
            return [_box(box, width, height) for box in value.boxes]
        case Polygons():
            return [_polygon(polygon, width, height) for polygon in value.polygons]


def _marks(shape: Box | Polygon) -> dict[str, Any]:
    marks: dict[str, Any] = {"isCrowd": int(shape.crowd)}
    if shape.difficult:
        marks["difficult"] = True
    if shape.score is not None:
        marks["score"] = shape.score
    return marks


def _box(box: Box, width: int, height: int) -> dict[str, Any]:
    return {"label": box.label, **corners(box, width, height), **_marks(box)}


def corners(box: Box, width: int, height: int) -> dict[str, float]:
    """Return the corners of a box in parts of width and height, as AutoML names them."""
    return {
        "topX": box.xmin / width,
        "topY": box.ymin / height,
        "bottomX": box.xmax / width,
        "bottomY": box.ymax / height,
    }


def _polygon(polygon: Polygon, width: int, height: int) -> dict[str, Any]:
    flat = [part for x, y in polygon.points for part in (x / width, y / height)]
    return {"label": polygon.label, "polygon": [flat], **_marks(polygon)}
