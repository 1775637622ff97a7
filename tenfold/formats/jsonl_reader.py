"""JSON lines of Azure's AutoML for images, with or without an `MLTable` file beside them.

One object a line: `image_url`, `image_details`, and as `label` a class, a list of classes, or a
list of boxes (`topX`, `topY`, `bottomX`, `bottomY`) or polygons in parts of width and height.
Lines with `source-ref` are those of SageMaker Ground Truth; see `ground_truth`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.ground_truth import SOURCE, ground_truth_size, ground_truth_value
from tenfold.formats.paths import clean_path, path_of_url
from tenfold.formats.records import LabeledPath, Reading, Value
from tenfold.formats.shapes import as_task, make_box, make_polygon

KNOWN = frozenset({"image_url", "image_details", "label", "label_confidence", "path", "task"})
PROVENANCE = frozenset({"by", "annotator", "model_version", "confidence", "sha256", "source_paths"})
_CORNERS = ("topX", "topY", "bottomX", "bottomY")


def lines_file(path: Path) -> Path:
    """Return the JSON lines that an `MLTable` (or the folder that it lies in) names.

    Raises:
        FormatError: the MLTable names no file that is there.
    """
    table = path / "MLTable" if path.is_dir() else path
    if table.name != "MLTable":
        return table
    try:
        content = yaml.safe_load(table.read_text(encoding="utf-8"))
        named = [entry["file"] for entry in content["paths"] if "file" in entry]
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise FormatError(f"{table}: not an MLTable of JSON lines ({error}).") from None
    if len(named) != 1 or not (table.parent / named[0]).is_file():
        raise FormatError(f"{table}: it should name one file of JSON lines beside it, not {named}.")
    return table.parent / str(named[0])


def read_jsonl(path: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of a JSON lines file in its order, line by line.

    Raises:
        FormatError: naming file and line.
    """
    file = lines_file(path)
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield _labeled(f"{file}:{number}", line, reading)


def _labeled(where: str, line: bytes, reading: Reading) -> LabeledPath:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        raise FormatError(f"{where}: not a JSON object ({error}).") from None
    if isinstance(row, dict) and isinstance(row.get(SOURCE), str):
        return _of_ground_truth(where, row, reading)
    if not isinstance(row, dict) or not isinstance(row.get("image_url"), str):
        raise FormatError(f"{where}: no image_url.", "Each line needs image_url and label.")
    path = clean_path(str(row["path"])) if row.get("path") else path_of_url(row["image_url"])
    size = _size(row, path, reading)
    value: Value | None = None
    try:
        value = _value(where, row, size, reading.task)
    except FormatError as error:
        reading.bad(path, error)
    width, height = size or (None, None)
    return LabeledPath(path=path, value=value, columns=_columns(row), width=width, height=height)


def _of_ground_truth(where: str, row: dict[str, Any], reading: Reading) -> LabeledPath:
    path = path_of_url(row[SOURCE])
    value: Value | None = None
    try:
        value = ground_truth_value(where, row, reading.task)
    except FormatError as error:
        reading.bad(path, error)
    width, height = ground_truth_size(row) or (None, None)
    return LabeledPath(path=path, value=value, width=width, height=height)


def _size(row: dict[str, Any], path: str, reading: Reading) -> tuple[int, int] | None:
    """Return width and height; older files write them as texts like `400px`."""
    details = row.get("image_details")
    if isinstance(details, dict):
        texts = [str(details.get(side, "")).removesuffix("px") for side in ("width", "height")]
        if all(text.isdecimal() and int(text) for text in texts):
            return int(texts[0]), int(texts[1])
    return reading.size_of(path)


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
        return _empty(where, task or row.get("task"))
    if all(isinstance(thing, str) for thing in things):
        return as_task(LabelSet(labels=tuple(things)), task, where)
    if not all(isinstance(thing, dict) and isinstance(thing.get("label"), str) for thing in things):
        raise FormatError(f"{where}: each box or polygon needs a label.")
    if size is None:
        raise FormatError(
            f"{where}: the size of {row['image_url']} is unknown, and its boxes are relative.",
            "Add image_details with width and height.",
        )
    shapes = _polygons if "polygon" in things[0] else _boxes
    return as_task(shapes(where, things, size), task, where)


def _empty(where: str, task: object) -> Value:
    match task:
        case TaskType.MULTILABEL:
            return LabelSet()
        case TaskType.BOXES:
            return Boxes()
        case TaskType.POLYGONS:
            return Polygons()
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
            corners = [float(thing[corner]) for corner in _CORNERS]
        except (KeyError, TypeError, ValueError):
            raise FormatError(f"{where}: a box needs the numbers {', '.join(_CORNERS)}.") from None
        sides = dict(
            zip(
                ("xmin", "ymin", "xmax", "ymax"),
                (part * whole for part, whole in zip(corners, size * 2, strict=True)),
                strict=True,
            )
        )
        boxes.append(make_box(where, **_marks(thing), **sides))
    return Boxes(boxes=tuple(boxes))


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
