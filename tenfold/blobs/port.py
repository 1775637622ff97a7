"""What every blob store can do."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """One blob in a listing."""

    name: str
    size: int
    etag: str


class BlobStore(Protocol):
    """Bytes by name. Names use forward slashes; a put is seen whole or not at all.

    Errors of every method: `BlobNotFoundError` where the blob is not there,
    `TransientBlobError` where a retry may help, `BlobError` otherwise.
    """

    def put(self, name: str, data: bytes, *, media_type: str = "", replace: bool = True) -> bool:
        """Store bytes; with `replace=False` only where nothing is. Return whether it was sent."""
        ...

    def put_file(
        self, name: str, path: Path, *, media_type: str = "", replace: bool = True
    ) -> bool:
        """Store a file's bytes, streamed; as `put`."""
        ...

    def get(self, name: str) -> bytes:
        """Return all bytes."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Return a stream of the bytes; the caller closes it."""
        ...

    def exists(self, name: str) -> bool:
        """Whether the blob is there."""
        ...

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Yield blobs by name order whose name begins with prefix, in pages."""
        ...

    def delete(self, name: str) -> None:
        """Remove the blob; nothing happens where it is not there."""
        ...

    def url(self, name: str) -> str:
        """Return where the blob lies: file:// or https://, without a secret."""
        ...
