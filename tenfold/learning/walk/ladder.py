"""At what rates committed labels are looked at, and how often that can fail.

The coin of a commit shows heads with a chance that depends only on the number j of audit errors
so far, r_j; after the J-th, nothing more is committed. Only wrong commits change the number d of
delivered errors or j, so that the worst that anybody can do is never to stop.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tenfold.errors import ConflictError
from tenfold.learning.tolerance import exactly

Array = NDArray[np.float64]

GROWTHS = (1.25, 1.5, 2.0, 3.0, 5.0)
"""Factors between rungs that a project chooses from."""
STEEPEST = 0.5
"""Above this rate there is no further rung: a person looks at every second label by then."""
MOST_RUNGS = 64
SOLVED = 1e-12
"""Relative error at which the first rate counts as found; the safer side is taken."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rates r_0 … r_(J−1)."""

    rates: tuple[float, ...]

    def rate(self, errors: int) -> float | None:
        """Return r_j after j audit errors; None when nothing more may be committed."""
        return self.rates[errors] if errors < len(self.rates) else None


def risk_of(wrong_allowed: int, rates: Sequence[float]) -> float:
    """Return V(0, 0): the greatest chance that more than K wrong labels are delivered.

    Before each of the J audit errors a geometric number of wrong labels slips through; the chance
    is that their sum passes K.

    Args:
        wrong_allowed: K.
        rates: r_0 … r_(J−1), each in (0, 1].
    """
    from scipy.signal import lfilter

    slipped = np.zeros(wrong_allowed + 1)
    slipped[0] = 1.0
    for rate in rates:
        slipped = lfilter([rate], [1.0, rate - 1.0], slipped)
    risk = 1.0 - float(slipped.sum())
    if not np.isfinite(risk):
        raise AssertionError(f"the risk of the rates {rates} is no number")
    return max(0.0, risk)


@lru_cache(maxsize=256)
def geometric(wrong_allowed: int, confidence: float, growth: float) -> Ladder:
    """Return the ladder r_j = r_0·g^j below 1/2 whose risk is just 1 − confidence."""
    rungs, low, high = _rungs(wrong_allowed, _target(confidence), growth)
    return _solve(wrong_allowed, confidence, lambda first: _climb(first, growth, rungs), low, high)


def _rungs(wrong_allowed: int, target: float, growth: float) -> tuple[int, float, float]:
    """Find how many rungs fit below 1/2, and between which bounds the first one is.

    Where a rung drops out just at 1/2 the risk jumps below what is allowed: with the rungs that
    are left, the first one is lower than that jump.
    """
    low, high = 0.0, 1.0
    while (rungs := _fitting(high, growth)) != _fitting(low, growth):
        if high - low <= SOLVED * high:
            return rungs, 0.0, high
        middle = (low + high) / 2.0
        rates = _climb(middle, growth, _fitting(middle, growth))
        if risk_of(wrong_allowed, rates) <= target:
            high = middle
        else:
            low = middle
    return rungs, low, high


def _fitting(first: float, growth: float) -> int:
    rungs, rate = 1, first * growth
    while rate < STEEPEST and rungs < MOST_RUNGS:
        rungs, rate = rungs + 1, rate * growth
    return rungs


def _climb(first: float, growth: float, rungs: int) -> tuple[float, ...]:
    return tuple(min(1.0, first * growth**rung) for rung in range(rungs))


def _target(confidence: float) -> float:
    """Return the risk that a ladder is solved for: a hair below 1 − confidence."""
    risk = float(1 - exactly(confidence))
    if not 0.0 < risk < 1.0:
        raise ConflictError(f"A confidence of {confidence} is not between 0 and 1.")
    return risk * (1.0 - 1e-10)


def _solve(
    wrong_allowed: int,
    confidence: float,
    rungs: Callable[[float], tuple[float, ...]],
    low: float,
    high: float,
) -> Ladder:
    """Find the smallest first rate, between two bounds, that keeps the promise."""
    from scipy.optimize import brentq

    target = _target(confidence)

    def excess(first: float) -> float:
        return risk_of(wrong_allowed, rungs(first)) - target

    first = float(brentq(excess, low, high, xtol=1e-18, rtol=SOLVED))
    while excess(first) > 0.0:
        first *= 1.0 + SOLVED
    return Ladder(rungs(first))


def least_looks(images: int, wrong_allowed: int, confidence: float) -> float:
    """Return the fewest images that any procedure looks at that assumes nothing of the model."""
    risk = float(1 - exactly(confidence))
    return float(images * (1.0 - risk ** (1.0 / (wrong_allowed + 1))))
