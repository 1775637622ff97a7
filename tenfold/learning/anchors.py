"""What untagged images tell: a graph of near neighbors that labels spread over.

Up to `MOST` images, the anchors, stand for all of a project: labels spread over their graph, and
any other image takes what its nearest anchors carry. So time and memory don't grow with the
project.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.landmarks import Landmarks, settle
from tenfold.learning.linear import AXES, Labels, unit
from tenfold.learning.neighbors import Finder, Points, nearest

if TYPE_CHECKING:
    from scipy import sparse


MOST = 20_000
NEIGHBORS = 8
REACH = 7
"""A point's reach σ is its distance to this neighbor; a neighbor at distance d weighs
exp(−d² / (σ·σ')), so that dense and thin regions hold together alike.

Source:
    Zelnik-Manor, Perona, Self-Tuning Spectral Clustering, NIPS 2004, the number included.
"""
LEAST_REACH = 0.1
"""In medians of all reaches: copies of an image lie at no distance."""
WIDTH = 0.4
"""Regression takes images at distance d for alike by exp(−WIDTH · d² / σ²), σ² the mean square of
all reaches: what counts as near is told by the images themselves."""
STAY, STEPS = 0.98, 40
"""Label propagation: the part that comes from neighbors, and the rounds of passing on."""
BLUR, BLURS = 0.6, 6
"""Smoothing of points: the part that comes from neighbors, and the rounds."""
NOTHING = 1e-20
"""Mass below which no label reached an image."""
LEAST = 1e-6
"""Probability of a class that no label reached."""
LOOSE, MOST_GROUPS = 0.9, 64
"""Eigenvalue of the flow from which on a group keeps to itself, and how many are counted."""
TIME = 32
"""Steps of the flow after which points that reach the same others count as near to each other."""
ACCURATE = 4_000
"""Images that the principal axes are found from."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """From a backbone's features to points of length 1 on principal axes."""

    center: Points
    """(D,) mean of the features of length 1."""
    axes: Points
    """(r, D), r ≤ 256, orthonormal."""

    def enter(self, features: NDArray[np.floating]) -> Points:
        """Return points (N, r) for features (N, D)."""
        scaled = unit(np.asarray(features, dtype=np.float32))
        turned = (scaled - self.center) @ self.axes.T
        return unit(turned.astype(np.float32, copy=False))


def reduce(features: NDArray[np.floating], seed: int = 0) -> Reduction:
    """Find the center and the principal axes of features (M, D)."""
    from sklearn.utils.extmath import randomized_svd

    scaled = unit(np.asarray(features, dtype=np.float32))
    center = scaled.mean(axis=0)
    rng = np.random.default_rng(seed)
    some = scaled[rng.permutation(len(scaled))[:ACCURATE]] - center
    count = min(AXES, *some.shape)
    _, _, axes = randomized_svd(some, count, n_iter=4, random_state=seed)
    return Reduction(center, axes.astype(np.float32))


@dataclass(frozen=True)
class Anchors:
    """Points with the graph of their near neighbors."""

    points: Points
    """(M, r) of length 1."""
    smoothed: Points
    """(M, r) of length 1, drawn toward their neighbors: what logistic regression learns from."""
    reach: Points
    """(M,) distances within which each point has its nearest neighbors."""
    flow: "sparse.csr_matrix | None" = None
    """(M, M) symmetric weights, normalized by the roots of both degrees; None in a model that
    was read from its files, which learns no more."""

    @cached_property
    def modes(self) -> "Modes":
        """What the flow keeps longest."""
        return _modes(self)

    @cached_property
    def landmarks(self) -> Landmarks:
        """Points from which the others are seen."""
        return settle(self.points, self.gamma)

    @property
    def gamma(self) -> float:
        """By which kernel regression takes points at distance d for alike: exp(−gamma · d²)."""
        return WIDTH / float(np.mean(self.reach**2))

    @cached_property
    def finder(self) -> Finder:
        """What finds the anchors nearest to any points."""
        return Finder(self.points)


@dataclass(frozen=True, slots=True)
class Modes:
    """The largest eigenvalues of a flow among M points, at most `MOST_GROUPS` of them."""

    values: NDArray[np.float64]
    """(k,) the largest first."""
    vectors: NDArray[np.float64]
    """(M, k)."""


def connect(points: Points, neighbors: int = NEIGHBORS) -> Anchors:
    """Build the graph of near neighbors.

    Args:
        points: (M, r) of length 1.
        neighbors: of each point.
    """
    from scipy import sparse

    count = len(points)
    near = min(neighbors, count - 1)
    if near < 1:
        alone = sparse.csr_matrix(np.zeros((count, count), np.float32))
        return Anchors(points, points, np.ones(count, np.float32), alone)
    distance, index = nearest(points, points, near + 1)
    distance, index = _without_itself(distance, index)
    reach = _reach(distance)
    weights = _likeness(distance, reach, reach[index])
    rows = np.repeat(np.arange(count), near)
    one_way = sparse.csr_matrix((weights.ravel(), (rows, index.ravel())), shape=(count, count))
    both = one_way.maximum(one_way.T)
    roots = 1.0 / np.sqrt(np.maximum(np.asarray(both.sum(axis=1)).ravel(), 1e-12))
    flow = (sparse.diags(roots) @ both @ sparse.diags(roots)).tocsr().astype(np.float32)
    return Anchors(points, smooth(points, flow), reach, flow)


def _reach(distance: Points) -> Points:
    """Return reaches (N,) for the distances (N, k) to the nearest points, the nearest first."""
    reach = distance[:, min(REACH, distance.shape[1]) - 1]
    apart = reach[reach > 0.0]
    least = LEAST_REACH * np.median(apart) if len(apart) else 1.0
    floored: Points = np.maximum(reach, least).astype(np.float32)
    return floored


def _likeness(distance: Points, own: Points, theirs: Points) -> Points:
    """Return the weights (N, k) of points at these distances, of reach (N,), to others (N, k)."""
    weights: Points = np.exp(-(distance**2) / (own[:, None] * theirs)).astype(np.float32)
    return weights


def groups(anchors: Anchors) -> int:
    """Return into how many groups the graph nearly falls apart, up to `MOST_GROUPS`.

    As many as eigenvalues of its flow are near 1: each is a group that passes little on to others.

    Source:
        von Luxburg, A Tutorial on Spectral Clustering, Statistics and Computing 2007, section 8.3.
    """
    return max(1, int((anchors.modes.values > LOOSE).sum()))


def diffused(anchors: Anchors) -> NDArray[np.float64]:
    """Return where each point stands in the graph: (M, ≤ `MOST_GROUPS`), of length 1.

    Points are near to each other where labels that start from them come to the same others within
    `TIME` steps, along however bent a path.

    Source:
        Coifman, Lafon, Diffusion maps, Applied and Computational Harmonic Analysis 2006; rows of
        length 1 as in Ng, Jordan, Weiss, On Spectral Clustering, NIPS 2001.
    """
    modes = anchors.modes
    return unit(modes.vectors * np.maximum(modes.values, 0.0) ** TIME)


def _modes(anchors: Anchors) -> Modes:
    from scipy.sparse.linalg import eigsh

    if anchors.flow is None:
        raise AssertionError("a graph flows")
    count, flow = anchors.flow.shape[0], anchors.flow.astype(np.float64)
    if count <= 2 * MOST_GROUPS:
        values, vectors = np.linalg.eigh(flow.toarray())
    else:
        start = np.full(count, 1.0 / np.sqrt(count))
        values, vectors = eigsh(flow, MOST_GROUPS, v0=start, tol=1e-4)
    largest = np.argsort(-values, kind="stable")[:MOST_GROUPS]
    return Modes(values[largest], vectors[:, largest])


def smooth(points: Points, flow: "sparse.csr_matrix") -> Points:
    """Draw points toward their neighbors: errors of single images average out.

    Source:
        Gasteiger et al., Predict then Propagate, ICLR 2019, equation 4, on features.
    """
    smoothed = points
    for _ in range(BLURS):
        smoothed = BLUR * (flow @ smoothed) + (1.0 - BLUR) * points
    return unit(smoothed)


def _without_itself(distance: Points, index: NDArray[np.int64]) -> tuple[Points, NDArray[np.int64]]:
    """Drop each point from its own neighbors; of exact copies, any one."""
    itself = index == np.arange(len(index))[:, None]
    itself[~itself.any(axis=1), -1] = True
    shape = (len(index), index.shape[1] - 1)
    return distance[~itself].reshape(shape), index[~itself].reshape(shape)


def spread(anchors: Anchors, places: Labels, labels: Labels, classes: int) -> Points:
    """Let labels spread over the graph and return class probabilities (M, C) of all anchors.

    Every class passes on the same mass, however many tags it has: tags are chosen where the model
    is unsure, so that their shares are not those of the classes.

    Args:
        anchors: with their graph.
        places: (n,) anchors that carry a tag.
        labels: (n,) their class numbers.
        classes: C.

    Source:
        Zhou et al., Learning with Local and Global Consistency, NIPS 2003.
    """
    if anchors.flow is None:
        raise AssertionError("labels spread over a graph")
    counts = np.bincount(labels, minlength=classes).astype(np.float32)
    start = np.zeros((len(anchors.points), classes), dtype=np.float32)
    np.add.at(start, (places, labels), 1.0 / counts[labels])
    reached = start.copy()
    for _ in range(STEPS):
        reached = STAY * (anchors.flow @ reached) + (1.0 - STAY) * start
    return chances(reached)


def chances(mass: Points) -> Points:
    """Scale rows of class masses (N, C) to probabilities; rows that nothing reached are even."""
    total = mass.sum(axis=1, keepdims=True)
    even = np.float32(1.0 / mass.shape[1])
    told = np.where(total > NOTHING, mass / np.maximum(total, NOTHING), even)
    clipped: Points = np.maximum(told, LEAST).astype(np.float32)
    return clipped


def carry_over(anchors: Anchors, labels: Points, points: Points) -> tuple[Points, Points]:
    """Return what other images take over from their nearest anchors.

    Args:
        anchors: M of them.
        labels: (M, C) their probabilities.
        points: (N, r) of length 1.

    Returns:
        Smoothed points (N, r) and class probabilities (N, C).
    """
    near = min(NEIGHBORS, len(anchors.points))
    distance, index = anchors.finder.nearest(points, near)
    weights = _likeness(distance, _reach(distance), anchors.reach[index])
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    drawn = np.einsum("nk,nkr->nr", shares, anchors.smoothed[index])
    smoothed = unit(BLUR * drawn + (1.0 - BLUR) * points)
    return smoothed, chances(np.einsum("nk,nkc->nc", shares, labels[index]))
