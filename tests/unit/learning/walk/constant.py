"""Ladders that never rise: simplest to solve, and dearer than those that a project uses."""

from functools import lru_cache

from scipy.optimize import brentq

from tenfold.learning.tolerance import exactly
from tenfold.learning.walk.ladder import SOLVED, Ladder, risk_of


@lru_cache(maxsize=64)
def constant(wrong_allowed: int, confidence: float, rungs: int) -> Ladder:
    """Return the ladder of J equal rates whose risk is just 1 − confidence."""
    target = float(1 - exactly(confidence)) * (1.0 - 1e-10)

    def excess(rate: float) -> float:
        return risk_of(wrong_allowed, (rate,) * rungs) - target

    rate = float(brentq(excess, 0.0, 1.0, xtol=1e-18, rtol=SOLVED))
    while excess(rate) > 0.0:
        rate *= 1.0 + SOLVED
    return Ladder((rate,) * rungs)
