"""A blob's chunks as a stream to read from."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tenfold.blobs.azure_errors import explained

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class BlobStream(io.RawIOBase):
    """Reads chunks as they come; one chunk in memory at a time."""

    def __init__(self, chunks: Iterator[bytes], name: str) -> None:
        super().__init__()
        self._chunks = chunks
        self._name = name
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """A stream is there to be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer as far as the present chunk goes; 0 at the end."""
        target = memoryview(buffer).cast("B")
        while not self._rest:
            with explained(self._name):
                chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
