"""What a model of Azure's AutoML for images proposes: its scoring output, a line an image.

Classes as `probs` with `labels`; boxes and outlines as `boxes`, in parts of width and height.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.json_lines import json_lines
from tenfold.formats.json_stream import first_sign, items
from tenfold.formats.jsonl_reader import pixels
from tenfold.formats.paths import path_of_url, web_address
from tenfold.formats.records import (
    LabeledPath,
    Reading,
    SizeUnknownError,
    Value,
    own_part,
    own_task,
)
from tenfold.formats.shapes import as_task, make_box, make_polygon

IMAGE_KEYS = ("filename", "file_name", "image_url", "image_path", "path", "image")
_SURE = 0.5
"""A class of a set is proposed from this probability on, as AutoML does."""
_ADDS_UP = 1e-3
"""Probabilities of one class an image add up to 1 within this; those of a set don't."""


def looks_like(row: dict[str, Any]) -> bool:
    """Whether an object is one image's scoring output."""
    return isinstance(row.get("boxes"), list) or ("probs" in row and "labels" in row)


def read_predictions(file: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of scoring output in its order: JSON lines, or one list.

    Raises:
        FormatError: naming file and line.
    """
    for where, row in _rows(file, reading):
        name = next((row[key] for key in IMAGE_KEYS if isinstance(row.get(key), str)), None)
        if name is None or not looks_like(row):
            hint = "Each needs filename, and boxes or probs with labels."
            reading.unread(FormatError(f"{where}: no image's predictions.", hint))
            continue
        yield _labeled(where, row, name, reading)


def _rows(file: Path, reading: Reading) -> Iterator[tuple[str, dict[str, Any]]]:
    if first_sign(file) != "[":
        yield from json_lines(file, reading)
        return
    for row, where in items(file):
        if isinstance(row, dict):
            yield where, row
        else:
            reading.unread(FormatError(f"{where}: not a JSON object."))


def _labeled(where: str, row: dict[str, Any], name: str, reading: Reading) -> LabeledPath:
    own = own_part(row)
    path = path_of_url(name)
    url = web_address(name)
    size = (own["width"], own["height"]) if "width" in own else None
    if size is None and "boxes" in row:
        size = reading.size(path, url)
    value: Value | None = None
    confidence: float | None = None
    try:
        value, confidence = _value(where, row, size, reading.task or own_task(own))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reading.bad(path, FormatError(f"{where}: a prediction lacks {error}."))
    except FormatError as error:
        reading.bad(path, error)
    columns = {str(key): str(text) for key, text in (own.get("columns") or {}).items()}
    width, height = size or (None, None)
    return LabeledPath(path, value, columns, width, height, url, confidence)


def _value(
    where: str, row: dict[str, Any], size: tuple[int, int] | None, task: TaskType | None
) -> tuple[Value, float]:
    if "boxes" not in row:
        return _classes(where, row, task)
    things = row["boxes"]
    if size is None and things:
        raise SizeUnknownError(
            f"{where}: the size of the image is unknown, and its boxes are relative.",
            "Say where the images are.",
        )
    outlined = bool(things) and all(thing.get("polygon") for thing in things)
    drawn = _polygons if outlined or (task is TaskType.POLYGONS and not things) else _boxes
    value = as_task(drawn(where, things, size or (1, 1)), task, where)
    return value, math.prod(float(thing.get("score", _SURE)) for thing in things)


def _classes(where: str, row: dict[str, Any], task: TaskType | None) -> tuple[Value, float]:
    probabilities, names = [float(p) for p in row["probs"]], [str(name) for name in row["labels"]]
    if len(probabilities) != len(names) or not names:
        raise FormatError(f"{where}: probs and labels should be as many, and not none.")
    one = task is not TaskType.MULTILABEL and abs(sum(probabilities) - 1) < _ADDS_UP
    if one or task is TaskType.CLASSIFICATION:
        best = max(range(len(names)), key=probabilities.__getitem__)
        return as_task(ClassLabel(label=names[best]), task, where), probabilities[best]
    chosen = tuple(name for name, p in zip(names, probabilities, strict=True) if p >= _SURE)
    return as_task(LabelSet(labels=chosen), task, where), math.prod(
        max(p, 1 - p) for p in probabilities
    )


def _boxes(where: str, things: list[dict[str, Any]], size: tuple[int, int]) -> Boxes:
    boxes = []
    for thing in things:
        sides = pixels(thing["box"], size)
        boxes.append(make_box(where, label=thing["label"], score=thing.get("score"), **sides))
    return Boxes(boxes=tuple(boxes))


def _polygons(where: str, things: list[dict[str, Any]], size: tuple[int, int]) -> Polygons:
    return Polygons(
        polygons=tuple(
            make_polygon(
                where,
                [float(part) * size[i % 2] for i, part in enumerate(ring)],
                label=thing["label"],
                score=thing.get("score"),
            )
            for thing in things
            for ring in thing["polygon"]
        )
    )
