"""Label Studio's JSON export: a list of tasks, shapes in percent of width and height."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.json_stream import items
from tenfold.formats.paths import path_of_url, web_address
from tenfold.formats.records import LabeledPath, Reading, Value, own_part, own_task
from tenfold.formats.shapes import NOTHING, as_task, make_box, make_polygon

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_NOT_READ = frozenset(
    {"brushlabels", "ellipselabels", "keypointlabels", "vectorlabels", "videorectangle"}
)
"""Shapes that tenfold has none of: an image with such ones has no label that could be taken."""
Results = list[dict[str, Any]]


def read_label_studio(file: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of an export, task by task; of several annotations the last one counts.

    Raises:
        FormatError: naming file and line.
    """
    for task, where in items(file):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            hint = "Export as JSON, not as JSON-MIN."
            reading.unread(FormatError(f"{where}: a task needs data.", hint))
        elif (found := _image(task["data"])) is None:
            reading.unread(FormatError(f"{where}: the task's data name no image."))
        else:
            yield _labeled(where, task, found, reading)


def _labeled(
    where: str, task: dict[str, Any], found: tuple[str, str], reading: Reading
) -> LabeledPath:
    (path, key), results, own = found, _results(task), _own(task)
    path = str(own.get("path") or path)
    if results is None and task.get("predictions") and reading.on_unread is not None:
        reading.unread(FormatError(f"{where}: a model's predictions alone are not read."))
    value: Value | None = None
    try:
        wanted = reading.task or own_task(own)
        value = None if results is None else _value(where, results, wanted)
    except FormatError as error:
        reading.bad(path, error)
    given = (own["width"], own["height"]) if "width" in own and "height" in own else None
    width, height = given or _size(results or []) or (None, None)
    columns = own.get("columns") or {
        name: str(item)
        for name, item in task["data"].items()
        if name != key and isinstance(item, str | int | float)
    }
    if own and "columns" not in own:
        columns = {}
    return LabeledPath(path, value, columns, width, height, web_address(task["data"][key]))


def _own(task: dict[str, Any]) -> dict[str, Any]:
    """Return what tenfold's own export says of a task beside its label."""
    meta = task.get("meta")
    return own_part(meta) if isinstance(meta, dict) else {}


def _image(data: dict[str, Any]) -> tuple[str, str] | None:
    """Return the image's path, and the key that it stands under."""
    for key, text in data.items():
        if isinstance(text, str):
            local = parse_qs(urlsplit(text).query).get("d")
            path = local[0] if local else path_of_url(text).lstrip("/")
            if key == "image" or path.lower().endswith(_SUFFIXES):
                return path, key
    return None


def _results(task: dict[str, Any]) -> Results | None:
    done = [one for one in task.get("annotations") or [] if not one.get("was_cancelled")]
    return done[-1].get("result", []) if done else None


def _size(results: Results) -> tuple[int, int] | None:
    for result in results:
        if result.get("original_width") and result.get("original_height"):
            return int(result["original_width"]), int(result["original_height"])
    return None


def _value(where: str, results: Results, task: TaskType | None) -> Value | None:
    try:
        return _parse(where, results, task)
    except (KeyError, TypeError, IndexError) as error:
        raise FormatError(f"{where}: a result lacks {error}.") from None


def _parse(where: str, results: Results, task: TaskType | None) -> Value | None:
    kinds = {result["type"] for result in results if "type" in result}
    if foreign := sorted(kinds & _NOT_READ):
        raise FormatError(f"{where}: {', '.join(foreign)} are not read.")
    if "polygonlabels" in kinds:
        return as_task(_polygons(where, results), task, where)
    if "rectanglelabels" in kinds:
        return as_task(_boxes(where, results), task, where)
    choices = [name for r in results if r["type"] == "choices" for name in r["value"]["choices"]]
    if choices:
        value: Value = LabelSet(labels=tuple(choices))
        if len(choices) == 1 and task is not TaskType.MULTILABEL:
            value = ClassLabel(label=choices[0])
        return as_task(value, task, where)
    return NOTHING.get(task) if task else None


def _boxes(where: str, results: Results) -> Boxes:
    boxes = []
    for result in results:
        if result["type"] != "rectanglelabels":
            continue
        value, width, height = result["value"], result["original_width"], result["original_height"]
        if value.get("rotation"):
            raise FormatError(f"{where}: turned boxes are not read.")
        x, y = value["x"] / 100 * width, value["y"] / 100 * height
        boxes.append(
            make_box(
                where,
                label=value["rectanglelabels"][0],
                xmin=x,
                ymin=y,
                xmax=x + value["width"] / 100 * width,
                ymax=y + value["height"] / 100 * height,
            )
        )
    return Boxes(boxes=tuple(boxes))


def _polygons(where: str, results: Results) -> Polygons:
    polygons = []
    for result in results:
        if result["type"] != "polygonlabels":
            continue
        size = (result["original_width"], result["original_height"])
        flat = [part / 100 * size[i] for point in result["value"]["points"]
                for i, part in enumerate(point)]  # fmt: skip
        polygons.append(make_polygon(where, flat, label=result["value"]["polygonlabels"][0]))
    return Polygons(polygons=tuple(polygons))
