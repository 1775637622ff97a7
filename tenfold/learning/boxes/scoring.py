"""Average precision at IoU 0.5, as COCO counts it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.label import Box
from tenfold.task_types.matching import IOU_RIGHT, iou_matrix, part_inside, xyxy

MOST = 100
"""Detections of an image that count, the best ones."""
RECALLS = np.linspace(0, 1, 101)

Floats = NDArray[np.float64]
Found = tuple[Floats, NDArray[np.bool_], NDArray[np.bool_], int]
"""Of one image's detections: scores, right, not counted; and how many were to be found."""


def average_precision(
    detected: Sequence[Sequence[Box]], truth: Sequence[Sequence[Box]], label: str | None = None
) -> float:
    """Return AP at IoU 0.5 of one class, or of all boxes taken as one class.

    Args:
        detected: boxes with scores, a list an image.
        truth: true boxes, a list an image; difficult ones and crowds are neither to be found
            nor wrong to find.
        label: class; None: any.

    Returns:
        In [0, 1]; NaN where there is nothing to be found.

    Source:
        Lin et al., Microsoft COCO, and pycocotools' COCOeval: 101 recalls, at most 100 detections
        an image.
    """
    images = [
        _found(_of(label, boxes), _of(label, true))
        for boxes, true in zip(detected, truth, strict=True)
    ]
    wanted = sum(count for *_, count in images)
    if wanted == 0:
        return float("nan")
    scores = np.concatenate([scores for scores, *_ in images])
    order = np.argsort(-scores, kind="stable")
    right = np.concatenate([right for _, right, _, _ in images])[order]
    uncounted = np.concatenate([uncounted for *_, uncounted, _ in images])[order]
    hits = np.cumsum(right & ~uncounted)
    misses = np.cumsum(~right & ~uncounted)
    return _area_under(hits / wanted, hits / np.maximum(hits + misses, 1))


def class_ap50(
    detected: Sequence[Sequence[Box]], truth: Sequence[Sequence[Box]], classes: Sequence[str]
) -> dict[str, float]:
    """Return AP50 of each class that has true boxes."""
    found = {name: average_precision(detected, truth, name) for name in classes}
    return {name: value for name, value in found.items() if not np.isnan(value)}


def _of(label: str | None, boxes: Sequence[Box]) -> list[Box]:
    return [box for box in boxes if label is None or box.label == label]


def _area_under(recall: Floats, precision: Floats) -> float:
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(envelope[np.searchsorted(recall, RECALLS, side="left")].mean())


def _found(detected: Sequence[Box], truth: Sequence[Box]) -> Found:
    """Match detections greedily, the best first, each to the free true box it overlaps most."""
    best = sorted(detected, key=lambda box: -(box.score or 0.0))[:MOST]
    optional = np.array([box.difficult or box.crowd for box in truth], dtype=bool)
    crowd = np.array([box.crowd for box in truth], dtype=bool)
    overlap = _overlap(best, truth, crowd)
    free = np.ones(len(truth), dtype=bool)
    right, uncounted = np.zeros(len(best), dtype=bool), np.zeros(len(best), dtype=bool)
    for place, row in enumerate(overlap):
        for wanted in (~optional, optional):
            fits = np.where(free & wanted & (row >= IOU_RIGHT), row, -1.0)
            if fits.max(initial=-1.0) < 0:
                continue
            match = len(fits) - 1 - int(fits[::-1].argmax())
            right[place], uncounted[place] = True, optional[match]
            free[match] = crowd[match]
            break
    scores = np.array([box.score or 0.0 for box in best])
    return scores, right, uncounted, int((~optional).sum())


def _overlap(ours: Sequence[Box], theirs: Sequence[Box], crowd: NDArray[np.bool_]) -> Floats:
    first, second = xyxy(ours), xyxy(theirs)
    iou = iou_matrix(first, second)
    return np.where(crowd[None, :], part_inside(first, second), iou)
