"""What is likely to be left for people, judged by confidence alone; nothing is promised of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.audit_plan import AuditPlan

WORTH = 0.25
"""Part of what could be saved at best that a further batch of tags may cost."""


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


def worth_tagging(plan: AuditPlan, smallest_audit: int, batch: int) -> bool:
    """Whether a further batch of tags is likely to save more looks than it costs.

    At best, a better model leaves nothing but the smallest audit to look at. Where few images are
    asked for against that, they pay even if the present model could be certified already: an
    audit that has to tolerate fewer errors is smaller.

    Args:
        plan: what an audit now is expected to cost.
        smallest_audit: the least n that certifies anything, tolerating no error.
        batch: images of a further round.
    """
    return batch <= WORTH * (plan.expected_looks - smallest_audit)
