"""A .zip archive of images."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from models.image import Quarantine, Quarantined, SourceEntry
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from tenfold.errors import SourceError
from tenfold.sources.inside import is_junk, leaves
from tenfold.sources.port import LONGEST_FILE
from tenfold.sources.reading import too_long

_ENCRYPTED = 0x1
_BOMB_BYTES = 50_000_000
_BOMB_RATIO = 200
"""An image that unpacks to more than this many times its packed size is no photograph."""


class ArchiveSource:
    """The files of a .zip archive, in the order of their paths; never unpacked onto the disk."""

    def __init__(self, file: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            raise SourceError(f"{file} can't be read as a .zip archive: {error}.") from error
        self._refused: list[Quarantined] = []

    def entries(self) -> Iterator[SourceEntry]:
        """Yield the files in the order of their paths."""
        self._refused = []
        previous = None
        for info in sorted(self._zip.infolist(), key=lambda info: info.filename):
            path = info.filename
            if info.is_dir() or (is_junk(path.removeprefix("./")) and not leaves(path)):
                continue
            if path == previous:
                self._refuse(path, Quarantine.BROKEN, "The archive holds this path twice.")
            elif self._is_taken(info):
                yield SourceEntry(
                    path=path, size=info.file_size, mark=f"{info.file_size}-{info.CRC:08x}"
                )
            previous = path

    def open(self, entry: SourceEntry) -> BinaryIO:
        """Return a stream of the file's bytes; the caller closes it.

        No more is unpacked than the archive's directory says, and no file that `entries` refused.
        """
        try:
            info = self._zip.getinfo(entry.path)
        except KeyError:
            raise FileNotFoundError(entry.path) from None
        if _objection(info) is not None:
            raise FileNotFoundError(entry.path)
        return cast("BinaryIO", self._zip.open(info))

    def labels(self) -> Iterator[tuple[str, ClassLabel | LabelSet | Boxes | Polygons]]:
        """Yield nothing: a plain archive has no labels."""
        return iter(())

    def refused(self) -> list[Quarantined]:
        """Return what was set aside without being opened; whole once `entries` has ended."""
        return list(self._refused)

    def in_place(self, entry: SourceEntry) -> str | None:
        """Return None: an archive isn't the blob container."""
        del entry
        return None

    def _is_taken(self, info: zipfile.ZipInfo) -> bool:
        objection = _objection(info)
        if objection is not None:
            self._refuse(info.filename, *objection)
        return objection is None

    def _refuse(self, path: str, reason: Quarantine, detail: str) -> None:
        self._refused.append(Quarantined(path=path, reason=reason, detail=detail))


def _objection(info: zipfile.ZipInfo) -> tuple[Quarantine, str] | None:
    """Return why a file of an archive isn't opened; None: it may be."""
    if leaves(info.filename):
        return Quarantine.OUTSIDE, "Its path leads outside the archive."
    if info.flag_bits & _ENCRYPTED:
        return Quarantine.BROKEN, "It is encrypted: unpack the archive and name the folder."
    if info.file_size > LONGEST_FILE:
        return Quarantine.TOO_LARGE, too_long(info.file_size)
    if info.file_size > max(_BOMB_BYTES, _BOMB_RATIO * info.compress_size):
        return (
            Quarantine.TOO_LARGE,
            f"It would unpack from {info.compress_size:,} to {info.file_size:,} bytes.",
        )
    return None
