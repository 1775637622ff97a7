"""What an import brings: counted as it is read, with what is missing and not understood."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TextIO

from models.label import LabelSet, TaskType
from tenfold.errors import FormatError
from tenfold.formats.records import LabeledPath, Value
from tenfold.formats.writing import TASKS
from tenfold.store.finals import class_counts

SHOWN = 50
"""Lines of a list that are kept in memory; all go to a file, where one is asked for."""


@dataclass(slots=True)
class Listing:
    """What is wrong, counted; the first ones by heart."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(text)


class Full:
    """The whole list in a file, as JSON lines; nothing where no file is asked for."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._stream: TextIO | None = None

    def __enter__(self) -> Self:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._file.open("w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def add(self, what: str, text: str) -> None:
        """Write one."""
        if self._stream is not None:
            self._stream.write(json.dumps({what: text}, ensure_ascii=False) + "\n")


@dataclass(slots=True)
class ImportReport:
    """What came in, or would."""

    project: str
    format: str
    task: TaskType
    made: bool = False
    """Whether the project is a new one."""
    prelabels: bool = False
    images: int = 0
    """Images that the file names."""
    found: int = 0
    labeled: int = 0
    """Of those that were found, the ones with a label."""
    new: int = 0
    same: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    """Labels of each class, of images that were found; of shapes each one counts."""
    missing: Listing = field(default_factory=Listing)
    unread: Listing = field(default_factory=Listing)
    refused: Listing = field(default_factory=Listing)
    """Labels that can't be such of their image."""
    full: Full = field(default_factory=lambda: Full(None))

    def told(self) -> dict[str, object]:
        """Return it for programs; of what is wrong the count and the first ones."""
        wrong = {"missing": self.missing, "not_understood": self.unread, "not_taken": self.refused}
        return {
            "project": self.project,
            "new_project": self.made,
            "format": self.format,
            "task": self.task.value,
            "prelabels": self.prelabels,
            "images": self.images,
            "found": self.found,
            "labeled": self.labeled,
            "taken": self.new + self.same,
            "labels": dict(self.labels),
            **{name: {"count": each.count, "first": each.first} for name, each in wrong.items()},
        }

    def count(self, value: Value | None) -> None:
        """Count an image that was found, with its label."""
        self.found += 1
        if value is not None:
            self.labeled += 1
            self.labels.update(class_counts(value))

    def miss(self, row: LabeledPath) -> None:
        """Note an image that isn't there, or that can't be told from others of its name."""
        text = row.path or row.url or "an image without a name"
        self.missing.add(text)
        self.full.add("missing", text)

    def misread(self, error: FormatError) -> None:
        """Note a line that isn't understood."""
        self.unread.add(str(error))
        self.full.add("not understood", str(error))

    def refuse(self, path: str, why: str) -> None:
        """Note a label that can't be one of its image."""
        self.refused.add(f"{path}: {why}")
        self.full.add("not taken", f"{path}: {why}")


@dataclass(slots=True)
class Seen:
    """What a labels file holds, before it is known what it is to be."""

    kinds: Counter[type] = field(default_factory=Counter)
    classes: dict[str, None] = field(default_factory=dict)
    """In the order in which they were seen."""
    images: int = 0

    def add(self, value: Value | None) -> None:
        """Look at one image's label."""
        self.images += 1
        if value is not None:
            names = class_counts(value)
            self.kinds[type(value)] += 1 if names or isinstance(value, LabelSet) else 0
            self.classes.update(dict.fromkeys(names))

    def task(self, where: str) -> TaskType:
        """Return the task that such labels are of.

        Raises:
            FormatError: labels of several kinds, or none.
        """
        found = {TASKS[kind] for kind, count in self.kinds.items() if count}
        if not found:
            raise FormatError(f"{where}: no label in it.", "Say --task and --classes.")
        if len(found) == 1:
            return found.pop()
        if found == {TaskType.CLASSIFICATION, TaskType.MULTILABEL}:
            return TaskType.MULTILABEL
        if found == {TaskType.BOXES, TaskType.POLYGONS}:
            return TaskType.BOXES
        raise FormatError(
            f"{where}: classes of images and shapes in one file.", "Say which with --task."
        )
