"""Feature shards in the blob store: written once, read by everything that learns."""

import io
import json
import struct
import zipfile
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from tenfold.blobs.port import BlobStore
from tenfold.errors import BlobNotFoundError, ModelError
from tenfold.learning.linear import unit

Features = NDArray[np.float32]
SHARD = 512
"""Images of a shard."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Features of some images."""

    hashes: list[str]
    features: NDArray[np.floating]
    """(n, D), stored in half precision; of a folder's shard a memory map."""


def side_by_side(parts: Sequence[Features]) -> Features:
    """Join features (N, D) of V views, each scaled to length 1, to (N, V·D); one stays as it is."""
    return parts[0] if len(parts) == 1 else np.hstack([unit(part) for part in parts])


def shard_name(prefix: str, number: int) -> str:
    """Return the blob name of a shard."""
    return f"{prefix}/shard-{number:05d}.npz"


def shard_bytes(shard: Shard) -> bytes:
    """Return a shard as the bytes of an .npz file; the same shard gives the same bytes."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        sha256=np.array(shard.hashes, dtype="S64"),
        features=shard.features.astype(np.float16),
    )
    return buffer.getvalue()


def read_shard(data: bytes) -> Shard:
    """Parse a shard.

    Raises:
        ModelError: the bytes are no shard.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            hashes = [sha.decode() for sha in file["sha256"]]
            return Shard(hashes, file["features"])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"A shard of features is broken: {error}.", "Delete it; it is made again."
        ) from error


def open_shard(blobs: BlobStore, name: str) -> Shard:
    """Open a shard; from a folder its features are mapped into memory, and read where touched.

    Raises:
        ModelError: the bytes are no shard.
    """
    with blobs.open(name) as stream:
        mapped = _mapped(stream)
    return read_shard(blobs.get(name)) if mapped is None else mapped


def _mapped(stream: BinaryIO) -> Shard | None:
    """Map a shard's features into memory; None where it is no file, or its parts are packed."""
    try:
        stream.fileno()
        with zipfile.ZipFile(stream) as archive:
            hashes = np.load(io.BytesIO(archive.read("sha256.npy")), allow_pickle=False)
            place = _place(stream, archive.getinfo("features.npy"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if place is None:
        return None
    dtype, shape, offset = place
    try:
        features = np.memmap(stream, dtype=dtype, mode="r", offset=offset, shape=shape)
    except (OSError, ValueError):  # cut off, or a file system that can't be mapped
        return None
    return Shard([sha.decode() for sha in hashes], features)


def _place(
    stream: BinaryIO, part: zipfile.ZipInfo
) -> tuple[np.dtype[Any], tuple[int, ...], int] | None:
    """Return type, shape and offset of an array that lies unpacked in an .npz file."""
    if part.compress_type != zipfile.ZIP_STORED:
        return None
    stream.seek(part.header_offset)
    name, extra = struct.unpack("<26x2H", stream.read(30))
    stream.seek(name + extra, io.SEEK_CUR)
    if np.lib.format.read_magic(stream) != (1, 0):
        return None
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    return None if by_columns or dtype.hasobject else (dtype, shape, stream.tell())


def shard_names(blobs: BlobStore, prefix: str) -> list[str]:
    """Return the names of all shards that are there, in order."""
    return [info.name for info in blobs.list(f"{prefix}/shard-") if info.name.endswith(".npz")]


def read_shards(blobs: BlobStore, prefix: str) -> Iterator[Shard]:
    """Yield all shards in order."""
    for name in shard_names(blobs, prefix):
        yield open_shard(blobs, name)


def index_of(blobs: BlobStore, prefix: str) -> dict[str, list[str]]:
    """Return which images each shard holds, from `index.json` where it is complete."""
    names = shard_names(blobs, prefix)
    try:
        index: dict[str, list[str]] = json.loads(blobs.get(f"{prefix}/index.json"))["shards"]
    except BlobNotFoundError:
        index = {}
    return {name: _members(blobs, index, name) for name in names}


@lru_cache(maxsize=2)
def _places(blobs: Hashable, prefix: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return the shard of each image; remembered as long as no shard is added."""
    del names
    index = index_of(cast("BlobStore", blobs), prefix)
    return {sha: name for name, members in index.items() for sha in members}


def _members(blobs: BlobStore, index: dict[str, list[str]], name: str) -> list[str]:
    known = index.get(name.rsplit("/", 1)[1])
    return known if known is not None else open_shard(blobs, name).hashes


def load_features(blobs: BlobStore, prefix: str, shas: Sequence[str]) -> Features:
    """Return features (N, D) of images, in the order asked for.

    Raises:
        ModelError: an image has none.
    """
    places = _places(cast("Hashable", blobs), prefix, tuple(shard_names(blobs, prefix)))
    wanted: dict[str, list[int]] = {}
    missing = [sha for sha in shas if sha not in places]
    if missing:
        raise ModelError(
            f"{len(set(missing))} images have no features, {min(missing)} among them.",
            "Run the embed step again.",
        )
    for row, sha in enumerate(shas):
        wanted.setdefault(places[sha], []).append(row)
    found: Features | None = None
    for name, rows in sorted(wanted.items()):
        shard = open_shard(blobs, name)
        at = {sha: position for position, sha in enumerate(shard.hashes)}
        if found is None:
            found = np.empty((len(shas), shard.features.shape[1]), dtype=np.float32)
        found[rows] = shard.features[[at[shas[row]] for row in rows]]
    return found if found is not None else np.empty((0, 0), dtype=np.float32)


def sample_shard(blobs: BlobStore, prefix: str, shards: int = 40) -> Shard:
    """Return the images in up to so many shards, spread over all of them, as one.

    Raises:
        ModelError: there are none.
    """
    names = shard_names(blobs, prefix)
    if not names:
        raise ModelError("No image has features yet.", "Run the embed step.")
    chosen = sorted({int(i) for i in np.linspace(0, len(names) - 1, min(shards, len(names)))})
    parts = [open_shard(blobs, names[i]) for i in chosen]
    hashes = [sha for part in parts for sha in part.hashes]
    return Shard(hashes, np.concatenate([part.features for part in parts]))


def sample_features(blobs: BlobStore, prefix: str, shards: int = 40) -> Features:
    """Return features (M, D) of the images of `sample_shard`.

    Raises:
        ModelError: there are none.
    """
    return sample_shard(blobs, prefix, shards).features.astype(np.float32)
