"""A directory of images."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from models.image import Quarantine, Quarantined, SourceEntry
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from tenfold.blobs.walking import walk
from tenfold.errors import SourceError
from tenfold.sources.inside import file_inside, is_junk, mark_of
from tenfold.sources.port import LONGEST_FILE
from tenfold.sources.reading import too_long


class DirectorySource:
    """All files under a directory, in the order of their paths.

    Links to files inside are followed. Links to folders inside are not: what they show is found
    where it lies.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self._refused: list[Quarantined] = []

    def entries(self) -> Iterator[SourceEntry]:
        """Yield the files in the order of their paths, one folder in memory at a time.

        Raises:
            SourceError: a folder can't be read.
        """
        self.start_over()
        yield from self.files()

    def files(self) -> Iterator[SourceEntry]:
        """Yield the files that are wanted; set aside what can't be one."""
        try:
            for path, entry in walk(self.root):
                if not is_junk(path) and self.wanted(path):
                    yield from self._entry(path, entry)
        except OSError as error:
            where = error.filename or self.root
            raise SourceError(f"{where} can't be read: {error.strerror}.") from error

    def start_over(self) -> None:
        """Forget what was set aside: a new listing begins."""
        self._refused = []

    def wanted(self, path: str) -> bool:
        """Whether a file is to be looked at; here all are."""
        del path
        return True

    def open(self, entry: SourceEntry) -> BinaryIO:
        """Return a stream of the file's bytes; the caller closes it."""
        return file_inside(self.root, entry.path).open("rb")

    def labels(self) -> Iterator[tuple[str, ClassLabel | LabelSet | Boxes | Polygons]]:
        """Yield nothing: a plain directory has no labels."""
        return iter(())

    def refused(self) -> list[Quarantined]:
        """Return what was set aside without being opened; whole once `entries` has ended."""
        return list(self._refused)

    def in_place(self, entry: SourceEntry) -> str | None:
        """Return None: a directory isn't the blob container."""
        del entry
        return None

    def refuse(self, path: str, reason: Quarantine, detail: str) -> None:
        """Set a path aside."""
        self._refused.append(Quarantined(path=path, reason=reason, detail=detail))

    def _entry(self, path: str, entry: os.DirEntry[str]) -> Iterator[SourceEntry]:
        if not _is_text(path):
            name = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            self.refuse(name, Quarantine.BROKEN, "The file's name is not UTF-8: rename it.")
            return
        if entry.is_symlink() and not self._link_stays(path):
            return
        try:
            status = entry.stat()
        except OSError as error:
            self.refuse(path, Quarantine.MISSING, f"It can't be looked at: {error.strerror}.")
            return
        if stat.S_ISDIR(status.st_mode):
            return  # a link to a folder inside
        if not stat.S_ISREG(status.st_mode):
            self.refuse(path, Quarantine.NOT_AN_IMAGE, "It is no regular file.")
        elif status.st_size > LONGEST_FILE:
            self.refuse(path, Quarantine.TOO_LARGE, too_long(status.st_size))
        else:
            yield SourceEntry(path=path, size=status.st_size, mark=mark_of(status))

    def _link_stays(self, path: str) -> bool:
        target = Path(os.path.realpath(self.root / path))
        if target.is_relative_to(self.root):
            return True
        self.refuse(path, Quarantine.OUTSIDE, "The link leads outside the source: copy the file.")
        return False


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
