"""Augmented manifests of SageMaker Ground Truth: JSON lines with `source-ref`."""

from typing import Any

from models.label import Boxes, ClassLabel, LabelSet, TaskType
from tenfold.errors import FormatError
from tenfold.formats.paths import path_of_url, web_address
from tenfold.formats.records import LabeledPath, Reading, Value, own_part, own_task
from tenfold.formats.shapes import as_task, make_box

SOURCE = "source-ref"
METADATA = "-metadata"


def read_ground_truth(where: str, row: dict[str, Any], reading: Reading) -> LabeledPath:
    """Return the image of a line with its label."""
    own = own_part(row)
    path = str(own.get("path") or path_of_url(row[SOURCE]))
    value: Value | None = None
    try:
        value = _value(where, row, reading.task or own_task(own))
    except FormatError as error:
        reading.bad(path, error)
    width, height = _size(row, own) or (None, None)
    columns = {str(name): str(text) for name, text in (own.get("columns") or {}).items()}
    return LabeledPath(path, value, columns, width, height, web_address(row[SOURCE]))


def _value(where: str, row: dict[str, Any], task: TaskType | None) -> Value | None:
    """Return the label of a line; None where it has none.

    Where several jobs labeled the image, the last one of the line counts, as it was added last.
    """
    names = [key.removesuffix(METADATA) for key in row if key.endswith(METADATA)]
    if not names or names[-1] not in row:
        return None
    metadata = row[f"{names[-1]}{METADATA}"]
    try:
        return as_task(_parse(where, row[names[-1]], metadata), task, where)
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{where}: {names[-1]} lacks {error}.") from None


def _parse(where: str, label: Any, metadata: dict[str, Any]) -> Value:
    kind = metadata["type"].removeprefix("groundtruth/")
    match kind:
        case "image-classification" | "label-verification":
            return ClassLabel(label=metadata["class-name"])
        case "image-classification-multilabel":
            return LabelSet(labels=tuple(metadata["class-map"][str(number)] for number in label))
        case "object-detection":
            return _boxes(where, label["annotations"], metadata["class-map"])
    raise FormatError(f"{where}: labels of the kind {kind} are not read.")


def _boxes(where: str, annotations: list[dict[str, Any]], names: dict[str, str]) -> Boxes:
    return Boxes(
        boxes=tuple(
            make_box(
                where,
                label=names[str(box["class_id"])],
                xmin=box["left"],
                ymin=box["top"],
                xmax=box["left"] + box["width"],
                ymax=box["top"] + box["height"],
            )
            for box in annotations
        )
    )


def _size(row: dict[str, Any], own: dict[str, Any]) -> tuple[int, int] | None:
    """Return width and height of the image, which only lines with boxes have, and our own."""
    for item in (*row.values(), {"image_size": [own]}):
        match item:
            case {"image_size": [{"width": int(width), "height": int(height)}, *_]}:
                return width, height
    return None
