"""Which images teach most: typical and different ones first, then those the model is unsure of.

Deterministic: the same features and the same seed give the same images.
"""

import warnings
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.anchors import Anchors, connect, diffused, groups, reduce
from tenfold.learning.linear import unit
from tenfold.learning.neighbors import nearest

Features = NDArray[np.float32]
Indices = NDArray[np.intp]

FEWEST, MOST = 10, 100
"""Images of a first round whose size is chosen from the data."""
LARGEST_SHARE = 4
"""Such a round is at most one in so many of the images, unless that is less than `FEWEST`."""
DIMENSIONS = 64
"""Principal components that clusters are found in."""
CLUSTERED = 20_000
"""At most so many images are clustered; of more, a seeded sample."""
BY_GRAPH = 2.0
"""How much farther apart points are in the graph than in themselves, both of length 1, as the first
images are chosen."""
STARTS = 3
"""Of k-means; the best is taken."""
UNSURE_FACTOR = 2
"""A further round is chosen among so many times its size of the least sure images."""
STRANGERS_A_CLASS, NEARBY = 2, 5
"""Images that a round spends on each class without a tag, and neighbors that make one typical."""
NEAR_DUPLICATE = 0.97
"""Cosine of centered features from which on two images show the same."""


def first_round(features: Features, n_classes: int, size: int | None, seed: int) -> list[int]:
    """Choose typical and different images: the centers of clusters, large clusters first.

    Args:
        features: (N, D) of all candidates.
        n_classes: label classes.
        size: images wanted; None: from the data, with near-duplicates left out altogether.
        seed: of the clustering.

    Returns:
        Indices into `features`, in order of worth. Near-duplicates of a chosen image come only
        where nothing else is left to fill a size that was asked for.
    """
    if not len(features):
        return []
    shown, anchors = _graph(features)
    wanted = size
    if wanted is None:
        wanted = first_round_size(len(features), n_classes, groups(anchors))
    wanted = min(wanted, len(features))
    chosen = [int(shown[i]) for i in typical(anchors, wanted, seed)]
    return chosen if size is None else fill(chosen, range(len(features)), wanted)


def typical(anchors: Anchors, wanted: int, seed: int) -> list[int]:
    """Return up to `wanted` anchors, the centers of clusters, with near-duplicates left out.

    Clusters hold together both in what images look like and in the graph of near neighbors: images
    that labels spread among need one tag, however far apart they are.
    """
    if wanted < 1:
        return []
    points = compress(anchors.points, seed)
    where = np.hstack([unit(points), BY_GRAPH * diffused(anchors)])
    ranked = central(where, np.ones(len(where)), wanted, seed)
    return spread(points, ranked, wanted, taken=())


def first_of(anchors: Anchors, size: int, seed: int) -> list[int]:
    """Return so many anchors for a first round: typical ones, then any that are left."""
    return fill(typical(anchors, size, seed), range(len(anchors.points)), size)


def first_size(features: Features, n_classes: int) -> int:
    """Return how many images a first round asks for, from their features (N, D)."""
    if len(features) <= FEWEST:
        return len(features)
    _, anchors = _graph(features)
    return first_round_size(len(features), n_classes, groups(anchors))


def _graph(features: Features) -> tuple[Indices, Anchors]:
    """Return the indices of at most `CLUSTERED` images, and the graph of these."""
    some = np.sort(np.random.default_rng(0).permutation(len(features))[:CLUSTERED])
    shown = features[some]
    return some, connect(reduce(shown).enter(shown))


def first_round_size(images: int, n_classes: int, found: int) -> int:
    """Return one image a class and one a group, 10 to 100, and no more than a quarter of all.

    Args:
        images: N.
        n_classes: label classes.
        found: groups that the images fall into.
    """
    by_structure = min(max(n_classes + found, FEWEST), MOST)
    return min(images, max(FEWEST, min(by_structure, images // LARGEST_SHARE)))


def next_round(
    features: Features,
    tagged: Indices,
    candidates: Indices,
    confidence: NDArray[np.floating],
    size: int,
    seed: int,
    unseen: int = 0,
) -> list[int]:
    """Choose different images among those that the model is least sure of.

    While classes have no tag, a part of the round looks for them where no tag is near.

    Args:
        features: (N, D).
        tagged: indices of images that carry a tag.
        candidates: indices of images that may be chosen.
        confidence: (len(candidates),).
        size: images wanted.
        seed: of the clustering.
        unseen: classes without a tag.

    Returns:
        Indices into `features`, min(size, candidates) of them, in order of worth.
    """
    wanted = min(size, len(candidates))
    if wanted == 0:
        return []
    sure = np.asarray(confidence, dtype=np.float64)
    limit = np.sort(sure)[min(UNSURE_FACTOR * wanted, len(sure)) - 1]
    least_sure = np.flatnonzero(sure <= limit)
    points = compress(features, seed)
    pool = np.asarray(candidates)[least_sure]
    weights = 1.0 - sure[least_sure] + 1e-3
    looked_for = min(STRANGERS_A_CLASS * unseen, (wanted + 1) // 2)
    found = strangers(points, np.asarray(tagged), np.asarray(candidates), looked_for)
    ranked = [int(pool[i]) for i in central(points[pool], weights, wanted, seed)]
    everyone = [int(i) for i in np.asarray(candidates)[np.argsort(sure, kind="stable")]]
    # Frames of one scene can be all that the model is unsure of: others are asked about then.
    ranking = dict.fromkeys([*ranked, *everyone])
    chosen = found + spread(
        points,
        (i for i in ranking if i not in found),
        wanted - len(found),
        taken=[*(int(i) for i in tagged), *found],
    )
    return fill(chosen, everyone, wanted)


def strangers(
    points: NDArray[np.float64], tagged: Indices, candidates: Indices, count: int
) -> list[int]:
    """Return images that are far from all tags for how near their own neighbors are.

    A group without a tag stands out so; a single odd image doesn't, as it has no near neighbors.
    Each one that is taken counts as tagged for the next.

    Args:
        points: (N, r).
        tagged: indices of tagged images.
        candidates: indices of images that may be chosen.
        count: images wanted.
    """
    if count < 1 or not len(candidates) or not len(tagged):
        return []
    directions = unit(points).astype(np.float32)
    near = min(NEARBY + 1, len(candidates))
    own = nearest(directions[candidates], directions[candidates], near)[0][:, 1:]
    around = own.mean(axis=1) if near > 1 else np.ones(len(candidates))
    away = nearest(directions[candidates], directions[tagged], 1)[0][:, 0]
    chosen: list[int] = []
    for _ in range(min(count, len(candidates))):
        best = int(np.argmax(away / np.maximum(around, 1e-3)))
        chosen.append(int(candidates[best]))
        step = np.linalg.norm(directions[candidates] - directions[candidates[best]], axis=1)
        away = np.minimum(away, step)
        away[best] = -1.0
    return chosen


def compress(features: Features, seed: int) -> NDArray[np.float64]:
    """Scale to length 1, center and reduce to principal components: (N, ≤ 64)."""
    rng = np.random.default_rng(seed)
    points = unit(np.asarray(features, dtype=np.float64))
    sample = points
    if len(points) > CLUSTERED:
        sample = points[np.sort(rng.choice(len(points), CLUSTERED, replace=False))]
    mean = sample.mean(axis=0)
    centered = sample - mean
    _, vectors = np.linalg.eigh(centered.T @ centered)
    keep = min(DIMENSIONS, len(sample))
    axes = vectors[:, ::-1][:, :keep]
    reduced: NDArray[np.float64] = (points - mean) @ axes
    return reduced


def central(
    points: NDArray[np.float64], weights: NDArray[np.float64], clusters: int, seed: int
) -> list[int]:
    """Return every point by its rank in its cluster, nearest to the center first.

    The most central ones of all clusters come first, heavy clusters before light ones; then the
    second ones, and so on: whoever skips one finds its substitute farther down.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    rng = np.random.default_rng(seed)
    some = np.arange(len(points))
    if len(points) > CLUSTERED:
        some = np.sort(rng.choice(len(points), CLUSTERED, replace=False))
    means = KMeans(
        n_clusters=min(clusters, len(some)), n_init=STARTS, random_state=seed, max_iter=50
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than clusters
        means.fit(points[some], sample_weight=weights[some])
    distance = np.linalg.norm(points[some] - means.cluster_centers_[means.labels_], axis=1)
    mass = np.bincount(means.labels_, weights=weights[some], minlength=means.n_clusters)
    by_cluster = np.lexsort((distance, means.labels_))
    rank = np.empty(len(some), dtype=np.intp)
    starts = np.searchsorted(means.labels_[by_cluster], np.arange(means.n_clusters))
    rank[by_cluster] = np.arange(len(some)) - starts[means.labels_[by_cluster]]
    order = np.lexsort((distance, -mass[means.labels_], rank))
    return [int(some[i]) for i in order]


def spread(
    points: NDArray[np.float64], ranked: Iterable[int], wanted: int, taken: Iterable[int]
) -> list[int]:
    """Walk down a ranking and leave out near-duplicates of what was taken before."""
    directions, before = unit(points), list(taken)
    kept = np.empty((len(before) + wanted, points.shape[1]))
    kept[: len(before)] = directions[before]
    chosen: list[int] = []
    for i in ranked:
        if len(chosen) == wanted:
            break
        present = len(before) + len(chosen)
        if not present or float((kept[:present] @ directions[i]).max()) < NEAR_DUPLICATE:
            kept[present] = directions[i]
            chosen.append(i)
    return chosen


def fill(chosen: list[int], others: Iterable[int], wanted: int) -> list[int]:
    """Append others that aren't chosen yet until as many are there as wanted."""
    known = set(chosen)
    for i in others:
        if len(chosen) >= wanted:
            break
        if i not in known:
            chosen.append(i)
            known.add(i)
    return chosen
