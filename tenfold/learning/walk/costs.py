"""What a walk is expected to cost, and the ladder that costs least."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.walk.ladder import GROWTHS, STEEPEST, Ladder, geometric

Array = NDArray[np.float64]

BLOCKS = 200
"""Stretches of the order within which the chances are taken as equal."""
CLIMBS = 0.5
"""Stretches are cut so that no more audit errors than this are expected in a piece."""
MOST_PIECES = 8
MISJUDGED = (0.5, 1.0, 1.5)
"""The chances are only estimates: costs are weighed at these multiples of them."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How chances to be wrong fall while people go on looking."""

    tagged: int
    """Images that people have looked at."""
    power: float
    """Chances fall with this power of that number."""

    def falling(self, more: Array) -> Array:
        """Return by what factor they have fallen after so many more."""
        start = max(self.tagged, 1)
        fallen: Array = (start / (start + more)) ** self.power
        return fallen


NO_LEARNING = Learning(0, 0.0)


def expected_looks(
    wrong: Array,
    ladders: Sequence[Sequence[float]],
    misjudged: Sequence[float] = MISJUDGED,
    learning: Learning = NO_LEARNING,
) -> Array:
    """Return how many of the remaining images people are expected to look at, (L,) a ladder each.

    Commits go down the order, which is never dearer than handing the rest over; what is behind the
    last rung goes to people.

    Args:
        wrong: (n,) chance of each label to be wrong, the surest first.
        ladders: r_j of the rungs that are left, of each ladder.
        misjudged: multiples of the chances that the costs are averaged over.
        learning: from the looks of the walk itself.
    """
    if not len(wrong):
        return np.zeros(len(ladders))
    chances, lengths = _blocks(wrong)
    rates, beyond = _padded(tuple(tuple(ladder) for ladder in ladders))
    factors = np.array(misjudged)
    costs, left = np.zeros((len(factors), *rates.shape)), 0.0
    before = np.cumsum(lengths) - lengths
    for chance, length, done in zip(chances[::-1], lengths[::-1], before[::-1], strict=True):
        fallen = chance * learning.falling(rates[:, :1] * done)
        wrongly = np.minimum(factors[:, None, None] * fallen, 1.0 - 1e-9)
        climbs = -np.expm1(length * np.log1p(-wrongly * rates))
        higher = np.concatenate([costs[:, :, 1:], np.full((*costs.shape[:2], 1), left)], axis=2)
        left += length
        going = rates * length + climbs * higher + (1.0 - climbs) * costs
        costs = np.where(beyond, left, going)
    mean: Array = costs[:, :, 0].mean(axis=0)
    return mean


@lru_cache(maxsize=256)
def _padded(ladders: tuple[tuple[float, ...], ...]) -> tuple[Array, NDArray[np.bool_]]:
    """Return rates (L, J) of ladders of different lengths, and where a ladder has none."""
    longest = max(1, *(len(ladder) for ladder in ladders))
    rates = np.zeros((len(ladders), longest))
    beyond = np.ones(rates.shape, dtype=bool)
    for row, ladder in enumerate(ladders):
        rates[row, : len(ladder)] = ladder
        beyond[row, : len(ladder)] = False
    return rates, beyond


def _blocks(wrong: Array) -> tuple[Array, Array]:
    """Return mean chances (b,) and lengths (b,) of up to `BLOCKS` stretches, finer at the end."""
    count = len(wrong)
    if count <= BLOCKS:
        return wrong, np.ones(count)
    part = np.linspace(0.0, 1.0, BLOCKS + 1)
    edges = np.unique(np.round(count * (1.0 - (1.0 - part) ** 2)).astype(np.intp))
    lengths = np.diff(edges).astype(np.float64)
    chances = np.add.reduceat(wrong, edges[:-1]) / lengths
    pieces = np.clip(np.ceil(chances * lengths * STEEPEST / CLIMBS), 1, MOST_PIECES).astype(np.intp)
    return np.repeat(chances, pieces), np.repeat(lengths / pieces, pieces)


def choose_ladder(
    wrong: Array,
    wrong_allowed: int,
    confidence: float,
    growths: Sequence[float] = GROWTHS,
    learning: Learning = NO_LEARNING,
) -> tuple[Ladder, float]:
    """Return the ladder under which the walk is expected to cost least, and that cost in looks.

    Args:
        wrong: (n,) chance of each remaining label to be wrong, the surest first.
        wrong_allowed: K.
        confidence: 1 − δ.
        growths: factors between rungs to choose from.
        learning: from the looks of the walk itself.
    """
    ladders = [geometric(wrong_allowed, confidence, growth) for growth in growths]
    costs = expected_looks(wrong, [ladder.rates for ladder in ladders], learning=learning)
    best = int(np.argmin(costs))
    return ladders[best], float(costs[best])
