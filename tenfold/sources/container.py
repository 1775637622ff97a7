"""A prefix of a container in Azure Blob Storage."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from models.image import Quarantine, Quarantined, SourceEntry
from models.label import Boxes, ClassLabel, LabelSet, Polygons
from tenfold.blobs.port import BlobInfo
from tenfold.errors import BlobNotFoundError, SourceError
from tenfold.sources.files import name_in
from tenfold.sources.inside import is_junk
from tenfold.sources.port import LONGEST_FILE
from tenfold.sources.reading import too_long

if TYPE_CHECKING:
    from tenfold.blobs.azure import AzureBlobStore

_OWN = re.compile(
    r"(images/[0-9a-f]{2}/[0-9a-f]{64}|views/[a-z]+/[0-9a-f]{2}/|projects/[0-9a-f]+/)"
)
"""Names of tenfold's own blobs, as `tenfold.blobs.names` makes them."""


class ContainerSource:
    """All blobs under a prefix, in the order of their names."""

    def __init__(self, blobs: "AzureBlobStore", own: "AzureBlobStore | None" = None) -> None:
        """Read from `blobs`; where that is the container of `own`, images are left in place."""
        self._blobs = blobs
        self._refused: list[Quarantined] = []
        self._own = own

    def entries(self) -> Iterator[SourceEntry]:
        """Yield the blobs in the order of their names, in pages.

        Raises:
            SourceError: there is no such container.
        """
        self._refused = []
        try:
            self._blobs.check()
        except BlobNotFoundError as error:
            name = self._blobs.place[1]
            raise SourceError(f"There is no container {name!r} in the storage account.") from error
        for blob in self._blobs.list():
            if not self._is_skipped(blob) and self._is_taken(blob):
                yield SourceEntry(path=blob.name, size=blob.size, mark=blob.etag)

    def open(self, entry: SourceEntry) -> BinaryIO:
        """Return a stream of the blob's bytes; the caller closes it."""
        try:
            return self._blobs.open(entry.path)
        except BlobNotFoundError as error:
            raise FileNotFoundError(entry.path) from error

    def labels(self) -> Iterator[tuple[str, ClassLabel | LabelSet | Boxes | Polygons]]:
        """Yield nothing: a plain container has no labels."""
        return iter(())

    def refused(self) -> list[Quarantined]:
        """Return what was set aside without being opened; whole once `entries` has ended."""
        return list(self._refused)

    def in_place(self, entry: SourceEntry) -> str | None:
        """Return the blob's name as the project's store knows it; None: it is another container."""
        return name_in(self._own, self._blobs, entry.path) if self._own else None

    def _is_skipped(self, blob: BlobInfo) -> bool:
        """Whether it is a folder's marker, junk, or a blob of tenfold's own."""
        last = blob.name.rsplit("/", 1)[-1]
        if blob.size == 0 and "." not in last:
            return True
        own_name = name_in(self._own, self._blobs, blob.name) if self._own else None
        if own_name is not None and _OWN.match(own_name):
            return True
        return is_junk(blob.name) and _can_be_asked_for(blob.name)

    def _is_taken(self, blob: BlobInfo) -> bool:
        if not _can_be_asked_for(blob.name):
            self._refuse(blob, Quarantine.OUTSIDE, "Empty parts, '..' or a backslash: rename it.")
        elif blob.size > LONGEST_FILE:
            self._refuse(blob, Quarantine.TOO_LARGE, too_long(blob.size))
        else:
            return True
        return False

    def _refuse(self, blob: BlobInfo, reason: Quarantine, detail: str) -> None:
        self._refused.append(Quarantined(path=blob.name, reason=reason, detail=detail))


def _can_be_asked_for(name: str) -> bool:
    """Whether a name survives the way through HTTP as it is."""
    return "\\" not in name and not any(part in ("", ".", "..") for part in name.split("/"))
