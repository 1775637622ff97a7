"""Label Studio's JSON: tasks with annotations, or with predictions where a model speaks."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from tenfold.formats.own_part import own_part
from tenfold.formats.records import OWN, PRELABEL, ExportRow, Value
from tenfold.formats.sinks import Sink

FILE = "tasks.json"
_FULL = 100
"""Width and height of every image, in Label Studio's measure."""


def write_label_studio(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `tasks.json`, a step a row."""
    del classes
    with sink.open(FILE) as out:
        out.write(b"[")
        for number, row in enumerate(rows, start=1):
            text = json.dumps(_task(number, row, task), ensure_ascii=False)
            out.write((b",\n" if number > 1 else b"\n") + text.encode())
            yield
        out.write(b"\n]\n")


def _task(number: int, row: ExportRow, task: TaskType) -> dict[str, Any]:
    result = {"result": list(_results(row.value, (row.image.width, row.image.height)))}
    said: dict[str, Any] = {"annotations": [{"id": number, **result}]}
    if row.by == PRELABEL:
        score = {} if row.confidence is None else {"score": row.confidence}
        said = {"annotations": [], "predictions": [{**result, **score}]}
    return {
        "id": number,
        "data": {"image": row.url},
        "meta": {OWN: own_part(row, task)},
        **said,
    }


def _results(value: Value, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    match value:
        case ClassLabel(label=label):
            yield _result("choices", size, {"choices": [label]})
        case LabelSet(labels=labels):
            yield _result("choices", size, {"choices": list(labels)})
        case Boxes(boxes=boxes):
            yield from (_result("rectanglelabels", size, _box(box, size)) for box in boxes)
        case Polygons(polygons=polygons):
            yield from (_result("polygonlabels", size, _outline(one, size)) for one in polygons)


def _result(kind: str, size: tuple[int, int], value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": kind,
        "from_name": "choice" if kind == "choices" else "label",
        "to_name": "image",
        "original_width": size[0],
        "original_height": size[1],
        "image_rotation": 0,
        "value": value,
    }


def _box(box: Box, size: tuple[int, int]) -> dict[str, Any]:
    width, height = size
    return {
        "x": box.xmin / width * _FULL,
        "y": box.ymin / height * _FULL,
        "width": (box.xmax - box.xmin) / width * _FULL,
        "height": (box.ymax - box.ymin) / height * _FULL,
        "rotation": 0,
        "rectanglelabels": [box.label],
    }


def _outline(polygon: Polygon, size: tuple[int, int]) -> dict[str, Any]:
    points = [[part / size[i] * _FULL for i, part in enumerate(point)] for point in polygon.points]
    return {"points": points, "polygonlabels": [polygon.label]}
