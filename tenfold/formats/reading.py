"""Which format a file has, and reading it whichever it is."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from models.label import TaskType
from tenfold.errors import FormatError
from tenfold.formats.coco_reader import read_coco
from tenfold.formats.csv_reader import read_csv
from tenfold.formats.json_stream import first_sign
from tenfold.formats.jsonl_reader import read_jsonl
from tenfold.formats.label_studio import read_label_studio
from tenfold.formats.paths import local_size
from tenfold.formats.records import LabeledPath, OnBad, Reading, SizeOf
from tenfold.formats.voc_reader import read_voc
from tenfold.formats.yolo_reader import read_yolo

READERS: dict[str, Callable[[Path, Reading], Iterator[LabeledPath]]] = {
    "csv": read_csv,
    "jsonl": read_jsonl,
    "coco": read_coco,
    "voc": read_voc,
    "yolo": read_yolo,
    "label-studio": read_label_studio,
}

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
_HINT = (
    "tenfold reads CSV, JSON lines (or MLTable), COCO JSON, Label Studio JSON, Pascal VOC and YOLO."
)


def sniff(path: Path) -> str | None:
    """Return the format's name, or None where the path is no labels file or folder of one."""
    if path.is_file():
        return _of_file(path)
    if (path / "MLTable").is_file():
        return "jsonl"
    if any((path / name).is_file() for name in ("data.yaml", "dataset.yaml", "data.yml")):
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
    found = _BY_SUFFIX.get(path.suffix.lower())
    return "label-studio" if found == "coco" and first_sign(path) == "[" else found


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
) -> Iterator[LabeledPath]:
    """Yield the images of a labels file with what it says of each, in constant memory.

    Args:
        path: the file, or the folder of a VOC, YOLO or MLTable data set.
        format: `csv`, `jsonl`, `coco`, `voc`, `yolo`, `label-studio`; `auto` looks at the path.
        task: what the labels are to be: outlines become boxes, a class becomes a set of one;
            without it, what the file suggests.
        size_of: gives width and height of an image where a file with relative boxes doesn't;
            by default the image itself is looked at, beside the file.
        on_bad: told of an image whose label can't be read; the image then comes without one.
            Without it the first bad label raises.

    Raises:
        FormatError: not what the format says, naming file and line.
    """
    file = Path(path)
    name = detect(file) if format == "auto" else format
    if name not in READERS:
        raise FormatError(f"There is no format {name!r}.", _HINT)
    if not file.exists():
        raise FormatError(f"{file}: no such file or folder.")
    folder = file if file.is_dir() else file.parent
    reading = Reading(task=task, size_of=size_of or partial(local_size, folder), on_bad=on_bad)
    return READERS[name](file, reading)
