"""A data set as every method gets it: one space of points, one graph, and what people would say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.anchors import connect, reduce
from tenfold.learning.class_model import Ground
from tenfold.learning.linear import Labels
from tenfold.learning.neighbors import Points


@dataclass(frozen=True, slots=True, eq=False)
class BenchSet:
    """N images with known labels; compared by identity, so that what is computed of it is kept."""

    name: str
    truth: Labels
    """(N,) class numbers: what people say."""
    classes: int
    """C."""
    ground: Ground
    """All N images as anchors, as the product builds them."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.truth)

    @property
    def points(self) -> Points:
        """Points (N, ≤ 256) of length 1: what the heads of all methods are trained on."""
        return self.ground.anchors.points


def make_set(name: str, features: NDArray[np.floating], names: NDArray[np.generic]) -> BenchSet:
    """Build a set from features (N, D) and the label of each image (N,)."""
    found, truth = np.unique(names, return_inverse=True)
    reduction = reduce(features)
    hashes = tuple(f"{row:064x}" for row in range(len(truth)))
    ground = Ground(reduction, connect(reduction.enter(features)), hashes)
    return BenchSet(name, truth.astype(np.intp), len(found), ground)
