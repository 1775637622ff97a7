"""Chances of an audit draw: the hypergeometric distribution, with exact answers at the limit."""

from fractions import Fraction
from math import comb

import numpy as np

CLOSE = 1e-9
"""Relative distance to the limit under which whole numbers decide; sums err by less."""


def cumulative(x: int, population: int, marked: int, drawn: int) -> float:
    """Return P(at most x marked ones are drawn), without replacement.

    Sums from the smallest possible number of marked ones on, in logarithms: relative error below
    1e-10 for populations up to 10⁷, in time proportional to the smaller of `marked` and `drawn`.
    """
    least = max(0, drawn + marked - population)
    most = min(drawn, marked)
    if x < least:
        return 0.0
    if x >= most:
        return 1.0
    k = np.arange(least, x, dtype=np.float64)
    ratios = np.log((marked - k) * (drawn - k))
    ratios -= np.log((k + 1) * (population - marked - drawn + k + 1))
    logs = _log_least(least, population, marked, drawn) + np.concatenate([[0.0], np.cumsum(ratios)])
    top = float(logs.max())
    return float(min(1.0, np.exp(top) * np.exp(logs - top).sum()))


def _log_least(least: int, population: int, marked: int, drawn: int) -> float:
    """Return the logarithm of P(exactly the smallest possible number of marked ones)."""
    if least > 0:
        # Then all unmarked ones are drawn: count which of the marked ones stay behind.
        return _log_none(population, population - marked, population - drawn)
    return _log_none(population, marked, drawn)


def _log_none(population: int, marked: int, drawn: int) -> float:
    """Return the logarithm of P(no marked one is drawn)."""
    few, many = sorted((marked, drawn))
    left = population - np.arange(few, dtype=np.float64)
    return float(np.log1p(-many / left).sum())


def at_most(x: int, population: int, marked: int, drawn: int, limit: Fraction) -> bool:
    """Whether P(at most x marked ones are drawn) ≤ limit, decided exactly where it is close."""
    chance, bound = cumulative(x, population, marked, drawn), float(limit)
    if abs(chance - bound) > CLOSE * bound:
        return chance < bound
    low = max(0, drawn + marked - population)
    ways = sum(
        comb(marked, i) * comb(population - marked, drawn - i)
        for i in range(low, min(x, drawn, marked) + 1)
    )
    return ways * limit.denominator <= limit.numerator * comb(population, drawn)
