"""The tagged images that a model's answer leans on: the nearest ones, where it compares images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.precedent import DIGITS, Packed, pack
from tenfold.learning.linear import Labels
from tenfold.learning.neighbors import Points

SAME, OTHER = 4, 2
"""Precedents of an image: tagged as it is proposed, and otherwise."""
AT_ONCE = 16_000_000
"""Comparisons that are held in memory."""
FILE = "precedents.npz"


@dataclass(frozen=True, slots=True)
class Tagged:
    """The images that a model was trained on."""

    starts: tuple[str, ...]
    """The first digits of their hashes, n of them."""
    points: Points
    """(n, r) of length 1."""
    labels: Labels
    """(n,) in their order; equal numbers: the same label."""

    @staticmethod
    def of(hashes: Sequence[str], points: NDArray[np.floating], labels: Labels) -> "Tagged":
        """Return tagged images by their whole hashes, in any order."""
        order = np.argsort(labels, kind="stable")
        starts = tuple(hashes[place][:DIGITS] for place in order)
        return Tagged(starts, np.asarray(points, dtype=np.float32)[order], labels[order])


def save_tagged(tagged: Tagged, folder: Path) -> None:
    """Write them beside a model's other files."""
    np.savez(
        folder / FILE,
        starts=np.array(tagged.starts, dtype=f"S{DIGITS}"),
        points=tagged.points.astype(np.float16),
        labels=tagged.labels,
    )


def load_tagged(folder: Path) -> Tagged | None:
    """Read them; None where a model of an earlier version has none.

    A process that asks again for the same ones, as for each part of a project's images, is told
    from memory.
    """
    path = folder / FILE
    return _load(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=1)
def _load(path: Path, written_at: int) -> Tagged:
    del written_at
    with np.load(path, allow_pickle=False) as file:
        starts = tuple(file["starts"].astype(str).tolist())
        return Tagged(starts, file["points"].astype(np.float32), file["labels"])


def precedents_of(
    tagged: Tagged | None, points: NDArray[np.floating], labels: Labels, hashes: Sequence[str]
) -> list[Packed]:
    """Return the precedents of proposals, the most alike first, those with the same label before.

    Args:
        tagged: n images; None: nothing is known of them.
        points: (N, r) of length 1, in the same space.
        labels: (N,) numbers of what is proposed, as the tagged images have them.
        hashes: of the N images.
    """
    if tagged is None or not tagged.starts:
        return [""] * len(hashes)
    step = max(1, AT_ONCE // len(tagged.starts))
    found: list[Packed] = []
    for start in range(0, len(hashes), step):
        some = slice(start, start + step)
        likeness = np.asarray(points[some], dtype=np.float32) @ tagged.points.T
        found += _told(tagged, likeness, labels[some], hashes[some])
    return found


def _told(tagged: Tagged, likeness: Points, labels: Labels, hashes: Sequence[str]) -> list[Packed]:
    """Return the precedents of some images, whose likeness (N, n) is used up."""
    told = [""] * len(hashes)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        begin, end = (int(place) for place in np.searchsorted(tagged.labels, (label, label + 1)))
        mine = likeness[rows]
        same = _take(mine[:, begin:end], SAME + 1)
        mine[:, begin:end] = 0.0
        others = _take(mine, OTHER + 1)
        for place, row in enumerate(rows.tolist()):
            own = hashes[row][:DIGITS]
            alike = [(tagged.starts[begin + at], one) for at, one in same[place]]
            unlike = [(tagged.starts[at], one) for at, one in others[place]]
            told[row] = pack(_but(alike, own)[:SAME], _but(unlike, own)[:OTHER])
    return told


def _take(likeness: Points, most: int) -> list[list[tuple[int, float]]]:
    """Return places and likeness of what is most alike in each row, where it is alike at all."""
    taken: list[list[tuple[int, float]]] = [[] for _ in likeness]
    each = np.arange(len(likeness))
    for _ in range(min(most, likeness.shape[1])):
        places = likeness.argmax(axis=1)  # a few times sooner than to sort, or to part
        nearest = likeness[each, places].tolist()
        likeness[each, places] = 0.0
        for row, (place, one) in enumerate(zip(places.tolist(), nearest, strict=True)):
            if one > 0:
                taken[row].append((place, min(1.0, one)))
    return taken


def _but(near: list[tuple[str, float]], own: str) -> list[tuple[str, float]]:
    """Return what is near, but for the image itself."""
    return [(start, one) for start, one in near if start != own]
