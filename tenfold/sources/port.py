"""What every source of images can do."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from models.image import Quarantined, SourceEntry
from models.label import Boxes, ClassLabel, LabelSet, Polygons

LONGEST_FILE = 512 * 1024 * 1024
"""Bytes of one file; longer ones are set aside: an image of the largest size taken is shorter."""


class Source(Protocol):
    """Files of a directory, an archive, a container, or those that a manifest names."""

    def entries(self) -> Iterator[SourceEntry]:
        """Yield the files in the order of their paths, or of the manifest's rows, one at a time.

        Raises:
            SourceError: the source as a whole can't be read.
        """
        ...

    def open(self, entry: SourceEntry) -> BinaryIO:
        """Return a stream of the file's bytes; the caller closes it. Safe in several threads.

        Only `entry.path` is looked at.

        Raises:
            FileNotFoundError: no such file, or one outside the source.
            OSError: the file can't be read.
            BlobError: the container can't be read.
        """
        ...

    def labels(self) -> Iterator[tuple[str, ClassLabel | LabelSet | Boxes | Polygons]]:
        """Yield path and label value of the files that came with labels."""
        ...

    def refused(self) -> list[Quarantined]:
        """Return what was set aside without being opened; whole once `entries` has ended."""
        ...

    def in_place(self, entry: SourceEntry) -> str | None:
        """Return the blob's name where the file lies in the project's own container already."""
        ...
