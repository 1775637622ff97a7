"""What is to be labeled: the same images, proposals and answers for both tools."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from models.label import Box, Boxes, ClassLabel, LabelSet, LabelValue, Polygon, Polygons, TaskType

CLASSES = ("cat", "dog", "bird")
NEAR = 6.0
"""Pixels of the image, of 1,600 × 1,200, that a corner may be off: three of the screen's."""


class Way(StrEnum):
    """How an image is labeled."""

    ONE_BY_ONE = "one class, one by one"
    GRID = "one class, proposed, a seventh of them wrong"
    SEVERAL = "several classes"
    DRAG = "two boxes, by drag"
    EXTREME = "two boxes, by extreme points"
    OUTLINE = "two outlines of four corners"
    CHECK = "two proposed boxes, a tenth of them of the wrong class"


@dataclass(frozen=True, slots=True)
class Job:
    """Images to be labeled in one way."""

    way: Way
    task: TaskType
    truth: tuple[LabelValue, ...]
    """What each image is to get, in the order of their numbers."""
    proposed: LabelValue | None = None
    """What a model says of every image."""


def digit(label: str) -> str:
    """Return the key of a class, which is the same in both tools."""
    return str(CLASSES.index(label) + 1)


def jobs(images: int) -> list[Job]:
    """Return every job, each with so many images."""
    cat = ClassLabel(label="cat")
    made: list[tuple[Way, TaskType, Callable[[int], LabelValue], LabelValue | None]] = [
        (Way.ONE_BY_ONE, TaskType.CLASSIFICATION, _one_class, None),
        (Way.GRID, TaskType.CLASSIFICATION, _a_seventh_is_wrong, cat),
        (Way.SEVERAL, TaskType.MULTILABEL, _several, None),
        (Way.DRAG, TaskType.BOXES, _two_boxes, None),
        (Way.EXTREME, TaskType.BOXES, _two_boxes, None),
        (Way.OUTLINE, TaskType.POLYGONS, _two_outlines, None),
        (Way.CHECK, TaskType.BOXES, _a_tenth_is_wrong, _proposed("dog")),
    ]
    return [
        Job(way, task, tuple(truth(number) for number in range(images)), proposed)
        for way, task, truth, proposed in made
    ]


def _two_classes(number: int) -> list[str]:
    return random.Random(number).choices(CLASSES, k=2)


def _one_class(number: int) -> LabelValue:
    return ClassLabel(label=_two_classes(number)[0])


def _a_seventh_is_wrong(number: int) -> LabelValue:
    return ClassLabel(label="dog" if number % 7 == 3 else "cat")


def _several(number: int) -> LabelValue:
    return LabelSet(labels=tuple(_two_classes(number)))


def _two_boxes(number: int) -> LabelValue:
    shift = 5 * (number % 50)
    places = ((130 + shift, 150, 530 + shift, 520), (870, 450 + shift, 1400, 820 + shift))
    return Boxes(
        boxes=tuple(
            Box(label=label, xmin=left, ymin=top, xmax=right, ymax=bottom)
            for label, (left, top, right, bottom) in zip(_two_classes(number), places, strict=True)
        )
    )


def _two_outlines(number: int) -> LabelValue:
    boxes = _two_boxes(number)
    assert isinstance(boxes, Boxes)
    return Polygons(
        polygons=tuple(Polygon(label=box.label, points=corners(box)) for box in boxes.boxes)
    )


def corners(box: Box) -> tuple[tuple[float, float], ...]:
    """Return the corners of a box, clockwise from the upper left."""
    left, top, right, bottom = box.xmin, box.ymin, box.xmax, box.ymax
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _proposed(second: str) -> Boxes:
    places = (("cat", 130, 150, 530, 520), (second, 870, 450, 1400, 820))
    return Boxes(
        boxes=tuple(
            Box(label=label, xmin=left, ymin=top, xmax=right, ymax=bottom)
            for label, left, top, right, bottom in places
        )
    )


def _a_tenth_is_wrong(number: int) -> LabelValue:
    return _proposed("bird" if number % 5 == 0 else "dog")


def is_as_meant(meant: LabelValue, found: LabelValue | None) -> bool:
    """Tell whether an answer is the meant one, corners to within a few pixels."""
    if isinstance(meant, Boxes) and isinstance(found, Boxes):
        return _same(
            [(box.label, corners(box)) for box in meant.boxes],
            [(box.label, corners(box)) for box in found.boxes],
        )
    if isinstance(meant, Polygons) and isinstance(found, Polygons):
        return _same(
            [(outline.label, outline.points) for outline in meant.polygons],
            [(outline.label, outline.points) for outline in found.polygons],
        )
    return meant == found


Shapes = list[tuple[str, tuple[tuple[float, float], ...]]]


def _same(meant: Shapes, found: Shapes) -> bool:
    return len(meant) == len(found) and all(
        one == other
        and len(points) == len(places)
        and all(
            abs(x - to_x) <= NEAR and abs(y - to_y) <= NEAR
            for (x, y), (to_x, to_y) in zip(points, places, strict=True)
        )
        for (one, points), (other, places) in zip(meant, found, strict=True)
    )
