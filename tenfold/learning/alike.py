"""Groups of images that look alike, so that a person names many with one key before any model can.

Deterministic: the same features give the same groups.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.anchors import reduce

WINDOW = 240
"""So many images, in the order in which they are worth a tag, are grouped among each other."""
LEAST, MOST = 4, 60
"""Images of a group that stands for itself, and of a screen."""
SCREEN = 12
"""Images of a screen on which small groups come together."""
TIGHT = 0.6
"""Spread of a group against that of all, up to which its images look alike."""
GAP, NEAR = 1.5, 0.2
"""A gap runs through a group that spreads so many times as wide as its halves do, unless it is so
narrow against all."""

Features = NDArray[np.floating]
Points = NDArray[np.float64]


def alike(features: Features) -> list[list[int]]:
    """Group images by their looks.

    Args:
        features: (N, D), in the order in which the images are worth a tag.

    Returns:
        Groups of indices that together are all images once: those of earlier windows first, in a
        window large groups before small ones; what resembles little comes last, what is nearest
        together.
    """
    if len(features) == 0:
        return []
    points = reduce(features).enter(features).astype(np.float64)
    found = list[list[int]]()
    for start in range(0, len(points), WINDOW):
        window = _of_window(points[start : start + WINDOW])
        found += [[start + i for i in group] for group in window]
    return found


def _of_window(points: Points) -> list[list[int]]:
    if len(points) <= LEAST:
        return [list(range(len(points)))]
    pieces = _cut(points)
    large = [sorted(piece) for piece in pieces if len(piece) >= LEAST]
    large.sort(key=lambda piece: (-len(piece), piece[0]))
    rest = [i for piece in pieces if len(piece) < LEAST for i in piece]
    return large + [rest[at : at + SCREEN] for at in range(0, len(rest), SCREEN)]


def _cut(points: Points) -> list[list[int]]:
    """Cut the tree of all mergers where what lies below looks alike; near pieces stay near.

    Source:
        Ward, Hierarchical Grouping to Optimize an Objective Function, JASA 1963; order of the
        leaves: Bar-Joseph et al., Fast Optimal Leaf Ordering for Hierarchical Clustering, 2001.
    """
    from scipy.cluster.hierarchy import linkage, to_tree

    whole = _spread(points)
    pieces, open_nodes = (
        list[list[int]](),
        [to_tree(linkage(points, "ward", optimal_ordering=True))],
    )
    while open_nodes:
        node = open_nodes.pop()
        if node.is_leaf() or _looks_alike(points, node, whole):
            pieces.append(node.pre_order())
        else:
            open_nodes += [node.get_right(), node.get_left()]
    return pieces


def _looks_alike(points: Points, node: Any, whole: float) -> bool:
    """Whether images are near each other, and no gap runs through them."""
    members = node.pre_order()
    spread = _spread(points[members])
    if len(members) > MOST or spread > TIGHT * whole:
        return False
    halves = [half.pre_order() for half in (node.get_left(), node.get_right())]
    within = sum(len(half) * _spread(points[half]) for half in halves) / len(members)
    return spread <= max(GAP * within, NEAR * whole)


def _spread(points: Points) -> float:
    """Return the mean square distance to the center of points (N, r)."""
    return float(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean())
