"""Augmented manifests as SageMaker Ground Truth writes them: JSON lines with `source-ref`."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from models.label import Box, Boxes, ClassLabel, LabelSet, TaskType, classes_in
from tenfold.formats.ground_truth import METADATA, SOURCE
from tenfold.formats.own_part import own_part
from tenfold.formats.records import OWN, PRELABEL, ExportRow
from tenfold.formats.sinks import Sink

FILE = "labels.manifest"
ATTRIBUTE = "label"
"""What the label is called in a line; a training job is told this name."""
_WHEN = "1970-01-01T00:00:00"
"""The manifest wants a moment; the same labels give the same bytes."""
_KINDS = {
    TaskType.CLASSIFICATION: "image-classification",
    TaskType.MULTILABEL: "image-classification-multilabel",
    TaskType.BOXES: "object-detection",
}


def write_ground_truth(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `labels.manifest`, a step a row."""
    numbers = {name: i for i, name in enumerate(classes)}
    with sink.open(FILE) as out:
        for row in rows:
            for name in sorted(classes_in(row.value) - numbers.keys()):
                numbers[name] = len(numbers)
            line = _line(row, numbers, task)
            out.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            yield


def _line(row: ExportRow, numbers: dict[str, int], task: TaskType) -> dict[str, Any]:
    label, said = _label(row, numbers)
    metadata = {
        **said,
        "type": f"groundtruth/{_KINDS[task]}",
        "human-annotated": "no" if row.by in ("accepted", PRELABEL) else "yes",
        "creation-date": _WHEN,
        "job-name": "tenfold",
    }
    return {
        SOURCE: row.url,
        ATTRIBUTE: label,
        f"{ATTRIBUTE}{METADATA}": metadata,
        OWN: own_part(row, task),
    }


def _label(row: ExportRow, numbers: dict[str, int]) -> tuple[Any, dict[str, Any]]:
    value, sure = row.value, 1.0 if row.confidence is None else row.confidence
    names = {str(numbers[name]): name for name in sorted(classes_in(value))}
    match value:
        case ClassLabel(label=label):
            return numbers[label], {"class-name": label, "confidence": sure}
        case LabelSet(labels=labels):
            sures = dict.fromkeys(names, sure)
            return [numbers[name] for name in labels], {"class-map": names, "confidence-map": sures}
        case Boxes(boxes=boxes):
            size = {"width": row.image.width, "height": row.image.height, "depth": 3}
            drawn = {"image_size": [size], "annotations": [_box(box, numbers) for box in boxes]}
            scores = [{"confidence": sure if box.score is None else box.score} for box in boxes]
            return drawn, {"objects": scores, "class-map": names}
    raise AssertionError("checked before")


def _box(box: Box, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "class_id": numbers[box.label],
        "left": box.xmin,
        "top": box.ymin,
        "width": box.xmax - box.xmin,
        "height": box.ymax - box.ymin,
    }
