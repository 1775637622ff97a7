"""Polygons: instance segmentation."""

from collections.abc import Sequence
from math import isfinite

from models.label import Polygon, Polygons, TaskType
from tenfold.errors import InvalidAnswerError, ModelError
from tenfold.learning.port import Trainer
from tenfold.task_types.matching import match_polygons, polygon_corrections
from tenfold.task_types.outlines import area, clip_to_image
from tenfold.task_types.port import Value

SMALLEST = 1e-6
"""Square pixels; an outline with less is a line or a point."""


class InstanceSegmentation:
    """Every thing of the label classes is outlined."""

    task = TaskType.POLYGONS
    editor = "shapes"
    formats = ("coco", "yolo", "jsonl", "azure-coco", "label-studio", "predictions")

    def check(self, value: Value, classes: Sequence[str], width: int, height: int) -> Polygons:
        """Return the outlines clipped to the image.

        Raises:
            InvalidAnswerError: not polygons, an unknown class, an outline off the image, without
                area or not finite.
        """
        polygons = _polygons(value)
        clipped = (_clipped(outline, classes, width, height) for outline in polygons.polygons)
        return Polygons(polygons=tuple(clipped))

    def agrees(self, proposed: Value, truth: Value) -> bool:
        """Whether the outlines pair one to one, same class and mask IoU ≥ 0.5, nothing left."""
        return match_polygons(_polygons(proposed).polygons, _polygons(truth).polygons).complete

    def corrections(self, proposed: Value | None, truth: Value) -> int:
        """Count outlines to delete, draw, move or give another class; each counts one."""
        polygons = () if proposed is None else _polygons(proposed).polygons
        return polygon_corrections(polygons, _polygons(truth).polygons)

    def trainer(self) -> Trainer:
        """Refuse: no model of tenfold's own proposes outlines.

        Raises:
            ModelError: always.
        """
        raise ModelError(
            "tenfold has no model that proposes polygons.",
            "Set finish = 'manual', or install a package that offers a trainer for 'polygons'.",
        )


def _polygons(value: Value) -> Polygons:
    if not isinstance(value, Polygons):
        raise InvalidAnswerError(
            f"This project wants polygons, not a {value.kind}.", "Outline each thing."
        )
    return value


def _clipped(outline: Polygon, classes: Sequence[str], width: int, height: int) -> Polygon:
    if outline.label not in classes:
        raise InvalidAnswerError(
            f"{outline.label!r} is not a label class of this project.",
            f"Its classes are {', '.join(classes)}.",
        )
    if not all(isfinite(number) for point in outline.points for number in point):
        raise InvalidAnswerError("The outline has a corner that is not a number.")
    if area(outline.points) < SMALLEST:
        raise InvalidAnswerError(
            "The outline has no area.", "Give it three corners that are not on one line."
        )
    inside = all(0 <= x <= width and 0 <= y <= height for x, y in outline.points)
    if inside:
        return outline
    points = clip_to_image(outline.points, width, height)
    if area(points) < SMALLEST:
        raise InvalidAnswerError(
            f"The outline lies outside the image of {width} × {height} pixels.",
            "Draw it inside the image.",
        )
    return outline.model_copy(update={"points": tuple(points)})
