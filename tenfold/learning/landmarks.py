"""A few of many points from which all others are seen, so that regression on all of them is cheap.

Kernel regression on n points takes time with the cube of n; on how they are seen from m landmarks,
with n times the square of m, and that only once for any number of targets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.linear import Array

MOST = 500
"""Landmarks; twice as many gained some on one set of two, for several times the time."""
RIDGE = 0.3


@dataclass(frozen=True, slots=True)
class Landmarks:
    """All points as they are seen from some of them, ready for ridge regression."""

    points: NDArray[np.float32]
    """(m, r) the landmarks, of length 1."""
    turn: Array
    """(m, m) from similarities with the landmarks to what is seen."""
    seen: NDArray[np.float32]
    """(n, m) whose products are about the points' similarities."""
    factor: tuple[Array, bool]
    """Cholesky's, of the (m, m) products with the ridge."""
    gamma: float
    """Similarity at distance d: exp(−gamma · d²)."""

    def regress(self, targets: Array) -> Array:
        """Return coefficients (m, C) of what is seen, for targets (n, C)."""
        from scipy.linalg import cho_solve

        found: Array = cho_solve(self.factor, self.seen.T @ targets)
        return found


def settle(points: NDArray[np.float32], gamma: float, seed: int = 0) -> Landmarks:
    """Choose landmarks by chance among points (n, r) of length 1, and look at all from there.

    Args:
        points: that are looked at.
        gamma: similarity of points at distance d is exp(−gamma · d²).
        seed: of the choice.

    Source:
        Williams, Seeger, Using the Nyström Method to Speed Up Kernel Machines, NIPS 2000.
    """
    from scipy.linalg import cho_factor
    from sklearn.kernel_approximation import Nystroem

    view = Nystroem(
        kernel="rbf", gamma=gamma, n_components=min(MOST, len(points)), random_state=seed
    )
    seen = view.fit_transform(points.astype(np.float64))
    ridged = seen.T @ seen + RIDGE * np.eye(seen.shape[1])
    return Landmarks(
        points=view.components_.astype(np.float32),
        turn=np.asarray(view.normalization_.T, dtype=np.float64),
        seen=seen.astype(np.float32),
        factor=cho_factor(ridged),
        gamma=gamma,
    )
