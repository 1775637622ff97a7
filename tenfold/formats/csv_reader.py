"""CSV: `path,label`, a row a class or a box."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from models.label import Boxes, ClassLabel, LabelSet, TaskType
from tenfold.errors import FormatError
from tenfold.formats.grouping import Spool
from tenfold.formats.paths import clean_path
from tenfold.formats.records import LabeledPath, Reading, Value
from tenfold.formats.shapes import SIDES, as_task, make_box

_NAMES = {
    "path": ("path", "image_path", "file_path", "file_name", "filename", "file", "image_url",
             "image", "url", "imageurl", "image_uri", "uri", "datastore_url", "absolute_url"),
    "label": ("label", "labels", "class", "class_name", "category", "tag",
              "label_name", "labelname", "classname"),
    "xmin": ("xmin", "x_min", "x1", "left"),
    "ymin": ("ymin", "y_min", "y1", "top"),
    "xmax": ("xmax", "x_max", "x2", "right"),
    "ymax": ("ymax", "y_max", "y2", "bottom"),
}  # fmt: skip
"""What a column may be called; the first that is there is taken."""

SHAPE_COLUMNS = ("difficult", "crowd", "score")
PROVENANCE = (
    "by", "annotator", "model_version", "confidence",
    "sha256", "width", "height", "url", "source_paths",
)  # fmt: skip
"""Columns that tenfold's own exports add."""

IMAGE_FILE = "image_file"
"""Column of the name that an image has in a folder of many files."""

USER_PREFIX = "column_"
"""Stands before a manifest's column that is called like one of tenfold's."""

_YES = frozenset({"1", "true", "yes"})


def names_images(first: str) -> bool:
    """Whether the first line of a file names a column as that of images."""
    titles = {name.strip(' "').lower().replace(" ", "_") for name in re.split("[,;\t]", first)}
    return not titles.isdisjoint(_NAMES["path"])


class Header:
    """Which column of a CSV file holds what."""

    def __init__(self, file: Path, names: list[str]) -> None:
        self.names = [name.strip() for name in names]
        lower = [name.lower().replace(" ", "_") for name in self.names]
        self.own = "sha256" in lower and ("by" in lower or "source_paths" in lower)
        self.empty_sets = False
        """Whether a row of tenfold's own says that none of the classes is there."""
        self.at: dict[str, int] = {}
        for key, names_of_key in _NAMES.items():
            # A manifest's own column may be called like one of the other names.
            called = (key,) if self.own else names_of_key
            found = [lower.index(name) for name in called if name in lower]
            if found:
                self.at[key] = found[0]
        if "path" not in self.at:
            raise FormatError(
                f"{file}:1: no column says where the images are; found {', '.join(self.names)}.",
                "The first line names the columns: path,label or path,label,xmin,ymin,xmax,ymax.",
            )
        self.boxes = all(side in self.at for side in SIDES)
        extra = {*PROVENANCE, IMAGE_FILE} if self.own else set()
        if self.boxes:
            extra |= set(SHAPE_COLUMNS)
        self.at |= {name: lower.index(name) for name in extra if name in lower}
        taken = set(self.at.values())
        self.others = {i: name for i, name in enumerate(self.names) if i not in taken}

    def field(self, row: list[str], key: str) -> str:
        """Return a row's text in the column of that meaning, or nothing."""
        at = self.at.get(key)
        return row[at] if at is not None and at < len(row) else ""

    def is_empty_set(self, row: list[str]) -> bool:
        """Whether a row is a label that names nothing."""
        told = "by" not in self.at or bool(self.field(row, "by"))
        return self.own and told and not self.field(row, "label")

    def columns(self, row: list[str]) -> dict[str, str]:
        """Return what else the row says."""
        found = {name: row[i] for i, name in self.others.items() if i < len(row) and row[i]}
        if not self.own:
            return found
        return {name.removeprefix(USER_PREFIX): text for name, text in found.items()}


def read_csv(file: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of a CSV file, in the order in which they are first named.

    Raises:
        FormatError: naming file and line.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream, Spool() as spool:
            header = _gather(file, stream, spool, reading)
            task = reading.task or _suggested(header, spool)
            for path, rows in spool.groups():
                yield _labeled(file, header, path, rows, task, reading)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{file}: not UTF-8 text ({error.reason}).", "Save it as UTF-8."
        ) from None


def _gather(file: Path, stream: TextIO, spool: Spool, reading: Reading) -> Header:
    first = stream.readline()
    stream.seek(0)
    rows = csv.reader(stream, delimiter=_delimiter(first), skipinitialspace=True, strict=True)
    try:
        names = next(rows, None)
        if not names:
            raise FormatError(f"{file}: the file is empty.", "Its first line names the columns.")
        header = Header(file, names)
        for row in rows:
            if any(row):
                path = clean_path(header.field(row, "path"))
                if not path:
                    reading.unread(FormatError(f"{file}:{rows.line_num}: the row names no image."))
                    continue
                header.empty_sets |= header.is_empty_set(row)
                spool.add(path, [rows.line_num, row])
    except csv.Error as error:
        raise FormatError(f"{file}:{rows.line_num}: {error}.") from None
    return header


def _delimiter(first: str) -> str:
    if "," in first:
        return ","
    return next((sign for sign in (";", "\t") if sign in first), ",")


def _suggested(header: Header, spool: Spool) -> TaskType:
    """Boxes where there are box columns; sets where an image has several labels."""
    if header.boxes:
        return TaskType.BOXES
    several = header.empty_sets or spool.most() > 1
    return TaskType.MULTILABEL if several else TaskType.CLASSIFICATION


def _labeled(
    file: Path, header: Header, path: str, rows: list[Any], task: TaskType, reading: Reading
) -> LabeledPath:
    _, first = rows[0]
    value: Value | None = None
    try:
        value = _value(file, header, rows, task)
    except FormatError as error:
        reading.bad(path, error)
    return LabeledPath(
        path=path,
        value=value,
        columns=header.columns(first),
        width=_whole(header.field(first, "width")),
        height=_whole(header.field(first, "height")),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _value(file: Path, header: Header, rows: list[Any], task: TaskType) -> Value | None:
    """Return what an image's rows say.

    Empty labels say nothing, except in a file of tenfold's own, whose every row is a label.
    """
    where = f"{file}:{rows[0][0]}"
    given = [(line, row) for line, row in rows if header.field(row, "label")]
    if not given and not header.is_empty_set(rows[0][1]):
        return None
    if header.boxes and task is not TaskType.CLASSIFICATION:
        boxes = tuple(_box(f"{file}:{line}", header, row) for line, row in given)
        return as_task(Boxes(boxes=boxes), task, where)
    labels = tuple(header.field(row, "label") for _, row in given)
    if task is TaskType.CLASSIFICATION and len(set(labels)) > 1:
        raise FormatError(
            f"{file}:{given[-1][0]}: a second class for the same image "
            f"({', '.join(dict.fromkeys(labels))}).",
            "One class an image is allowed; for several make a multilabel project.",
        )
    if task is TaskType.CLASSIFICATION and labels:
        return ClassLabel(label=labels[0])
    return as_task(LabelSet(labels=labels), task, where)


def _box(where: str, header: Header, row: list[str]) -> Any:
    try:
        sides = {side: float(header.field(row, side)) for side in SIDES}
        score = header.field(row, "score")
        fields = {**sides, "score": float(score) if score else None}
    except ValueError as error:
        raise FormatError(f"{where}: a side of the box is no number ({error}).") from None
    return make_box(
        where,
        label=header.field(row, "label"),
        difficult=header.field(row, "difficult").lower() in _YES,
        crowd=header.field(row, "crowd").lower() in _YES,
        **fields,
    )
