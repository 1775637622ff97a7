"""Coordinates of an image whose EXIF orientation isn't 1: from the stored frame to the upright."""

from models.image import Image
from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons

Value = ClassLabel | LabelSet | Boxes | Polygons
Point = tuple[float, float]

SWAPPED, RIGHT_TO_LEFT, UPSIDE_DOWN = (5, 6, 7, 8), (2, 3, 6, 7), (3, 4, 7, 8)
"""EXIF orientations (CIPA DC-008, tag 0x0112) that exchange the axes, then mirror x, then y."""


def to_upright(value: Value, image: Image) -> Value:
    """Turn shapes given in the frame of the stored pixels into the upright image's frame."""
    if image.orientation == 1:
        return value
    if isinstance(value, Boxes):
        return Boxes(boxes=tuple(_box(box, image) for box in value.boxes))
    if isinstance(value, Polygons):
        return Polygons(polygons=tuple(_polygon(p, image) for p in value.polygons))
    return value


def _turn(point: Point, image: Image) -> Point:
    x, y = reversed(point) if image.orientation in SWAPPED else point
    return (
        image.width - x if image.orientation in RIGHT_TO_LEFT else x,
        image.height - y if image.orientation in UPSIDE_DOWN else y,
    )


def _box(box: Box, image: Image) -> Box:
    corners = [_turn(p, image) for p in ((box.xmin, box.ymin), (box.xmax, box.ymax))]
    xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    return box.model_copy(update={"xmin": xs[0], "ymin": ys[0], "xmax": xs[1], "ymax": ys[1]})


def _polygon(polygon: Polygon, image: Image) -> Polygon:
    points = tuple(_turn(point, image) for point in polygon.points)
    return polygon.model_copy(update={"points": points})
