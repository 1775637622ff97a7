"""Label values in words, and as lines over a thumbnail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.label import Box, Boxes, ClassLabel, LabelSet, Polygons
from models.project import PALETTE, LabelClass

Value = ClassLabel | LabelSet | Boxes | Polygons
Points = tuple[tuple[float, float], ...]


def describe(value: Value | None) -> str:
    """Say a label value in a few words."""
    match value:
        case None:
            return "no label"
        case ClassLabel():
            return value.label
        case LabelSet():
            return ", ".join(value.labels) or "none of the classes"
        case Boxes():
            return _counted([box.label for box in value.boxes], "no boxes")
        case Polygons():
            return _counted([polygon.label for polygon in value.polygons], "no outlines")


def _counted(names: list[str], none: str) -> str:
    return ", ".join(f"{amount} {name}" for name, amount in Counter(names).most_common()) or none


@dataclass(frozen=True, slots=True)
class Outline:
    """A closed line in pixels of the upright image."""

    points: str
    """The `points` attribute of an SVG polygon."""
    color: str


def overlay(value: Value | None, classes: Sequence[LabelClass]) -> list[Outline]:
    """Return the outlines of a value's boxes or polygons; nothing for classes."""
    colors = {each.name: each.color for each in classes}
    return [
        Outline(" ".join(f"{x:.1f},{y:.1f}" for x, y in points), colors.get(label, PALETTE[0]))
        for label, points in _shapes(value)
    ]


def _shapes(value: Value | None) -> list[tuple[str, Points]]:
    match value:
        case Boxes():
            return [(box.label, _corners(box)) for box in value.boxes]
        case Polygons():
            return [(polygon.label, polygon.points) for polygon in value.polygons]
        case _:
            return []


def _corners(box: Box) -> Points:
    left, right, top, bottom = box.xmin, box.xmax, box.ymin, box.ymax
    return ((left, top), (right, top), (right, bottom), (left, bottom))
