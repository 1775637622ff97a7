"""What a walk is expected to cost, and the ladder that costs least."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.walk.ladder import GROWTHS, Ladder, geometric

Array = NDArray[np.float64]

BLOCKS = 300
"""Stretches of the order within which the chances are taken as equal."""
IMPROVING = (0.25, 0.5, 1.0)
"""The model goes on learning in the walk: costs are weighed at these multiples of the errors that
are expected of it now."""


def expected_looks(wrong: Array, rates: Sequence[float]) -> float:
    """Return how many of the remaining images people are expected to look at.

    Commits go down the order; where handing all that is left to people is cheaper, that is done.

    Args:
        wrong: (n,) chance of each label to be wrong, the surest first.
        rates: r_j of the rungs that are left.
    """
    if not len(wrong) or not rates:
        return float(len(wrong))
    chances, lengths = _blocks(wrong)
    rate = np.asarray(rates, dtype=np.float64)
    costs, left = np.zeros(len(rate) + 1), 0.0
    for chance, length in zip(chances[::-1], lengths[::-1], strict=True):
        left += length
        climbs = -np.expm1(length * np.log1p(-min(float(chance), 1.0 - 1e-12) * rate))
        going = rate * length + climbs * costs[1:] + (1.0 - climbs) * costs[:-1]
        costs = np.append(np.minimum(going, left), left)
    return float(costs[0])


def _blocks(wrong: Array) -> tuple[Array, Array]:
    """Return mean chances (b,) and lengths (b,) of up to `BLOCKS` stretches."""
    edges = np.linspace(0, len(wrong), min(len(wrong), BLOCKS) + 1).astype(np.intp)
    lengths = np.diff(edges).astype(np.float64)
    return np.add.reduceat(wrong, edges[:-1]) / lengths, lengths


def choose_ladder(
    wrong: Array, wrong_allowed: int, confidence: float, growths: Sequence[float] = GROWTHS
) -> Ladder:
    """Return the ladder under which the walk is expected to cost least.

    Args:
        wrong: (n,) chance of each remaining label to be wrong, the surest first.
        wrong_allowed: K.
        confidence: 1 − δ.
        growths: factors between rungs to choose from.
    """
    ladders = [geometric(wrong_allowed, confidence, growth) for growth in growths]
    return min(ladders, key=lambda ladder: looks_under(wrong, ladder))


def looks_under(wrong: Array, ladder: Ladder, errors: int = 0) -> float:
    """Return what a walk is expected to cost in looks, the model learning on by the way."""
    rates = ladder.rates[errors:]
    return float(np.mean([expected_looks(np.minimum(wrong * m, 1.0), rates) for m in IMPROVING]))
