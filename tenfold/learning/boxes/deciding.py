"""Which candidates to propose: the score threshold that leaves people the least to correct."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.label import Box
from tenfold.task_types.matching import box_corrections, match_boxes

THRESHOLDS = np.round(np.arange(0.10, 0.90, 0.025), 3)
USUAL = 0.4
"""Threshold where nothing was held out that has boxes."""
SMOOTH = np.array([0.25, 0.5, 0.25])


@dataclass(frozen=True, slots=True)
class Measured:
    """How proposals at one threshold compare with people's boxes."""

    corrections: NDArray[np.int64]
    """Of each image."""
    right: NDArray[np.bool_]
    """Whether all boxes of an image are right."""
    true_boxes: int

    @property
    def per_box(self) -> float:
        """Corrections per true box; 1 is as much work as drawing all from nothing."""
        return float(self.corrections.sum() / max(self.true_boxes, 1))

    @property
    def all_right(self) -> float:
        """Share of images whose boxes are all right."""
        return float(self.right.mean()) if len(self.right) else 0.0


def at_least(candidates: Sequence[Box], threshold: float) -> list[Box]:
    """Return the candidates that are proposed."""
    return [box for box in candidates if (box.score or 0.0) >= threshold]


def best_threshold(candidates: Sequence[Sequence[Box]], truth: Sequence[Sequence[Box]]) -> float:
    """Return the threshold with the fewest corrections, a little smoothed over its neighbors.

    Candidates come best first.
    """
    if not any(truth):
        return USUAL
    costs = sum(_costs(boxes, true) for boxes, true in zip(candidates, truth, strict=True))
    padded = np.pad(costs, 1, mode="edge")
    return float(THRESHOLDS[np.convolve(padded, SMOOTH, mode="valid").argmin()])


def _costs(candidates: Sequence[Box], truth: Sequence[Box]) -> NDArray[np.float64]:
    """Corrections of one image at each threshold; counted once for each number of boxes."""
    proposed = [at_least(candidates, float(threshold)) for threshold in THRESHOLDS]
    counts = {len(boxes) for boxes in proposed}
    costs = {count: box_corrections(candidates[:count], truth) for count in counts}
    return np.array([costs[len(boxes)] for boxes in proposed], dtype=np.float64)


def measure(
    candidates: Sequence[Sequence[Box]], truth: Sequence[Sequence[Box]], threshold: float
) -> Measured:
    """Compare proposals with people's boxes, image by image."""
    proposed = [at_least(boxes, threshold) for boxes in candidates]
    pairs = list(zip(proposed, truth, strict=True))
    return Measured(
        np.array([box_corrections(boxes, true) for boxes, true in pairs], dtype=np.int64),
        np.array([match_boxes(boxes, true).complete for boxes, true in pairs], dtype=bool),
        sum(not (box.difficult or box.crowd) for true in truth for box in true),
    )


def new_is_worse(new: NDArray[np.int64], old: NDArray[np.int64]) -> bool:
    """Whether one model needs more corrections than another on the same images, beyond chance.

    Beyond chance: the mean of the paired differences is above its own standard error.
    """
    if len(new) < 2:  # noqa: PLR2004  (no spread of one)
        return False
    difference = (new - old).astype(np.float64)
    return bool(difference.mean() > difference.std(ddof=1) / np.sqrt(len(difference)))
