"""Boxes: object detection."""

from collections.abc import Sequence
from math import isfinite

from models.label import Box, Boxes, TaskType
from tenfold.errors import InvalidAnswerError
from tenfold.learning.port import Trainer
from tenfold.task_types.matching import box_corrections, match_boxes
from tenfold.task_types.port import Value


class BoxDetection:
    """Every thing of the label classes has a rectangle around it."""

    task = TaskType.BOXES
    editor = "shapes"
    formats = (
        *("coco", "voc", "yolo", "csv", "jsonl"),
        *("azure-coco", "ground-truth", "label-studio", "predictions"),
    )

    def check(self, value: Value, classes: Sequence[str], width: int, height: int) -> Boxes:
        """Return the boxes clipped to the image.

        Raises:
            InvalidAnswerError: not boxes, an unknown class, a box off the image or not finite.
        """
        boxes = _boxes(value)
        clipped = (_clipped(box, classes, width, height) for box in boxes.boxes)
        return Boxes(boxes=tuple(clipped))

    def agrees(self, proposed: Value, truth: Value) -> bool:
        """Whether the boxes pair one to one, same class and IoU ≥ 0.5, with nothing left over."""
        return match_boxes(_boxes(proposed).boxes, _boxes(truth).boxes).complete

    def corrections(self, proposed: Value | None, truth: Value) -> int:
        """Count boxes to delete, draw, move or give another class; each counts one."""
        boxes = () if proposed is None else _boxes(proposed).boxes
        return box_corrections(boxes, _boxes(truth).boxes)

    def trainer(self) -> Trainer:
        """Return the detector's trainer."""
        from tenfold.learning.boxes.trainer import BoxTrainer

        return BoxTrainer()


def _boxes(value: Value) -> Boxes:
    if not isinstance(value, Boxes):
        raise InvalidAnswerError(
            f"This project wants boxes, not a {value.kind}.", "Draw a box around each thing."
        )
    return value


def _clipped(box: Box, classes: Sequence[str], width: int, height: int) -> Box:
    if box.label not in classes:
        raise InvalidAnswerError(
            f"{box.label!r} is not a label class of this project.",
            f"Its classes are {', '.join(classes)}.",
        )
    corners = (box.xmin, box.ymin, box.xmax, box.ymax)
    if not all(isfinite(corner) for corner in corners):
        raise InvalidAnswerError(f"The box {corners} has a corner that is not a number.")
    xmin, ymin = max(box.xmin, 0.0), max(box.ymin, 0.0)
    xmax, ymax = min(box.xmax, float(width)), min(box.ymax, float(height))
    if xmax <= xmin or ymax <= ymin:
        raise InvalidAnswerError(
            f"The box {corners} lies outside the image of {width} × {height} pixels.",
            "Draw it inside the image.",
        )
    if (xmin, ymin, xmax, ymax) == corners:
        return box
    return box.model_copy(update={"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax})
