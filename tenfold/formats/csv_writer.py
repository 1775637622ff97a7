"""CSV that `csv_reader` reads again: a row a class or box, then whose word it is."""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence

from models.label import Boxes, ClassLabel, LabelSet, TaskType
from tenfold.formats.csv_reader import (
    IMAGE_FILE,
    PROVENANCE,
    SHAPE_COLUMNS,
    USER_PREFIX,
)
from tenfold.formats.records import ExportRow, Value
from tenfold.formats.shapes import SIDES
from tenfold.formats.sinks import Sink

FILE = "labels.csv"
_RESERVED = {"path", "label", IMAGE_FILE, *SIDES, *SHAPE_COLUMNS, *PROVENANCE}
WHOSE = 4
"""So many fields of `PROVENANCE`, the first ones, say whose word a label is."""
_QUOTED = re.compile(r'[,;\t"\r\n]|^\s|\s$|^$')


def line(fields: Iterable[str]) -> bytes:
    """Return one line of CSV; what a reader could mistake is quoted."""
    texts = [
        '"' + text.replace('"', '""') + '"' if text and _QUOTED.search(text) else text
        for text in fields
    ]
    return (",".join(texts) + "\n").encode()


def number(value: float) -> str:
    """Return the shortest text that is read as the same number; whole ones without a point."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def provenance(row: ExportRow) -> list[str]:
    """Return the fields of `PROVENANCE` for a row."""
    return [
        row.by or "",
        row.annotator or "",
        row.model_version or "",
        "" if row.confidence is None else number(row.confidence),
        row.image.sha256,
        str(row.image.width),
        str(row.image.height),
        row.url,
        json.dumps(row.source_paths, ensure_ascii=False) if row.source_paths else "",
    ]


def column_title(name: str) -> str:
    """Return how a manifest's column is called in the file."""
    plain = name.strip().lower().replace(" ", "_")
    return USER_PREFIX + name if plain in _RESERVED or plain.startswith(USER_PREFIX) else name


def write_csv(
    rows: Iterable[ExportRow], classes: Sequence[str], sink: Sink, task: TaskType
) -> Iterator[None]:
    """Write `labels.csv`, a step a row.

    Which further columns there are is known only after the last row; until then the rows wait
    in a temporary file.
    """
    del classes
    shape = (*SIDES, *SHAPE_COLUMNS) if task is TaskType.BOXES else ()
    yield from write_table(
        ((row, fields) for row in rows for fields in _labels(row.value)),
        ("path", "label", *shape),
        sink,
        FILE,
    )


def write_table(
    rows: Iterable[tuple[ExportRow, list[str]]], titles: Sequence[str], sink: Sink, name: str
) -> Iterator[None]:
    """Write rows of own fields, provenance and the manifest's columns.

    Where no row says whose word it is, the columns that would are left out.
    """
    columns: dict[str, None] = {}
    told = False
    with tempfile.TemporaryFile("w+", encoding="utf-8") as waiting:
        for row, fields in rows:
            told = told or row.by is not None
            columns.update(dict.fromkeys(row.image.columns))
            mine = [row.name, *fields]
            waiting.write(json.dumps([mine, provenance(row), row.image.columns]) + "\n")
            yield
        waiting.seek(0)
        left_out = 0 if told else WHOSE
        with sink.open(name) as out:
            out.write(line([*titles, *PROVENANCE[left_out:], *map(column_title, columns)]))
            for text in waiting:
                mine, whose, further = json.loads(text)
                rest = (further.get(column, "") for column in columns)
                out.write(line([*mine, *whose[left_out:], *rest]))
                yield


def _labels(value: Value) -> list[list[str]]:
    match value:
        case ClassLabel():
            return [[value.label]]
        case LabelSet():
            return [[label] for label in value.labels] or [[""]]
        case Boxes() if value.boxes:
            return [
                [
                    box.label,
                    *(number(getattr(box, side)) for side in SIDES),
                    str(int(box.difficult)),
                    str(int(box.crowd)),
                    "" if box.score is None else number(box.score),
                ]
                for box in value.boxes
            ]
    return [[""] * (1 + len(SIDES) + len(SHAPE_COLUMNS))]
