"""COCO: plain, in pixels; and Azure ML's, in parts of width and height, with classes for images."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.label import Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.coco_contents import Contents, four_numbers, gather, tell_of_strays
from tenfold.formats.grouping import Spool
from tenfold.formats.paths import clean_path, path_of_url, web_address
from tenfold.formats.records import LabeledPath, Reading, SizeUnknownError, Value
from tenfold.formats.shapes import NOTHING, SIDES, as_task, make_box, make_polygon

_STANDARD = frozenset(
    {"id", "file_name", "width", "height", "license", "flickr_url", "coco_url", "absolute_url",
     "date_captured"}
)  # fmt: skip
PROVENANCE = frozenset(
    {"by", "annotator", "model_version", "confidence", "sha256", "source_paths", "columns"}
)


def read_coco(file: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of a COCO file in its order.

    An image without annotations shows none of the classes, as COCO has it; where the file has
    no annotations at all, or classes instead of boxes, nothing is said of it.

    Raises:
        FormatError: naming file and line.
    """
    with Spool() as images, Spool() as annotations:
        contents = gather(file, images, annotations, reading)
        annotations.ready()
        images.ready()
        tell_of_strays(images, annotations, reading)
        task = reading.task or contents.task
        for key, found in images.groups():
            where, image = found[0]
            for again, _ in found[1:]:
                reading.unread(FormatError(f"{again}: a second image with the id {key}."))
            yield _labeled(where, image, annotations.items(key), contents, task, reading)


def _labeled(
    where: str,
    image: dict[str, Any],
    found: list[Any],
    contents: Contents,
    task: TaskType,
    reading: Reading,
) -> LabeledPath:
    path = clean_path(image["file_name"])
    url = image.get("coco_url")
    if not path and isinstance(url, str):
        path = path_of_url(url)
    size = _size(image)
    if size is None and found and contents.relative:
        size = reading.size(path, _address(image))
    value: Value | None = None
    try:
        scale = _scale(f"{where}: {path}", size, contents) if found else (1.0, 1.0)
        value = _value(where, found, contents, task, scale)
    except FormatError as error:
        reading.bad(path, error)
    width, height = size or (None, None)
    return LabeledPath(path, value, _columns(image), width, height, _address(image))


def _address(image: dict[str, Any]) -> str | None:
    """Return the image's web address, where it has one."""
    keys = ("absolute_url", "coco_url", "flickr_url")
    return next(filter(None, (web_address(image.get(key)) for key in keys)), None)


def _size(image: dict[str, Any]) -> tuple[int, int] | None:
    """Return width and height; older files of Azure ML have 0.0 there."""
    width, height = image.get("width"), image.get("height")
    if isinstance(width, int | float) and isinstance(height, int | float):
        whole = (math.floor(width), math.floor(height))
        return whole if min(whole) > 0 else None
    return None


def _scale(where: str, size: tuple[int, int] | None, contents: Contents) -> tuple[float, float]:
    if not contents.relative:
        return 1.0, 1.0
    if size is None:
        raise SizeUnknownError(
            f"{where}: its size is unknown, and its boxes are relative.",
            "Put the images where the file says, or write their width and height into it.",
        )
    return float(size[0]), float(size[1])


def _columns(image: dict[str, Any]) -> dict[str, str]:
    if isinstance(image.get("columns"), dict):
        return {str(name): str(text) for name, text in image["columns"].items()}
    return {
        name: str(item)
        for name, item in image.items()
        if name not in _STANDARD | PROVENANCE and isinstance(item, str | int | float)
    }


def _value(
    where: str, found: list[Any], contents: Contents, task: TaskType, scale: tuple[float, float]
) -> Value | None:
    by_class = contents.boxed == 0 and contents.outlined == 0
    if not found:
        return _nothing(contents, task, by_class=by_class)
    labels = tuple(_category(place, item, contents) for place, item in found)
    if by_class or task is TaskType.MULTILABEL:
        return as_task(_classes(where, labels, task), task, where)
    if task is TaskType.POLYGONS:
        outlines = (
            polygon
            for (place, item), label in zip(found, labels, strict=True)
            for polygon in _outlines(place, item, label, scale)
        )
        return Polygons(polygons=tuple(outlines))
    boxes = (
        _box(place, item, label, scale) for (place, item), label in zip(found, labels, strict=True)
    )
    return as_task(Boxes(boxes=tuple(boxes)), task, where)


def _nothing(contents: Contents, task: TaskType, *, by_class: bool) -> Value | None:
    drawn = task is not TaskType.MULTILABEL and not by_class
    return NOTHING.get(task) if drawn or "tenfold_task" in contents.info else None


def _category(where: str, item: dict[str, Any], contents: Contents) -> str:
    key = str(item["category_id"])
    if key not in contents.categories:
        raise FormatError(f"{where}: category {key} isn't among the file's categories.")
    return contents.categories[key]


def _classes(where: str, labels: tuple[str, ...], task: TaskType) -> Value:
    if task is TaskType.MULTILABEL:
        return LabelSet(labels=labels)
    if len(set(labels)) > 1:
        raise FormatError(f"{where}: several classes for one image ({', '.join(labels)}).")
    return ClassLabel(label=labels[0])


def _marks(item: dict[str, Any], label: str) -> dict[str, Any]:
    return {
        "label": label,
        "crowd": bool(item.get("iscrowd")),
        "difficult": bool(item.get("difficult")),
        "score": item.get("score"),
    }


def _corners(
    where: str, item: dict[str, Any], scale: tuple[float, float]
) -> tuple[float, float, float, float]:
    if not item.get("bbox"):
        raise FormatError(f"{where}: an annotation without bbox among such that have one.")
    if not four_numbers(item["bbox"]):
        raise FormatError(f"{where}: bbox should be four numbers x, y, width, height.")
    x, y, width, height = (float(side) for side in item["bbox"])
    return x * scale[0], y * scale[1], (x + width) * scale[0], (y + height) * scale[1]


def _box(where: str, item: dict[str, Any], label: str, scale: tuple[float, float]) -> Any:
    corners = _corners(where, item, scale)
    sides = dict(zip(SIDES, corners, strict=True))
    return make_box(where, **_marks(item, label), **sides)


def _outlines(
    where: str, item: dict[str, Any], label: str, scale: tuple[float, float]
) -> Iterator[Polygon]:
    """Yield an annotation's outlines; each part of one in several parts becomes a polygon."""
    rings = item.get("segmentation")
    marks = _marks(item, label)
    if isinstance(rings, dict) and marks["crowd"]:
        xmin, ymin, xmax, ymax = _corners(where, item, scale)
        yield make_polygon(where, (xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax), **marks)
        return
    if not isinstance(rings, list) or not rings or not isinstance(rings[0], list):
        raise FormatError(
            f"{where}: no outline as a polygon (masks of run lengths are not read).",
            "Take the file as boxes, or turn its masks into polygons.",
        )
    for ring in rings:
        try:
            flat = [float(number) * scale[i % 2] for i, number in enumerate(ring)]
        except (TypeError, ValueError):
            raise FormatError(f"{where}: an outline holds something else than numbers.") from None
        yield make_polygon(where, flat, **marks)
