"""Pairing proposed shapes with true ones, and counting what a person must correct.

A shape marked difficult or crowd, on either side, may match anything or nothing: it need not be
paired, and it takes up a shape of any class that overlaps it enough. A crowd takes up any number
of shapes, each by the part of that shape that lies inside it, as COCO does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.label import Box, Polygon
from tenfold.task_types.outlines import part_shared

IOU_RIGHT = 0.5
"""Smallest intersection over union that counts as the same thing."""
IOU_NEAR = 0.1
"""Smallest overlap from which a person moves a shape and doesn't draw it anew."""

Shape = TypeVar("Shape", Box, Polygon)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shared = tuple[Floats, Floats, Floats]
"""Of every pair (P, T): intersection over union, over the proposed area, over the true area."""


@dataclass(frozen=True, slots=True)
class Matches:
    """A one-to-one pairing; indices are into the proposed and the true shapes."""

    pairs: Ints
    """(M, 2), M ≤ min(P, T)."""
    proposed_left: Ints
    """Proposed shapes that need a partner and have none."""
    truth_left: Ints
    """True shapes that need a partner and have none."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left over."""
        return self.proposed_left.size == 0 and self.truth_left.size == 0


@dataclass(frozen=True, slots=True)
class _Overlaps:
    iou: Floats
    same: NDArray[np.bool_]
    """Whether a pair may pass as of the same class."""
    proposed_due: NDArray[np.bool_]
    """Proposed shapes that must not be left over."""
    truth_due: NDArray[np.bool_]


def iou_matrix(proposed: Floats, truth: Floats) -> Floats:
    """Return intersection over union of every pair of boxes.

    Args:
        proposed: (P, 4) `xyxy` in pixels.
        truth: (T, 4), same frame.

    Returns:
        (P, T) in [0, 1].
    """
    shared = _shared_area(proposed, truth)
    union = _area(proposed)[:, None] + _area(truth)[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def part_inside(ours: Floats, theirs: Floats) -> Floats:
    """Return of every pair of boxes (P, 4), (T, 4) the part of the first in the second: (P, T)."""
    return np.asarray(_shared_area(ours, theirs) / _area(ours)[:, None])


def match_boxes(
    proposed: Sequence[Box], truth: Sequence[Box], iou_at_least: float = IOU_RIGHT
) -> Matches:
    """Pair proposed boxes with true ones of the same class, one to one, as many as possible.

    Args:
        proposed: P boxes in pixels of the upright image.
        truth: T boxes, same frame.
        iou_at_least: smallest intersection over union in (0, 1] that counts as a match.

    Returns:
        The pairs (among equally many, those that overlap most) and what is left of both sides.

    Source:
        Maximum-cardinality assignment, scipy.optimize.linear_sum_assignment; overlap as in
        Everingham et al., The Pascal Visual Object Classes Challenge, IJCV 2010, §4.2.
    """
    return _match(_overlaps(proposed, truth, _boxes_shared), iou_at_least)


def match_polygons(
    proposed: Sequence[Polygon], truth: Sequence[Polygon], iou_at_least: float = IOU_RIGHT
) -> Matches:
    """Pair proposed outlines with true ones; as `match_boxes` with the overlap of the masks."""
    return _match(_overlaps(proposed, truth, _outlines_shared), iou_at_least)


def box_corrections(proposed: Sequence[Box], truth: Sequence[Box]) -> int:
    """Count the fewest corrections that turn proposed boxes into the true ones.

    Deleting, drawing, moving (a box of the right class that overlaps by 0.1 to 0.5) and giving
    another class count one each. 0 exactly where `match_boxes` leaves nothing over.
    """
    return _corrections(_overlaps(proposed, truth, _boxes_shared))


def polygon_corrections(proposed: Sequence[Polygon], truth: Sequence[Polygon]) -> int:
    """Count the fewest corrections that turn proposed outlines into the true ones."""
    return _corrections(_overlaps(proposed, truth, _outlines_shared))


def mean_box_iou(ours: Sequence[Box], theirs: Sequence[Box]) -> float:
    """Return how far two people's boxes coincide, from 0 to 1.

    Boxes of the same class are paired so that the sum of intersection over union is largest; one
    without a partner counts 0, and nothing on both sides is 1.
    """
    return _mean_iou(ours, theirs, _boxes_shared)


def mean_polygon_iou(ours: Sequence[Polygon], theirs: Sequence[Polygon]) -> float:
    """Return how far two people's outlines coincide; as `mean_box_iou` with the masks' overlap."""
    return _mean_iou(ours, theirs, _outlines_shared)


def _mean_iou(
    ours: Sequence[Shape],
    theirs: Sequence[Shape],
    shared: Callable[[Sequence[Shape], Sequence[Shape]], Shared],
) -> float:
    if not ours and not theirs:
        return 1.0
    iou = np.where(_same_label(ours, theirs), shared(ours, theirs)[0], 0.0)
    pairs = _assign(iou, iou)
    alone = len(ours) + len(theirs) - 2 * len(pairs)
    return float(iou[pairs[:, 0], pairs[:, 1]].sum()) / (len(pairs) + alone)


def _match(overlaps: _Overlaps, iou_at_least: float) -> Matches:
    right = (overlaps.iou >= iou_at_least) & overlaps.same
    worth = overlaps.proposed_due[:, None] * 1.0 + overlaps.truth_due[None, :]
    pairs = _assign(np.where(right, worth, 0.0), overlaps.iou)
    return _leftovers(pairs, overlaps)


def _corrections(overlaps: _Overlaps) -> int:
    """Take all as to be deleted or drawn, less what pairing saves."""
    right, near = overlaps.iou >= IOU_RIGHT, overlaps.iou >= IOU_NEAR
    due = overlaps.proposed_due[:, None] * 1.0 + overlaps.truth_due[None, :]
    one = right | (near & overlaps.same)
    cost = np.where(right & overlaps.same, 0.0, np.where(one, 1.0, due))
    saved = np.clip(due - cost, 0.0, None)
    pairs = _assign(saved, overlaps.iou)
    total = overlaps.proposed_due.sum() + overlaps.truth_due.sum()
    return round(float(total - saved[pairs[:, 0], pairs[:, 1]].sum()))


def _assign(worth: Floats, iou: Floats) -> Ints:
    """Return the pairs (M, 2) of positive worth with the largest sum; more overlap breaks ties."""
    rows, columns = np.nonzero(worth > 0)
    if len(set(rows)) == len(rows) and len(set(columns)) == len(columns):
        return np.stack([rows, columns], axis=1)
    from scipy.optimize import linear_sum_assignment

    tie = 0.5 / (min(worth.shape) + 1)
    found = linear_sum_assignment(np.where(worth > 0, worth + tie * iou, 0.0), maximize=True)
    pairs = np.stack(found, axis=1).astype(np.int64)
    return np.asarray(pairs[worth[pairs[:, 0], pairs[:, 1]] > 0])


def _leftovers(pairs: Ints, overlaps: _Overlaps) -> Matches:
    proposed_left, truth_left = overlaps.proposed_due.copy(), overlaps.truth_due.copy()
    proposed_left[pairs[:, 0]] = False
    truth_left[pairs[:, 1]] = False
    return Matches(pairs, np.flatnonzero(proposed_left), np.flatnonzero(truth_left))


def _overlaps(
    proposed: Sequence[Shape],
    truth: Sequence[Shape],
    shared: Callable[[Sequence[Shape], Sequence[Shape]], Shared],
) -> _Overlaps:
    """Measure every pair; what lies in the other side's crowds need not be paired."""
    iou, of_proposed, of_truth = shared(proposed, truth)
    crowd_p, crowd_t = _flags(proposed, "crowd"), _flags(truth, "crowd")
    swallowed_p = ((of_proposed >= IOU_RIGHT) & crowd_t[None, :]).any(axis=1)
    swallowed_t = ((of_truth >= IOU_RIGHT) & crowd_p[:, None]).any(axis=0)
    free_p = _flags(proposed, "difficult") | crowd_p
    free_t = _flags(truth, "difficult") | crowd_t
    same = _same_label(proposed, truth) | free_p[:, None] | free_t[None, :]
    return _Overlaps(iou, same, ~(free_p | swallowed_p), ~(free_t | swallowed_t))


def _flags(shapes: Sequence[Box] | Sequence[Polygon], name: str) -> NDArray[np.bool_]:
    return np.array([getattr(shape, name) for shape in shapes], dtype=bool)


def _same_label(
    proposed: Sequence[Box] | Sequence[Polygon], truth: Sequence[Box] | Sequence[Polygon]
) -> NDArray[np.bool_]:
    ours = np.array([shape.label for shape in proposed], dtype=object)
    theirs = np.array([shape.label for shape in truth], dtype=object)
    return np.asarray(ours[:, None] == theirs[None, :], dtype=bool)


def xyxy(boxes: Sequence[Box]) -> Floats:
    """Return boxes as (N, 4) `xyxy`."""
    rows = [(box.xmin, box.ymin, box.xmax, box.ymax) for box in boxes]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _area(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def _shared_area(ours: Floats, theirs: Floats) -> Floats:
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    return np.asarray(np.clip(high - low, 0.0, None).prod(axis=2))


def _boxes_shared(proposed: Sequence[Box], truth: Sequence[Box]) -> Shared:
    ours, theirs = xyxy(proposed), xyxy(truth)
    return iou_matrix(ours, theirs), part_inside(ours, theirs), part_inside(theirs, ours).T


def _outlines_shared(proposed: Sequence[Polygon], truth: Sequence[Polygon]) -> Shared:
    shared = np.zeros((3, len(proposed), len(truth)))
    for row, ours in enumerate(proposed):
        for column, theirs in enumerate(truth):
            shared[:, row, column] = part_shared(ours.points, theirs.points)
    return shared[0], shared[1], shared[2]
