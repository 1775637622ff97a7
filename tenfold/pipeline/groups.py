"""Which images of a round look alike: a blob that the pipeline writes and the page reads."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.blobs.port import BlobStore


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a round: 12 bytes an image."""

    keys: NDArray[np.uint64]
    """(N,) the first eight bytes of the images' hashes, in order."""
    numbers: NDArray[np.uint32]
    """(N,) the number of each one's group."""

    def of(self, sha256: str) -> int | None:
        """Return the number of an image's group; None where it has none."""
        key = _key(sha256)
        at = int(np.searchsorted(self.keys, key))
        return int(self.numbers[at]) if at < len(self.keys) and self.keys[at] == key else None


def read_groups(blobs: BlobStore, name: str) -> Groups:
    """Return the groups of a round.

    Raises:
        BlobNotFoundError: there are none.
    """
    with np.load(io.BytesIO(blobs.get(name)), allow_pickle=False) as file:
        return Groups(file["keys"], file["numbers"])


def _key(sha256: str) -> np.uint64:
    return np.uint64(int(sha256[:16], 16))


def pack(shas: Sequence[str], numbers: Sequence[int]) -> bytes:
    """Return the bytes of a blob for images and the number of each one's group."""
    keys = np.array([_key(sha) for sha in shas], dtype=np.uint64)
    order = np.argsort(keys)
    buffer = io.BytesIO()
    np.savez(buffer, keys=keys[order], numbers=np.array(numbers, dtype=np.uint32)[order])
    return buffer.getvalue()
