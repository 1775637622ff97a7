"""Pairs of images whose features nearly coincide, found without comparing all of each with each."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.near_duplicate import NearPair
from tenfold.blobs.port import BlobStore
from tenfold.learning.anchors import reduce
from tenfold.learning.features import (
    Features,
    load_features,
    open_shard,
    sample_features,
    shard_names,
)
from tenfold.learning.linear import unit

AT_LEAST = 0.95
"""Cosine of the features from which two images count as nearly the same; see docs/people.md."""
AXES = 64
MOST_IMAGES = 100_000
"""Images that are compared, each with each: half a minute of two cores."""
MOST_PAIRS = 50_000
BLOCK = 512
EACH = 24
"""Neighbors of one image that are kept, so that a thousand copies give no million pairs."""

DECIMALS = 4
"""Of squared distances: what is beyond differs between processors."""

Pairs = NDArray[np.intp]


def near_duplicates(
    blobs: BlobStore, prefix: str, shas: Sequence[str], at_least: float = AT_LEAST
) -> list[NearPair]:
    """Return pairs of images whose features have a cosine of at least so much.

    Vectors of length 1 with a cosine of c are √(2 − 2c) apart, and nowhere farther apart when they
    are seen from the side: on their main axes only pairs that are near are compared in full. None
    is missed, but beyond `MOST_PAIRS` and `EACH`.

    Args:
        blobs: where the features are.
        prefix: under which their shards lie.
        shas: the images to compare, at most `MOST_IMAGES` of them.
        at_least: the cosine.

    Returns:
        The most alike first; in each pair the smaller hash first.

    Raises:
        ModelError: there are no features.
    """
    known, points = _on_axes(blobs, prefix, set(shas))
    near = _near(points, 2 - 2 * at_least)
    found = [pair for part in _parts(near) for pair in _pairs(blobs, prefix, known, part, at_least)]
    found.sort(key=lambda pair: (-pair.similarity, pair.one, pair.other))
    return found[:MOST_PAIRS]


def _on_axes(blobs: BlobStore, prefix: str, wanted: set[str]) -> tuple[list[str], Features]:
    """Return hashes, in order, and their features (N, A) on the main axes of a sample."""
    axes = reduce(sample_features(blobs, prefix)).axes[:AXES].T
    points: dict[str, Features] = {}
    for name in shard_names(blobs, prefix):
        shard = open_shard(blobs, name)
        rows = [row for row, sha in enumerate(shard.hashes) if sha in wanted]
        if rows:
            seen = unit(shard.features[rows].astype(np.float32)) @ axes
            points.update(zip((shard.hashes[row] for row in rows), seen, strict=True))
    known = sorted(points)[:MOST_IMAGES]
    if not known:
        return [], np.empty((0, AXES), dtype=np.float32)
    return known, np.stack([points[sha] for sha in known])


def _near(points: Features, squared: float) -> Pairs:
    """Return pairs (P, 2), i < j, of points whose squared distance is at most so much."""
    lengths = (points**2).sum(axis=1)
    found = [np.empty((0, 2), dtype=np.intp)]
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        rest = points[start:]
        apart = lengths[start : start + BLOCK, None] + lengths[None, start:] - 2 * block @ rest.T
        apart[np.arange(len(block))[:, None] >= np.arange(len(rest))[None, :]] = np.inf
        found.append(_nearest(apart, squared + 1e-4) + start)
    pairs = np.concatenate(found)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return np.asarray(pairs[order])


def _nearest(apart: NDArray[np.floating], squared: float) -> Pairs:
    """Return places of entries up to a limit, the `EACH` smallest of a row at most.

    Of entries that differ by rounding alone the first ones count, so that a thousand copies, each
    next to the one before, hang together.
    """
    rows, columns = np.nonzero(apart <= squared)
    order = np.lexsort((apart[rows, columns].round(DECIMALS), rows))
    rows, columns = rows[order], columns[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = place < EACH
    return np.stack([rows[kept], columns[kept]], axis=1)


def _parts(near: Pairs, size: int = 2048) -> Iterator[Pairs]:
    for start in range(0, len(near), size):
        yield near[start : start + size]


def _pairs(
    blobs: BlobStore, prefix: str, known: Sequence[str], near: Pairs, at_least: float
) -> list[NearPair]:
    """Compare candidates in full."""
    places, inverse = np.unique(near, return_inverse=True)
    features = unit(load_features(blobs, prefix, [known[place] for place in places]))
    ends = inverse.reshape(near.shape)
    cosine = np.einsum("pd,pd->p", features[ends[:, 0]], features[ends[:, 1]])
    return [
        NearPair(one=known[i], other=known[j], similarity=round(min(1.0, float(c)), 4))
        for (i, j), c in zip(near, cosine, strict=True)
        if c >= at_least
    ]
