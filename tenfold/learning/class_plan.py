"""Which classes can be certified each for itself, and how large their audits should be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.audit_plan import MISJUDGED, STEPS, AuditPlan
from tenfold.learning.tolerance import exactly, least_audit, wrong_allowed

PARTS = (1.0, 0.97, 0.94, 0.9, 0.85, 0.8, 0.7, 0.6, 0.45, 0.3)
"""Of the wrong labels that a class may have at best: what is worth planning for."""
TOLERATE = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 28, 40, 60)
"""Audit errors that are worth planning for."""
LEAST_SPARED = 0.1
"""A class whose audit is expected to spare less than this share of its pool is not audited: people
do it, and its share of the risk goes to the others."""


@dataclass(frozen=True, slots=True)
class ClassPool:
    """The images that a frozen model puts into one class."""

    label: str
    human: int
    """h_c: labels of this class that people gave."""
    confidences: NDArray[np.float64]
    """(N′_c,) of its pre-labels, the estimated chance that each is right."""


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """The audit of one class, and what is to be expected of it."""

    label: str
    n: int = 0
    """Images to audit; 0: people do the class."""
    planned: int = 0
    """m_c: labels of the pool that are to be delivered at least."""
    expected_accepted: float = 0.0


def plan_classes(
    pools: Sequence[ClassPool], images: int, pool: int, error: float, confidence: float
) -> AuditPlan:
    """Plan the audits of all classes so that the fewest images are looked at.

    The risk is split evenly between the classes that are audited. Which ones these are is found
    with a split between all of them first.

    Args:
        pools: the classes' pools.
        images: N, labels delivered in all.
        pool: images without a human tag, those that the model puts into no class included.
        error: ε.
        confidence: 1 − δ.
    """
    risk = 1 - exactly(confidence)
    plans = [_plan(one, error, risk / len(pools)) for one in pools]
    worth = {plan.label for plan in plans if plan.n}
    if 0 < len(worth) < len(pools):
        plans = [
            _plan(one, error, risk / len(worth)) if one.label in worth else ClassPlan(one.label)
            for one in pools
        ]
    accepted = sum(plan.expected_accepted for plan in plans)
    return AuditPlan(
        n=sum(plan.n for plan in plans),
        expected_accepted=accepted,
        expected_looks=pool - accepted,
        tolerated=None,
        wrong_allowed=wrong_allowed(images, error),
        classes=tuple(plans),
    )


def smallest_audits(pools: Sequence[ClassPool], error: float, confidence: float) -> int:
    """Return how many images the smallest audits of all classes ask for, were no label wrong."""
    risk = (1 - exactly(confidence)) / max(len(pools), 1)
    least = 0
    for one in pools:
        size = len(one.confidences)
        allowed = wrong_allowed(one.human + size, error)
        least += least_audit(allowed, size, risk) or 0
    return least


def _plan(pool: ClassPool, error: float, risk: Fraction) -> ClassPlan:
    """Choose n_c and m_c; no audit where it would hardly spare people a look."""
    size = len(pool.confidences)
    risks = np.cumsum(1.0 - np.sort(pool.confidences)[::-1])
    best = ClassPlan(pool.label)
    for planned, allowed in _promises(pool.human, size, error):
        for tolerate in TOLERATE:
            n = least_audit(allowed, size, risk, tolerate)
            if planned + tolerate > size or n is None or n >= size:
                break
            plan = _expect(pool.label, max(n, 1), planned, tolerate, risks)
            best = max(best, plan, key=lambda plan: plan.expected_accepted)
    spares = best.expected_accepted >= max(1.0, LEAST_SPARED * size)
    return best if spares else ClassPlan(pool.label)


def _promises(human: int, size: int, error: float) -> Iterator[tuple[int, int]]:
    """Yield m_c and K_c = ⌊ε·(h_c + m_c)⌋, always the least m_c that has this K_c."""
    highest = wrong_allowed(human + size, error)
    for allowed in sorted({ceil(part * highest) for part in PARTS}, reverse=True):
        yield max(0, ceil(allowed / exactly(error)) - human), allowed


def _expect(
    label: str, n: int, planned: int, tolerate: int, risks: NDArray[np.float64]
) -> ClassPlan:
    """Estimate how many labels are accepted, where nothing is if fewer than m_c would be.

    The number of labels that are passed before audit error x_c + 1 is L; people look at those in
    the audit, and the rest is accepted if L ≥ m_c + x_c: E[L; L ≥ l] = Σ min(P(L ≥ i), P(L ≥ l)).
    """
    from scipy.special import pdtr

    size = len(risks)
    steps = np.linspace(0, size - 1, min(size, STEPS)).round().astype(np.intp)
    met = n / size * np.outer(MISJUDGED, risks)
    passed = pdtr(tolerate, met[:, steps])
    reached = pdtr(tolerate, met[:, max(planned + tolerate - 1, 0)])
    share = float(np.minimum(passed, reached[:, None]).mean())
    return ClassPlan(label, n, planned, (size - n) * share)
