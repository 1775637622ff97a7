"""Which format a file has, and reading it whichever it is."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from models.label import TaskType
from tenfold.errors import FormatError
from tenfold.formats.coco_reader import read_coco
from tenfold.formats.csv_reader import read_csv
from tenfold.formats.jsonl_reader import read_jsonl
from tenfold.formats.label_studio import read_label_studio
from tenfold.formats.paths import local_size
from tenfold.formats.predictions import read_predictions
from tenfold.formats.recognition import LABELING_JOB, sniff
from tenfold.formats.records import LabeledPath, OnBad, OnUnread, Reading, SizeOf
from tenfold.formats.voc_reader import read_voc
from tenfold.formats.yolo_reader import read_yolo

READERS: dict[str, Callable[[Path, Reading], Iterator[LabeledPath]]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "coco": read_coco,
    "voc": read_voc,
    "yolo": read_yolo,
    "label-studio": read_label_studio,
    "predictions": read_predictions,
}

READ_AS = {"mltable": "jsonl", "ground-truth": "jsonl", "azure-coco": "coco", "azure-csv": "csv"}
"""Formats that another one's reader reads: it looks at what is in the file."""

_HINT = (
    "tenfold reads CSV, JSON lines (or MLTable), COCO JSON, Label Studio JSON, Pascal VOC, "
    "YOLO, SageMaker's manifests and AutoML's predictions."
)


def detect(path: Path) -> str:
    """Return the name of a labels file's (or folder's) format.

    Raises:
        FormatError: nothing there, or none of the formats.
    """
    if not path.exists():
        raise FormatError(f"{path}: no such file or folder.")
    found = sniff(path)
    if found is None:
        raise FormatError(f"{path}: not a labels file that is known.", _HINT)
    return found


def read(
    path: Path | str,
    format: str = "auto",  # noqa: A002 -- the word that people use
    *,
    task: TaskType | None = None,
    size_of: SizeOf | None = None,
    on_bad: OnBad | None = None,
    on_unread: OnUnread | None = None,
) -> Iterator[LabeledPath]:
    """Yield the images of a labels file with what it says of each, in constant memory.

    Args:
        path: the file, or the folder of a VOC, YOLO or MLTable data set.
        format: one of `READERS`; `auto` looks at what is in the file.
        task: what the labels are to be: outlines become boxes, a class becomes a set of one;
            without it, what the file suggests.
        size_of: gives width and height of an image where a file with relative boxes doesn't;
            by default the image itself is looked at, beside the file.
        on_bad: told of an image whose label can't be read; the image then comes without one.
            Without it the first bad label raises.
        on_unread: told of a line or an entry that isn't understood, and which is left out.
            Without it the first one raises, and so it does where nothing else is in the file.

    Raises:
        FormatError: not what the format says, naming file and line.
    """
    file = Path(path)
    name = detect(file) if format == "auto" else format
    if name == LABELING_JOB:
        raise FormatError(
            f"{file} is a labeling job: it holds no labels.",
            f"`tenfold import NAME {file} --images FOLDER` makes its project.",
        )
    if name not in READERS:
        raise FormatError(f"There is no format {name!r}.", _HINT)
    if not file.exists():
        raise FormatError(f"{file}: no such file or folder.")
    folder = file if file.is_dir() else file.parent
    heard = _Hearing(on_unread)
    reading = Reading(
        task=task,
        size_of=size_of or partial(local_size, folder),
        on_bad=on_bad,
        on_unread=heard if on_unread else None,
    )
    return heard.listen(READERS[name](file, reading))


class _Hearing:
    """Passes on what isn't understood; a file in which nothing is understood is none."""

    def __init__(self, told: OnUnread | None) -> None:
        self._told = told
        self._first: FormatError | None = None

    def __call__(self, error: FormatError) -> None:
        self._first = self._first or error
        if self._told is not None:
            self._told(error)

    def listen(self, rows: Iterator[LabeledPath]) -> Iterator[LabeledPath]:
        understood = False
        for row in rows:
            understood = True
            yield row
        if not understood and self._first is not None:
            raise self._first
