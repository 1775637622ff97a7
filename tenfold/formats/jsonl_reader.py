"""JSON lines of Azure's AutoML for images, with or without an `MLTable` file beside them.

One object a line: `image_url`, `image_details`, and as `label` a class, a list of classes, or a
list of boxes (`topX`, `topY`, `bottomX`, `bottomY`) or polygons in parts of width and height.
Lines with `source-ref` are those of SageMaker Ground Truth; see `ground_truth`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.ground_truth import SOURCE, read_ground_truth
from tenfold.formats.json_lines import json_lines
from tenfold.formats.mltable import lines_files
from tenfold.formats.paths import clean_path, path_of_url, web_address
from tenfold.formats.records import LabeledPath, Reading, SizeUnknownError, Value
from tenfold.formats.shapes import NOTHING, SIDES, as_task, make_box, make_polygon

KNOWN = frozenset({"image_url", "image_details", "label", "label_confidence", "path", "task"})
PROVENANCE = frozenset({"by", "annotator", "model_version", "confidence", "sha256", "source_paths"})
CORNERS = ("topX", "topY", "bottomX", "bottomY")
_SPELLINGS = {
    name.lower().replace("_", ""): name
    for name in (
        *("image_url", "image_details", "label", "width", "height", "format"),
        *CORNERS,
        *("isCrowd", "polygon", "difficult", "score"),
    )
}
"""Letters of a name, whatever their case and without underscores → the name.

Files of the years before write `imageUrl`, `top_x` or `iscrowd`.
"""


def read_jsonl(path: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of a JSON lines file in its order, line by line.

    Raises:
        FormatError: naming file and line.
    """
    for file in lines_files(path):
        for where, row in json_lines(file, reading):
            if isinstance(row.get(SOURCE), str):
                yield read_ground_truth(where, row, reading)
                continue
            row = _spelled(row, "image_url")  # noqa: PLW2901 -- the same row
            if not isinstance(row.get("image_url"), str):
                hint = "Each line needs image_url and label."
                reading.unread(FormatError(f"{where}: no image_url.", hint))
                continue
            yield _labeled(where, row, reading)


def _spelled(thing: dict[str, Any], *today: str) -> dict[str, Any]:
    """Return a row or shape whose keys are spelled as they are today, where one of these is."""
    if any(key in thing for key in today):
        return thing
    return {_SPELLINGS.get(key.lower().replace("_", ""), key): item for key, item in thing.items()}


def _labeled(where: str, row: dict[str, Any], reading: Reading) -> LabeledPath:
    path = clean_path(str(row["path"])) if row.get("path") else path_of_url(row["image_url"])
    url = web_address(row["image_url"])
    size = _size(row)
    if size is None and _is_drawn(row.get("label")):
        size = reading.size(path, url)
    value: Value | None = None
    try:
        value = _value(where, row, size, reading.task)
    except FormatError as error:
        reading.bad(path, error)
    width, height = size or (None, None)
    return LabeledPath(path, value, _columns(row), width, height, url)


def _is_drawn(label: object) -> bool:
    """Whether a label holds shapes, which are in parts of the image's size."""
    first = label[0] if isinstance(label, list) and label else label
    return isinstance(first, dict)


def _size(row: dict[str, Any]) -> tuple[int, int] | None:
    """Return width and height; older files write them as texts like `400px`."""
    details = row.get("image_details")
    if isinstance(details, dict):
        texts = [str(details.get(side, "")).removesuffix("px") for side in ("width", "height")]
        if all(text.isdecimal() and int(text) for text in texts):
            return int(texts[0]), int(texts[1])
    return None


def _columns(row: dict[str, Any]) -> dict[str, str]:
    own = PROVENANCE if "sha256" in row and "image_url" in row else frozenset()
    if own and isinstance(row.get("columns"), dict):
        return {str(name): str(text) for name, text in row["columns"].items()}
    return {
        name: str(item)
        for name, item in row.items()
        if name not in KNOWN | own and isinstance(item, str | int | float)
    }


def _value(
    where: str, row: dict[str, Any], size: tuple[int, int] | None, task: TaskType | None
) -> Value | None:
    label = row.get("label")
    if label is None:
        return None
    if isinstance(label, str):
        return as_task(ClassLabel(label=label), task, where)
    things = [label] if isinstance(label, dict) else label
    if not isinstance(things, list):
        raise FormatError(f"{where}: label is neither a class nor a list.")
    if not things:
        return _nothing(where, task or row.get("task"))
    if all(isinstance(thing, str) for thing in things):
        return as_task(LabelSet(labels=tuple(things)), task, where)
    if not all(isinstance(thing, dict) and isinstance(thing.get("label"), str) for thing in things):
        raise FormatError(f"{where}: each box or polygon needs a label.")
    if size is None:
        raise SizeUnknownError(
            f"{where}: the size of {row['image_url']} is unknown, and its boxes are relative.",
            "Add image_details with width and height, or say where the images are.",
        )
    things = [_spelled(thing, "topX", "polygon") for thing in things]
    if all(thing.get("polygon") for thing in things):
        return as_task(_polygons(where, things, size), task, where)
    return as_task(_boxes(where, things, size), task, where)


def _nothing(where: str, task: object) -> Value:
    for each, value in NOTHING.items():
        if each == task:
            return value
    raise FormatError(f"{where}: an empty list of labels, and nothing says of which kind.")


def _marks(thing: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": thing["label"],
        "crowd": _truth(thing.get("isCrowd")),
        "difficult": _truth(thing.get("difficult")),
        "score": thing.get("score"),
    }


def _truth(item: object) -> bool:
    return item in (True, 1, "true", "True", "1")


def _boxes(where: str, things: list[dict[str, Any]], size: tuple[int, int]) -> Boxes:
    boxes = []
    for thing in things:
        try:
            sides = pixels(thing, size)
        except (KeyError, TypeError, ValueError):
            raise FormatError(f"{where}: a box needs the numbers {', '.join(CORNERS)}.") from None
        boxes.append(make_box(where, **_marks(thing), **sides))
    return Boxes(boxes=tuple(boxes))


def pixels(box: dict[str, Any], size: tuple[int, int]) -> dict[str, float]:
    """Return the sides of a box whose corners are in parts of width and height."""
    parts = (float(box[corner]) for corner in CORNERS)
    scaled = [part * whole for part, whole in zip(parts, size * 2, strict=True)]
    return dict(zip(SIDES, scaled, strict=True))


def _polygons(where: str, things: list[dict[str, Any]], size: tuple[int, int]) -> Polygons:
    polygons = []
    for thing in things:
        rings = thing.get("polygon")
        if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
            raise FormatError(f"{where}: polygon should be a list of lists of x and y.")
        for ring in rings:
            try:
                flat = [float(part) * size[i % 2] for i, part in enumerate(ring)]
            except (TypeError, ValueError):
                raise FormatError(
                    f"{where}: a polygon holds something else than numbers."
                ) from None
            polygons.append(make_polygon(where, flat, **_marks(thing)))
    return Polygons(polygons=tuple(polygons))
