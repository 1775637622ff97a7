"""From numbers in a file to boxes and polygons, and from one task's values to another's."""

import math
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.records import Value

SIDES = ("xmin", "ymin", "xmax", "ymax")
"""Fields of a box, in the order in which formats have its corners."""

NOTHING: dict[TaskType, Value] = {
    TaskType.MULTILABEL: LabelSet(),
    TaskType.BOXES: Boxes(),
    TaskType.POLYGONS: Polygons(),
}
"""The label of an image that shows none of the classes; of one class an image there is none."""


def make_box(where: str, **fields: Any) -> Box:
    """Return a box; `where` (file and line) begins the error.

    Raises:
        FormatError: a side that isn't finite or positive.
    """
    sides = [fields[side] for side in SIDES]
    if not all(math.isfinite(side) for side in sides):
        raise FormatError(f"{where}: a box has a side that is no finite number: {sides}.")
    try:
        return Box(**fields)
    except ValidationError as error:
        raise FormatError(f"{where}: {_first_message(error)}.") from None


def make_polygon(where: str, flat: Sequence[float], **fields: Any) -> Polygon:
    """Return a polygon from x, y, x, y, ….

    Raises:
        FormatError: an odd count of numbers, fewer than three points, a number that isn't finite.
    """
    numbers = [float(number) for number in flat]
    if len(numbers) % 2 or not all(math.isfinite(number) for number in numbers):
        raise FormatError(f"{where}: a polygon needs pairs of finite x and y.")
    points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    try:
        return Polygon(points=points, **fields)
    except ValidationError as error:
        raise FormatError(f"{where}: {_first_message(error)}.") from None


def _first_message(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])


def bounds(polygon: Polygon) -> tuple[float, float, float, float]:
    """Return xmin, ymin, xmax, ymax of a polygon."""
    xs = [x for x, _ in polygon.points]
    ys = [y for _, y in polygon.points]
    return min(xs), min(ys), max(xs), max(ys)


def area(polygon: Polygon) -> float:
    """Return the area inside a polygon in square pixels (shoelace formula)."""
    points = polygon.points
    following = (*points[1:], points[0])
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, following, strict=True))
    return abs(twice) / 2


def as_task(value: Value, task: TaskType | None, where: str) -> Value:
    """Return a value as the task wants it: outlines become boxes, a class becomes a set.

    Raises:
        FormatError: the value says too little for the task.
    """
    match task, value:
        case (
            (None, _)
            | (TaskType.CLASSIFICATION, ClassLabel())
            | (TaskType.MULTILABEL, LabelSet())
            | (TaskType.BOXES, Boxes())
            | (TaskType.POLYGONS, Polygons())
        ):
            return value
        case TaskType.CLASSIFICATION, LabelSet(labels=(label,)):
            return ClassLabel(label=label)
        case TaskType.MULTILABEL, ClassLabel(label=label):
            return LabelSet(labels=(label,))
        case TaskType.MULTILABEL, Boxes(boxes=shapes):
            return LabelSet(labels=tuple(box.label for box in shapes))
        case TaskType.BOXES, Polygons():
            return _as_boxes(value, where)
    raise FormatError(
        f"{where}: the file holds {_KINDS[type(value)]}, which can't be labels of a "
        f"{task.value if task else ''} project."
    )


def _as_boxes(value: Value, where: str) -> Boxes:
    assert isinstance(value, Polygons)
    boxes = []
    for polygon in value.polygons:
        sides = dict(zip(SIDES, bounds(polygon), strict=True))
        fields = polygon.model_dump(exclude={"points"})
        boxes.append(make_box(where, **fields, **sides))
    return Boxes(boxes=tuple(boxes))


_KINDS: dict[type, str] = {
    ClassLabel: "one class an image",
    LabelSet: "sets of classes",
    Boxes: "boxes",
    Polygons: "polygons",
}
