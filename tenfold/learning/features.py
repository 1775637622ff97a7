"""Feature shards in the blob store: written once, read by everything that learns."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.blobs.port import BlobStore
from tenfold.errors import BlobNotFoundError, ModelError

Features = NDArray[np.float32]
SHARD = 512
"""Images of a shard."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Features of some images."""

    hashes: list[str]
    features: NDArray[np.floating]
    """(n, D), stored in half precision."""


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
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"A shard of features is broken: {error}.", "Delete it; it is made again."
        ) from error


def shard_names(blobs: BlobStore, prefix: str) -> list[str]:
    """Return the names of all shards that are there, in order."""
    return [info.name for info in blobs.list(f"{prefix}/shard-") if info.name.endswith(".npz")]


def read_shards(blobs: BlobStore, prefix: str) -> Iterator[Shard]:
    """Yield all shards in order."""
    for name in shard_names(blobs, prefix):
        yield read_shard(blobs.get(name))


def index_of(blobs: BlobStore, prefix: str) -> dict[str, list[str]]:
    """Return which images each shard holds, from `index.json` where it is complete."""
    names = shard_names(blobs, prefix)
    try:
        index: dict[str, list[str]] = json.loads(blobs.get(f"{prefix}/index.json"))["shards"]
    except BlobNotFoundError:
        index = {}
    return {name: _members(blobs, index, name) for name in names}


def _members(blobs: BlobStore, index: dict[str, list[str]], name: str) -> list[str]:
    known = index.get(name.rsplit("/", 1)[1])
    return known if known is not None else read_shard(blobs.get(name)).hashes


def load_features(blobs: BlobStore, prefix: str, shas: Sequence[str]) -> Features:
    """Return features (N, D) of images, in the order asked for.

    Raises:
        ModelError: an image has none.
    """
    wanted: dict[str, list[int]] = {}
    for row, sha in enumerate(shas):
        wanted.setdefault(sha, []).append(row)
    found: Features | None = None
    missing = set(wanted)
    for name, members in index_of(blobs, prefix).items():
        if missing.isdisjoint(members):
            continue
        shard = read_shard(blobs.get(name))
        if found is None:
            found = np.empty((len(shas), shard.features.shape[1]), dtype=np.float32)
        for position, sha in enumerate(shard.hashes):
            if sha in missing:
                found[wanted[sha]] = shard.features[position]
                missing.discard(sha)
        if not missing:
            break
    if missing:
        raise ModelError(
            f"{len(missing)} images have no features, {min(missing)} among them.",
            "Run the embed step again.",
        )
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
    parts = [read_shard(blobs.get(names[i])) for i in chosen]
    hashes = [sha for part in parts for sha in part.hashes]
    return Shard(hashes, np.concatenate([part.features for part in parts]))


def sample_features(blobs: BlobStore, prefix: str, shards: int = 40) -> Features:
    """Return features (M, D) of the images of `sample_shard`.

    Raises:
        ModelError: there are none.
    """
    return sample_shard(blobs, prefix, shards).features.astype(np.float32)
