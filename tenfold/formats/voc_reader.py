"""Pascal VOC: one XML file an image, boxes in whole pixels counted from 1, both ends included."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from models.label import Boxes
from tenfold.errors import FormatError
from tenfold.formats.paths import clean_path
from tenfold.formats.records import LabeledPath, Reading, Value
from tenfold.formats.shapes import SIDES, as_task, make_box

_FOLDERS = ("JPEGImages", "images", "")
"""Where the images of a VOC folder may lie."""


def xml_files(path: Path) -> Iterator[Path]:
    """Yield the annotation files of a VOC folder by name, or the one file itself."""
    if path.is_file():
        yield path
        return
    folder = path / "Annotations"
    yield from sorted((folder if folder.is_dir() else path).rglob("*.xml"))


def read_voc(path: Path, reading: Reading) -> Iterator[LabeledPath]:
    """Yield one image an XML file, in the order of the files' names.

    Raises:
        FormatError: naming file and line.
    """
    root = path if path.is_dir() else path.parent
    if root.name == "Annotations":
        root = root.parent
    for file in xml_files(path):
        tree = _parse(file)
        image = _image_path(root, file, tree)
        value: Value | None = None
        try:
            value = as_task(_boxes(file, tree), reading.task, str(file))
        except FormatError as error:
            reading.bad(image, error)
        size = tree.find("size")
        width, height = (_whole(size, side) for side in ("width", "height"))
        columns = {str(column.get("name")): column.text or "" for column in tree.findall("column")}
        yield LabeledPath(image, value, columns, width, height)


def _parse(file: Path) -> ET.Element:
    data = file.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise FormatError(f"{file}: document types and entities are not read.")
    try:
        tree = ET.fromstring(data)  # noqa: S314 -- entities were refused above
    except ET.ParseError as error:
        raise FormatError(f"{file}:{error.position[0]}: not XML ({error}).") from None
    if tree.tag != "annotation":
        raise FormatError(f"{file}:1: the root should be <annotation>, not <{tree.tag}>.")
    return tree


def _image_path(root: Path, file: Path, tree: ET.Element) -> str:
    name = clean_path((tree.findtext("filename") or "").strip("\n"))
    if not name:
        raise FormatError(f"{file}: <filename> is missing.")
    for folder in _FOLDERS:
        candidate = f"{folder}/{name}" if folder else name
        if (root / candidate).is_file():
            return candidate
    beside = file.parent / name
    if beside.is_file() and beside.is_relative_to(root):
        return beside.relative_to(root).as_posix()
    return name


def _whole(parent: ET.Element | None, tag: str) -> int | None:
    text = (parent.findtext(tag) or "").strip() if parent is not None else ""
    return int(text) if text.isdecimal() and int(text) else None


def _boxes(file: Path, tree: ET.Element) -> Boxes:
    things = enumerate(tree.findall("object"), start=1)
    return Boxes(boxes=tuple(_box(f"{file}: object {i}", thing) for i, thing in things))


def _box(where: str, thing: ET.Element) -> Any:
    label = thing.findtext("name")
    if not label:
        raise FormatError(f"{where}: <name> is missing.")
    xmin, ymin, xmax, ymax = (_number(where, thing, side) for side in SIDES)
    score = thing.findtext("score")
    return make_box(
        where,
        label=label,
        xmin=xmin - 1,
        ymin=ymin - 1,
        xmax=xmax,
        ymax=ymax,
        difficult=(thing.findtext("difficult") or "0").strip() == "1",
        crowd=(thing.findtext("crowd") or "0").strip() == "1",
        score=_score(where, score),
    )


def _score(where: str, text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise FormatError(f"{where}: <score> {text!r} is no number.") from None


def _number(where: str, thing: ET.Element, side: str) -> float:
    text = thing.findtext(f"bndbox/{side}")
    try:
        return float(text or "")
    except ValueError:
        raise FormatError(f"{where}: <{side}> is missing or no number ({text!r}).") from None
