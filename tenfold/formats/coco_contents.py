"""What a COCO file holds, gathered on disk: its images, annotations and categories."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.label import TaskType
from tenfold.errors import FormatError
from tenfold.formats.grouping import Spool
from tenfold.formats.json_stream import EMPTY, elements
from tenfold.formats.records import Reading

_RELATIVE_UP_TO = 1 + 1e-6
"""Azure ML writes boxes in parts of the image: no number in such a file is larger."""


@dataclass(slots=True)
class Contents:
    """What a file holds beside its images and annotations."""

    categories: dict[str, str] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    largest: float = 0.0
    annotations: int = 0
    boxed: int = 0
    outlined: int = 0
    most: int = 1

    @property
    def relative(self) -> bool:
        """Whether boxes are in parts of width and height."""
        said = self.info.get("tenfold_coordinates")
        if said in ("pixels", "relative"):
            return bool(said == "relative")
        return self.boxed > 0 and self.largest <= _RELATIVE_UP_TO

    @property
    def task(self) -> TaskType:
        """What the annotations look like."""
        if self.info.get("tenfold_task"):
            return TaskType(self.info["tenfold_task"])
        if self.outlined and self.outlined == self.annotations:
            return TaskType.POLYGONS
        if self.boxed:
            return TaskType.BOXES
        return TaskType.MULTILABEL if self.most > 1 else TaskType.CLASSIFICATION


def tell_of_strays(images: Spool, annotations: Spool, reading: Reading) -> None:
    """Pass on annotations of images that the file doesn't list."""
    if reading.on_unread is None:
        return
    for key in annotations.each_key():
        if not images.has(key):
            for where, _ in annotations.items(key):
                reading.unread(FormatError(f"{where}: image {key} isn't among the file's images."))


def gather(file: Path, images: Spool, annotations: Spool, reading: Reading) -> Contents:
    """Put images and annotations into their spools by the image's id."""
    contents = Contents()
    seen = set()
    for key, item, where in elements(file):
        seen.add(key)
        if item is EMPTY:
            continue
        match key, item:
            case "images", {"id": key_id, "file_name": str()}:
                images.add(str(key_id), [where, item])
            case "annotations", {"image_id": key_id, "category_id": _}:
                where = _place(where, item)  # noqa: PLW2901 -- the same, more exactly
                if reading.on_unread is not None and _is_flat(item):
                    reading.unread(FormatError(f"{where}: a box without area, left out."))
                    continue
                _note(contents, item)
                annotations.add(str(key_id), [where, item])
            case "categories", {"id": key_id, "name": name}:
                contents.categories[str(key_id)] = str(name)
            case "info", dict():
                contents.info = item
            case (("images" | "annotations" | "categories"), _):
                needs = {
                    "images": "id and file_name",
                    "annotations": "image_id and category_id",
                    "categories": "id and name",
                }[key]
                reading.unread(FormatError(f"{where}: each of {key} needs {needs}."))
    if "images" not in seen:
        raise FormatError(f"{file}: no list of images.", "A COCO file has images and annotations.")
    contents.most = annotations.most()
    return contents


def four_numbers(box: object) -> bool:
    """Whether something is four numbers."""
    numbers = isinstance(box, list) and all(isinstance(side, int | float) for side in box)
    return numbers and len(box) == 4  # type: ignore[arg-type]  # noqa: PLR2004


def _place(where: str, item: dict[str, Any]) -> str:
    """Return where an annotation is: with its id, since exports are often a single line."""
    return f"{where}: annotation {item['id']}" if "id" in item else where


def _is_flat(item: dict[str, Any]) -> bool:
    """Whether a box has no area.

    Azure ML's editor left such behind (Esc while drawing). Where somebody is told of what is left
    out, they are; else they spoil the image's label.
    """
    box = item.get("bbox")
    return four_numbers(box) and 0 in box[2:]  # type: ignore[index]


def _note(contents: Contents, item: dict[str, Any]) -> None:
    contents.annotations += 1
    box = item.get("bbox")
    if box:
        contents.boxed += 1
        if four_numbers(box):
            contents.largest = max(contents.largest, *(abs(side) for side in box))
    if item.get("segmentation"):
        contents.outlined += 1
