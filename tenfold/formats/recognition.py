"""Which format a labels file or folder has, by what is in it."""

import json
from pathlib import Path
from typing import Any

from tenfold.errors import FormatError
from tenfold.formats import predictions
from tenfold.formats.csv_reader import names_images
from tenfold.formats.ground_truth import SOURCE
from tenfold.formats.json_stream import elements, items
from tenfold.formats.labeling_job import CATEGORIES
from tenfold.formats.yolo_reader import names_classes

LABELING_JOB = "labeling-job"

_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".manifest": "jsonl",
    ".json": "coco",
    ".xml": "voc",
    ".yaml": "yolo",
    ".yml": "yolo",
}
"""What a file is meant to be whose contents say nothing: its reader then says what is wrong."""

_HEAD = 1 << 16
_LINE = 1 << 24
_LOOKED_AT = 20


def sniff(path: Path) -> str | None:
    """Return the format's name, or None where the path is no labels file or folder of one."""
    if path.is_file():
        return _of_file(path)
    if (path / "MLTable").is_file():
        return "jsonl"
    if names_classes(path):
        return "yolo"
    if (path / "ImageSets" / "Main").is_dir():
        return "voc"
    for folder in (path / "Annotations", path):
        if folder.is_dir() and next(folder.glob("*.xml"), None) is not None:
            return "voc"
    return None


def _of_file(path: Path) -> str | None:
    if path.name == "MLTable":
        return "jsonl"
    meant = _BY_SUFFIX.get(path.suffix.lower())
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        head = stream.read(_HEAD).lstrip()
    match head[:1]:
        case "{":
            return _of_object(path) or meant
        case "[":
            return _of_array(path)
        case "<":
            return "voc" if "<annotation" in head else meant
    if meant is None and head and names_images(head.partition("\n")[0]):
        return "csv"
    return meant


def _of_object(path: Path) -> str | None:
    """Return the format of a file that begins with an object: a line of many, or all of it."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        try:
            first = json.loads(stream.readline(_LINE))
        except ValueError:
            return _of_keys(path)
    if not isinstance(first, dict):
        return None
    letters = {key.lower().replace("_", "") for key in first}
    if SOURCE in first or "imageurl" in letters:
        return "jsonl"
    if predictions.looks_like(first):
        return "predictions"
    return _of_keys(path)


def _of_keys(path: Path) -> str | None:
    """Return the format of one large object, by the first of its keys that says something."""
    try:
        for number, (key, item, _) in enumerate(elements(path)):
            if key == CATEGORIES or (isinstance(item, dict) and CATEGORIES in item):
                return LABELING_JOB
            if key in ("images", "annotations", "categories"):
                return "coco"
            if number > _LOOKED_AT:
                break
    except FormatError:
        return None
    return None


def _of_array(path: Path) -> str:
    first: Any = None
    try:
        first = next(items(path), (None, ""))[0]
    except FormatError:
        return "label-studio"
    scored = isinstance(first, dict) and predictions.looks_like(first)
    return "predictions" if scored else "label-studio"
