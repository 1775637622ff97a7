"""Coordinates of an image whose EXIF orientation isn't 1: from the stored frame to the upright."""

from collections.abc import Callable

from models.image import Image
from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons

Value = ClassLabel | LabelSet | Boxes | Polygons
Point = tuple[float, float]

UPRIGHT: dict[int, Callable[[float, float, float, float], Point]] = {
    1: lambda x, y, w, h: (x, y),
    2: lambda x, y, w, h: (w - x, y),
    3: lambda x, y, w, h: (w - x, h - y),
    4: lambda x, y, w, h: (x, h - y),
    5: lambda x, y, w, h: (y, x),
    6: lambda x, y, w, h: (w - y, x),
    7: lambda x, y, w, h: (w - y, h - x),
    8: lambda x, y, w, h: (y, h - x),
}
"""By EXIF orientation (CIPA DC-008, tag 0x0112): a stored point (x, y) in the upright frame of
width w and height h."""


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
    return UPRIGHT[image.orientation](*point, image.width, image.height)


def _box(box: Box, image: Image) -> Box:
    corners = [_turn(p, image) for p in ((box.xmin, box.ymin), (box.xmax, box.ymax))]
    xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    return box.model_copy(update={"xmin": xs[0], "ymin": ys[0], "xmax": xs[1], "ymax": ys[1]})


def _polygon(polygon: Polygon, image: Image) -> Polygon:
    points = tuple(_turn(point, image) for point in polygon.points)
    return polygon.model_copy(update={"points": points})
