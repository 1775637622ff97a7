"""Kernel ridge regression on the tags: what resembles a tagged image is taken to be its class.

It looks at each image for itself, where the other heads look at it among its neighbors, and errs
elsewhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.anchors import LEAST
from tenfold.learning.linear import Array, Labels

RIDGE = 0.03
SHARP = 8.0
"""From regressed membership, about 0 to 1, to log odds."""
MOST_SUPPORTS = 3_000
"""Tags that it learns from at most; time grows with their cube."""
BLOCK = 4_096


@dataclass(frozen=True, slots=True)
class Kernel:
    """A classifier over C classes that compares with n tagged images."""

    supports: NDArray[np.float32]
    """(n, r) of length 1."""
    weights: Array
    """(n, C)."""
    gamma: float
    """Similarity at distance d: exp(−gamma · d²)."""

    def log_probabilities(self, points: NDArray[np.floating]) -> Array:
        """Return (N, C) logarithms of the classes' probabilities, for points (N, r)."""
        from sklearn.metrics.pairwise import rbf_kernel

        told = np.empty((len(points), self.weights.shape[1]))
        for start in range(0, len(points), BLOCK):
            some = slice(start, start + BLOCK)
            told[some] = rbf_kernel(points[some], self.supports, gamma=self.gamma) @ self.weights
        return log_probabilities(told)


def log_probabilities(membership: Array) -> Array:
    """Return (N, C) logarithms of probabilities for regressed membership (N, C)."""
    from scipy.special import log_softmax

    told: Array = np.maximum(log_softmax(SHARP * membership, axis=1), np.log(LEAST))
    return told


def fit_kernel(points: NDArray[np.float32], labels: Labels, classes: int, gamma: float) -> Kernel:
    """Regress membership in each class on the tags.

    Args:
        points: (n, r) of length 1; of more than `MOST_SUPPORTS`, evenly spaced ones.
        labels: (n,) class numbers below `classes`.
        classes: C.
        gamma: similarity of points at distance d is exp(−gamma · d²).

    Source:
        Rasmussen, Williams, Gaussian Processes for Machine Learning, 2006, section 6.5: least
        squares classification.
    """
    from sklearn.kernel_ridge import KernelRidge

    kept = np.unique(np.linspace(0, len(points) - 1, min(len(points), MOST_SUPPORTS)).astype(int))
    membership = np.eye(classes)[labels[kept]] - 1.0 / classes
    model = KernelRidge(alpha=RIDGE, kernel="rbf", gamma=gamma).fit(points[kept], membership)
    return Kernel(points[kept], np.asarray(model.dual_coef_, dtype=np.float64), gamma)
