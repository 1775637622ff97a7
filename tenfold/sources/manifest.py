"""A manifest: the images that a CSV, JSON lines or COCO file names, with their labels."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.image import Quarantine, Quarantined, SourceEntry
from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold import formats
from tenfold.errors import FormatError, SourceError
from tenfold.sources.decode import header_size
from tenfold.sources.files import Files, Objection

_PLACE = re.compile(r"[^\n]*?:\d+(?:: annotation [^\s:]+)?(?=: )")
"""File, line and annotation that an error begins with."""

OnBad = Callable[[str, FormatError], None]
OnUnread = Callable[[FormatError], None]


class ManifestSource:
    """The images that a manifest names, in its order; nothing else that lies beside them."""

    def __init__(self, file: Path, files: Files, task: TaskType | None) -> None:
        self.file = file
        self._files = files
        self._task = task
        self._refused: list[Quarantined] = []

    def entries(self) -> Iterator[SourceEntry]:
        """Yield the images in the order of the rows; rows without an image are set aside.

        Raises:
            SourceError: the manifest can't be read.
        """
        self._refused = []
        for row in self.rows(self._note_bad_row, self._note_unread):
            found = self._find(row)
            if isinstance(found, SourceEntry):
                yield found.model_copy(update={"columns": row.columns})
            else:
                self.refuse(row.path, *found)

    def open(self, entry: SourceEntry) -> BinaryIO:
        """Return a stream of the image's bytes; the caller closes it."""
        return self._files.open(entry.path)

    def labels(self) -> Iterator[tuple[str, ClassLabel | LabelSet | Boxes | Polygons]]:
        """Yield path and label value of the rows that have both an image and a label.

        What a model proposes is no label.
        """
        for row in self.rows(_ignore, _pass_over):
            if row.value is not None and row.confidence is None:
                found = self._find(row)
                if isinstance(found, SourceEntry):
                    yield found.path, row.value

    def refused(self) -> list[Quarantined]:
        """Return what was set aside without being opened; whole once `entries` has ended."""
        return list(self._refused)

    def in_place(self, entry: SourceEntry) -> str | None:
        """Return the blob's name where the image lies in the project's own container."""
        return self._files.in_place(entry.path)

    def rows(self, on_bad: OnBad, on_unread: OnUnread) -> Iterator[formats.LabeledPath]:
        """Yield the manifest's rows; a label or a line that can't be read is told."""
        with as_source_error():
            yield from formats.read(
                self.file,
                task=self._task,
                size_of=self._size_of,
                on_bad=on_bad,
                on_unread=on_unread,
            )

    def refuse(self, path: str, reason: Quarantine, detail: str) -> None:
        """Set a row aside."""
        self._refused.append(Quarantined(path=path, reason=reason, detail=detail))

    def _find(self, row: formats.LabeledPath) -> SourceEntry | Objection:
        """Return the file of a row: by its path, else by its address."""
        found = self._files.find(row.path)
        if isinstance(found, SourceEntry) or row.url is None:
            return found
        by_address = self._files.find(row.url)
        return by_address if isinstance(by_address, SourceEntry) else found

    def _note_unread(self, error: FormatError) -> None:
        found = _PLACE.match(str(error))
        place = found[0] if found else self.file.name
        self.refuse(place.removeprefix(f"{self.file.parent}/"), Quarantine.BAD_ROW, str(error))

    def _note_bad_row(self, path: str, error: FormatError) -> None:
        self.refuse(f"{self.file.name}: {path}", Quarantine.BAD_ROW, str(error))

    def _size_of(self, path: str) -> tuple[int, int] | None:
        found = self._files.find(path)
        if not isinstance(found, SourceEntry):
            return None
        with self._files.open(found.path) as stream:
            return header_size(stream)


@contextmanager
def as_source_error() -> Iterator[None]:
    """Turn a broken manifest into a broken source."""
    try:
        yield
    except FormatError as error:
        raise SourceError(f"The manifest can't be read: {error}") from error


def _pass_over(_error: FormatError) -> None:
    """Leave a line: `entries` has set it aside."""


def _ignore(_path: str, _error: FormatError) -> None:
    """Leave a bad row: `entries` has set it aside."""
