"""Labels as AutoML for images writes what a model proposes: JSON lines with scores."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from tenfold.formats.jsonl_writer import corners
from tenfold.formats.own_part import own_part
from tenfold.formats.records import OWN, ExportRow
from tenfold.formats.sinks import Sink

FILE = "predictions.jsonl"


def write_predictions(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `predictions.jsonl`, a step a row."""
    with sink.open(FILE) as out:
        for row in rows:
            line = {"filename": row.name, **_said(row, classes), OWN: own_part(row, task)}
            out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            yield


def _said(row: ExportRow, classes: Sequence[str]) -> dict[str, Any]:
    size = (row.image.width, row.image.height)
    match row.value:
        case ClassLabel(label=label):
            return _one(label, row.confidence, classes)
        case LabelSet(labels=labels):
            names = list(dict.fromkeys((*classes, *labels)))
            return {"probs": [float(name in labels) for name in names], "labels": names}
        case Boxes(boxes=boxes):
            return {"boxes": [_shape(box, row, corners(box, *size)) for box in boxes]}
        case Polygons(polygons=polygons):
            return {"boxes": [_outlined(polygon, row, size) for polygon in polygons]}


def _one(label: str, confidence: float | None, classes: Sequence[str]) -> dict[str, Any]:
    """Return a probability for each class; what the label's leaves is shared by the others."""
    names = list(dict.fromkeys((*classes, label)))
    others = max(len(names) - 1, 1)
    sure = 1.0 if confidence is None or len(names) == 1 else max(confidence, 1 / len(names))
    rest = (1 - sure) / others
    # Where all are alike, the label's own must still be the largest.
    sure = max(sure, rest + 1e-9)
    return {"probs": [sure if name == label else rest for name in names], "labels": names}


def _shape(shape: Box | Polygon, row: ExportRow, box: dict[str, float]) -> dict[str, Any]:
    sure = 1.0 if row.confidence is None else row.confidence
    score = sure if shape.score is None else shape.score
    return {"box": box, "label": shape.label, "score": score}


def _outlined(polygon: Polygon, row: ExportRow, size: tuple[int, int]) -> dict[str, Any]:
    flat = [part / size[i] for point in polygon.points for i, part in enumerate(point)]
    xs, ys = flat[::2], flat[1::2]
    box = {"topX": min(xs), "topY": min(ys), "bottomX": max(xs), "bottomY": max(ys)}
    return {**_shape(polygon, row, box), "polygon": [flat]}
