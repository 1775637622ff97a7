"""The base's model: logistic regression on the points of tagged images."""

from dataclasses import dataclass

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from tenfold.learning.linear import Array, Labels, fit_head, folds

STRENGTH = 10.0
"""Inverse regularization."""
SHARPER = tuple(2.0 ** (power / 2) for power in range(-2, 9))
"""Factors on the scores that calibration chooses from: 1/2 to 16."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Tags, and what a model that was trained on them says of all images."""

    tags: Labels
    """(n,) indices of tagged images."""
    labels: Labels
    """(N,) proposals."""
    sure: Array
    """(N,) estimated chance that each is right."""
    margin: Array
    """(N,) by how much the likeliest class leads the second, in probability."""

    def pool(self) -> Labels:
        """Return the indices of the images without a tag, (N − n,)."""
        return np.setdiff1d(np.arange(len(self.labels)), self.tags)


def fit(bench: BenchSet, tags: Labels) -> Fitted:
    """Train on tags (n,) and ask about all images."""
    points, labels = bench.points.astype(np.float64), bench.truth[tags]
    factor = calibrate(points[tags], labels, bench.classes)
    head = fit_head(points[tags], labels, bench.classes, STRENGTH)
    chances = np.exp(sharpen(head.log_probabilities(points), factor))
    second, first = np.partition(chances, -2, axis=1)[:, -2:].T
    return Fitted(tags, np.argmax(chances, axis=1), first, first - second)


def calibrate(points: Array, labels: Labels, classes: int) -> float:
    """Return the factor on scores (n, C) under which held-out tags are foreseen best.

    Source:
        Guo, Pleiss, Sun, Weinberger, On Calibration of Modern Neural Networks, ICML 2017.
    """
    assigned = folds(labels, 0)
    logs = np.full((len(labels), classes), -np.log(classes))
    for part in np.unique(assigned):
        held = assigned == part
        if not held.all():
            head = fit_head(points[~held], labels[~held], classes, STRENGTH)
            logs[held] = head.log_probabilities(points[held])
    told = [sharpen(logs, factor)[np.arange(len(labels)), labels].mean() for factor in SHARPER]
    return SHARPER[int(np.argmax(told))]


def sharpen(logs: Array, factor: float) -> Array:
    """Return log probabilities (n, C) of scores that are multiplied by a factor."""
    scaled = factor * (logs - logs.max(axis=1, keepdims=True))
    sharp: Array = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return sharp


def point_of_curve(bench: BenchSet, fitted: Fitted) -> tuple[float, float]:
    """Return the share of tagged images, and how many of the others are proposed rightly."""
    pool = fitted.pool()
    right = fitted.labels[pool] == bench.truth[pool]
    return len(fitted.tags) / len(bench), float(right.mean()) if len(pool) else 1.0
