"""One look: freeze the model, audit once, accept down its order. All of it by product functions."""

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.outcome import Delivery
from benchmarks.human_share_methods.regression import Fitted, point_of_curve
from tenfold.learning.certificate import (
    errors_tolerated,
    plan_audit,
    smallest_audit,
    stop_before,
)
from tenfold.learning.linear import Array, Labels

PLANNED = -1.0
"""Instead of a number of audit errors to tolerate: the audit is planned from the confidences."""


def look_once(
    bench: BenchSet, fitted: Fitted, promise: tuple[float, float], seed: int, tolerate: float
) -> Delivery:
    """Audit the pool once and deliver what the audit lets one accept; people check the rest.

    Args:
        bench: the set.
        fitted: the frozen model.
        promise: ε and 1 − δ.
        seed: of the audit and of ties.
        tolerate: audit errors that the audit is made large enough for, or `PLANNED`.
    """
    rng = np.random.default_rng([seed, 2])
    order = by_sureness(fitted, rng)
    size = _audit_size(bench, fitted.sure[order], promise, tolerate)
    audit = rng.choice(order, size=size, replace=False)
    tolerated = errors_tolerated(len(bench), len(order), *promise, size)
    wrong = {str(i): bool(fitted.labels[i] != bench.truth[i]) for i in audit}
    end = 0 if tolerated is None else stop_before([str(i) for i in order], wrong, tolerated)
    return deliver(bench, fitted, audit, order[end:])


def _audit_size(bench: BenchSet, sure: Array, promise: tuple[float, float], tolerate: float) -> int:
    if tolerate == PLANNED:
        return plan_audit(len(bench), len(sure), *promise, sure).n
    return smallest_audit(len(bench), len(sure), *promise, int(tolerate)) or 0


def by_sureness(fitted: Fitted, rng: np.random.Generator) -> Labels:
    """Return the pool from the surest image on, ties in random order."""
    shuffled = rng.permutation(fitted.pool())
    order: Labels = shuffled[np.argsort(-fitted.sure[shuffled], kind="stable")]
    return order


def deliver(bench: BenchSet, fitted: Fitted, audit: Labels, rest: Labels) -> Delivery:
    """Deliver the proposals but for tags, audit (both blind) and rest (checked)."""
    looked, checked = np.zeros(len(bench), dtype=bool), np.zeros(len(bench), dtype=bool)
    looked[fitted.tags] = looked[audit] = looked[rest] = True
    checked[rest] = True
    checked[audit] = False
    return Delivery(looked, fitted.labels, checked, (point_of_curve(bench, fitted),))
