"""What is likely to be left for people, judged by confidence alone; nothing is promised of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def tail(confidences: Sequence[float] | NDArray[np.floating], wrong_allowed: float) -> int:
    """Return how many images lie behind the point where expected errors pass the budget.

    Args:
        confidences: (N,) sorted from the surest on, each the estimated chance of being right.
        wrong_allowed: errors that may be accepted.
    """
    errors = np.cumsum(1.0 - np.asarray(confidences, dtype=np.float64))
    return int(len(errors) - np.searchsorted(errors, wrong_allowed, side="right"))


def remaining_errors(confidences: Sequence[float] | NDArray[np.floating]) -> float:
    """Return how many of these pre-labels are expected to be wrong."""
    return float(np.sum(1.0 - np.asarray(confidences, dtype=np.float64)))
