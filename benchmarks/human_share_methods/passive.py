"""First tags that no model chose, then one look: random ones, and TypiClust's."""

import warnings
from functools import lru_cache

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.one_look import look_once
from benchmarks.human_share_methods.outcome import Delivery
from benchmarks.human_share_methods.regression import Fitted, fit
from tenfold.learning.linear import Array, Labels

MOST_CLUSTERS = 500
NEIGHBORS = 20
"""Typicality is the inverse mean distance to so many neighbors in the same cluster."""
SMALLEST = 5
"""Clusters with fewer images are not asked about as long as others are left."""
LARGEST_SHARE = 2
"""At most one in so many images is tagged beforehand."""


def random_tags(
    bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
) -> Delivery:
    """Tag at random, train, look once."""
    a_class, tolerate = setting
    return look_once(bench, fit_random(bench, seed, a_class), (error, confidence), seed, tolerate)


def typical_tags(
    bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
) -> Delivery:
    """Tag the most typical image of each cluster, train, look once.

    Source:
        Hacohen, Dekel, Weinshall, Active Learning on a Budget: Opposite Strategies Suit High and
        Low Budgets, ICML 2022 (TypiClust), here on frozen features instead of self-supervised
        ones.
    """
    a_class, tolerate = setting
    fitted = _fit_typical(bench, seed, a_class)
    return look_once(bench, fitted, (error, confidence), seed, tolerate)


def tag_count(bench: BenchSet, a_class: float) -> int:
    """Return how many tags so many a class are, and at most half the set."""
    return min(round(a_class * bench.classes), len(bench) // LARGEST_SHARE)


@lru_cache(maxsize=16)
def fit_random(bench: BenchSet, seed: int, a_class: float) -> Fitted:
    """Train on random tags; a larger number of them contains the smaller one."""
    shuffled = np.random.default_rng([seed, 1]).permutation(len(bench))
    return fit(bench, shuffled[: tag_count(bench, a_class)])


@lru_cache(maxsize=16)
def _fit_typical(bench: BenchSet, seed: int, a_class: float) -> Fitted:
    return fit(bench, typical(bench, tag_count(bench, a_class), seed))


def typical(bench: BenchSet, wanted: int, seed: int) -> Labels:
    """Return so many indices: the most typical image of each cluster, large clusters first."""
    cluster = _clusters(bench, min(wanted, MOST_CLUSTERS), seed)
    rank, size = np.zeros(len(bench)), np.bincount(cluster)
    for one in np.unique(cluster):
        members = np.flatnonzero(cluster == one)
        order = np.argsort(-_typicality(bench.points[members].astype(np.float64)), kind="stable")
        rank[members[order]] = np.arange(len(members))
    tiny = size[cluster] < SMALLEST
    return np.lexsort((-size[cluster], rank, tiny))[:wanted]


def _typicality(points: Array) -> Array:
    """Return the inverse mean distance (n,) of each point to its nearest ones."""
    near = min(NEIGHBORS, len(points) - 1)
    if near < 1:
        return np.ones(len(points))
    distance = np.sqrt(np.maximum(2.0 - 2.0 * points @ points.T, 0.0))
    nearest = np.sort(distance, axis=1)[:, 1 : near + 1]
    inverse: Array = 1.0 / np.maximum(nearest.mean(axis=1), 1e-9)
    return inverse


def _clusters(bench: BenchSet, count: int, seed: int) -> Labels:
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    means = MiniBatchKMeans(n_clusters=count, batch_size=2048, n_init=1, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than clusters
        found: Labels = means.fit_predict(bench.points).astype(np.intp)
    return found
