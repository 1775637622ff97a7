"""YOLO: `data.yaml` with the class names, and a text file an image: class and shape, 0 to 1."""

import csv
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from models.label import Boxes, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats.csv_reader import IMAGE_FILE, Header
from tenfold.formats.paths import local_size
from tenfold.formats.records import LabeledPath, Reading, Value
from tenfold.formats.shapes import as_task, make_box, make_polygon

PROVENANCE = "provenance.csv"
"""Written by tenfold's own export: file name of each image, its size, and where it came from."""

_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})
_SUFFIXES = (*sorted(_IMAGES), *sorted(suffix.upper() for suffix in _IMAGES))
_BOX_NUMBERS = 4
_PLAIN = "classes.txt"
_NAMES = ("data.yaml", "dataset.yaml", "data.yml", _PLAIN)
"""Files that name the classes; the last one has a name a line, as labeling tools write it."""


def yaml_file(path: Path) -> Path:
    """Return the file with the class names: the path itself, or the one in the folder.

    Raises:
        FormatError: there is none.
    """
    if path.is_file():
        return path
    found = next((path / name for name in _NAMES if (path / name).is_file()), None)
    if found is None:
        raise FormatError(f"{path}: no data.yaml.", "A YOLO folder has one that names the classes.")
    return found


def names_classes(path: Path) -> bool:
    """Whether a folder has a file with the classes of YOLO's text files."""
    if any((path / name).is_file() for name in _NAMES[:3]):
        return True
    return (path / _PLAIN).is_file() and (path / "labels").is_dir()


def class_names(file: Path) -> list[str]:
    """Return the class names of a data.yaml in the order of their numbers.

    Raises:
        FormatError: `names` is missing or is neither a list nor numbers with names.
    """
    if file.name == _PLAIN:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FormatError(f"{file}: not YAML ({error}).") from None
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        names = [names[i] for i in range(len(names))]
    if not isinstance(names, list) or not names:
        raise FormatError(f"{file}: names should list the classes.")
    return [str(name) for name in names]


def read_yolo(path: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield the images of a YOLO folder by name.

    An image with an empty text file shows nothing; one without a text file has no label yet.

    Raises:
        FormatError: naming file and line.
    """
    file = yaml_file(path)
    names = class_names(file)
    root = file.parent
    for image, image_file, size, columns in _images(root):
        label_file = root / label_name(image_file)
        value: Value | None = None
        known = size or local_size(root, image) or reading.size_of(image)
        if label_file.is_file():
            try:
                value = _value(label_file, names, known, reading.task)
            except FormatError as error:
                reading.bad(image, error)
        width, height = known or (None, None)
        yield LabeledPath(image, value, columns, width, height)
    _tell_of_strays(root, reading)


def _tell_of_strays(root: Path, reading: Reading) -> None:
    """Pass on text files whose image isn't there."""
    if reading.on_unread is None or (root / PROVENANCE).is_file():
        return
    for file in sorted((root / "labels").rglob("*.txt")):
        name = file.relative_to(root / "labels").with_suffix("")
        around = (root / "images" / name, root / name, file.with_suffix(""))
        if not any(Path(f"{one}{s}").is_file() for one in around for s in _SUFFIXES):
            reading.unread(FormatError(f"{file}: no image of this name is beside it."))


def label_name(image: str) -> str:
    """Return the text file of an image: the last `images` folder of its path becomes `labels`."""
    parts = list(PurePosixPath(image).parts)
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "images":
            parts[i] = "labels"
            break
    return str(PurePosixPath(*parts).with_suffix(".txt"))


def _images(root: Path) -> Iterator[tuple[str, str, tuple[int, int] | None, dict[str, str]]]:
    """Yield path, file, size and columns of every image, by tenfold's list or by the folder."""
    listed = root / PROVENANCE
    if not listed.is_file():
        for file in sorted(root.rglob("*")):
            if file.suffix.lower() in _IMAGES and file.is_file():
                name = file.relative_to(root).as_posix()
                yield name, name, None, {}
        return
    with listed.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, skipinitialspace=True, strict=True)
        header = Header(listed, next(rows))
        for row in rows:
            size = (int(header.field(row, "width")), int(header.field(row, "height")))
            names = (header.field(row, "path"), header.field(row, IMAGE_FILE))
            yield *names, size, header.columns(row)


def _value(
    file: Path, names: list[str], size: tuple[int, int] | None, task: TaskType | None
) -> Value:
    boxes, polygons = [], []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        if size is None:
            raise FormatError(
                f"{where}: the size of the image is unknown, and its boxes are relative.",
                "Put the images into the folder's images/.",
            )
        label, numbers = _parse(where, line, names)
        if len(numbers) <= _BOX_NUMBERS + 1:
            boxes.append(_box(where, label, numbers, size))
        else:
            flat = [part * size[i % 2] for i, part in enumerate(numbers)]
            polygons.append(make_polygon(where, flat, label=label))
    if boxes and polygons:
        raise FormatError(f"{file}: boxes and polygons in one file.")
    if polygons or (not boxes and task is TaskType.POLYGONS):
        return as_task(Polygons(polygons=tuple(polygons)), task, str(file))
    return as_task(Boxes(boxes=tuple(boxes)), task, str(file))


def _parse(where: str, line: str, names: list[str]) -> tuple[str, list[float]]:
    first, *rest = line.split()
    try:
        index, numbers = int(first), [float(text) for text in rest]
    except ValueError as error:
        raise FormatError(f"{where}: expected a class number and numbers ({error}).") from None
    if not 0 <= index < len(names):
        raise FormatError(f"{where}: class {index}, but there are {len(names)} names.")
    if len(numbers) < _BOX_NUMBERS:
        raise FormatError(f"{where}: a box needs four numbers, found {len(numbers)}.")
    return names[index], numbers


def _box(where: str, label: str, numbers: list[float], size: tuple[int, int]) -> Any:
    x, y, width, height = numbers[:_BOX_NUMBERS]
    return make_box(
        where,
        label=label,
        xmin=(x - width / 2) * size[0],
        ymin=(y - height / 2) * size[1],
        xmax=(x + width / 2) * size[0],
        ymax=(y + height / 2) * size[1],
        score=numbers[_BOX_NUMBERS] if len(numbers) > _BOX_NUMBERS else None,
    )
