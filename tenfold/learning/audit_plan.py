"""How large an audit should be: what it costs against what it lets one accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.tolerance import errors_tolerated, smallest_audit, wrong_allowed

if TYPE_CHECKING:
    from tenfold.learning.class_plan import ClassPlan

MISJUDGED = (0.7, 1.0, 1.5)
"""Confidence is only an estimate: a plan is weighed at these multiples of the expected errors."""
MOST_TOLERATED = 60
"""Audits that tolerate more errors than this are not considered."""
STEPS = 2000
"""Places of the order at which the expectation is taken."""


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """An audit and what is to be expected of it."""

    n: int
    """Images to audit."""
    expected_accepted: float
    """Labels of the model that will be accepted."""
    expected_looks: float
    """Images that people look at from now on: the audit and what is not accepted."""
    tolerated: int | None
    """x_c at this n."""
    wrong_allowed: int
    """K."""
    classes: tuple["ClassPlan", ...] = ()
    """Where each class is certified for itself: the audits that make up this one."""


def plan_audit(
    images: int,
    pool: int,
    error: float,
    confidence: float,
    confidences: Sequence[float] | NDArray[np.floating],
) -> AuditPlan:
    """Choose n so that the fewest images are looked at: n + what is expected to remain.

    Args:
        images: N, labels delivered in all.
        pool: N′, images without a human tag; length of `confidences`.
        error: ε.
        confidence: 1 − δ.
        confidences: of the pool's pre-labels, the estimated chance that each is right.
    """
    risks = np.cumsum(1.0 - np.sort(np.asarray(confidences, dtype=np.float64))[::-1])
    steps = np.linspace(0, max(pool - 1, 0), min(pool, STEPS)).round().astype(np.intp)
    plans = []
    for n in _worth_considering(images, pool, error, confidence):
        tolerated = errors_tolerated(images, pool, error, confidence, n)
        accepted = _expect(pool, n, tolerated, risks[steps])
        plans.append(
            AuditPlan(n, accepted, pool - accepted, tolerated, wrong_allowed(images, error))
        )
    return min(plans, key=lambda plan: (plan.expected_looks, plan.n))


def _worth_considering(images: int, pool: int, error: float, confidence: float) -> list[int]:
    """Return the smallest audit for each number of tolerated errors, up to half the pool."""
    sizes: list[int] = []
    for tolerate in range(MOST_TOLERATED):
        audited = smallest_audit(images, pool, error, confidence, tolerate)
        if audited is None or (sizes and 2 * audited > pool):
            break
        sizes.append(audited)
    return sizes or [0]


def _expect(pool: int, n: int, tolerated: int | None, risks: NDArray[np.float64]) -> float:
    """Estimate how many labels are accepted, errors being met as the confidences say.

    Args:
        pool: N′.
        n: audit.
        tolerated: x_c.
        risks: errors expected up to evenly spaced places of the order.
    """
    from scipy.special import pdtr

    if tolerated is None or not pool:
        return 0.0
    rate = n / pool
    going_on = [pdtr(tolerated, rate * factor * risks).mean() for factor in MISJUDGED]
    return (pool - n) * float(np.mean(going_on))
