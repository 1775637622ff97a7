"""Boxes and outlines of masks."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]


def box_of(mask: Mask) -> tuple[int, int, int, int]:
    """Return xmin, ymin, xmax, ymax (far edges excluded) of a mask (H, W) that isn't empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def outline_of(mask: Mask, tolerance: float = 1.0) -> Points:
    """Return the outline (P, 2) of a mask's largest part, in pixels of the image, as x and y.

    Args:
        mask: (H, W), not empty.
        tolerance: farthest that the simplified outline may lie from the full one, in pixels.

    Source:
        Marching squares (contourpy); simplified as in Douglas and Peucker, Cartographica 1973.
    """
    from contourpy import contour_generator

    xmin, ymin, xmax, ymax = box_of(mask)
    padded = np.pad(mask[ymin:ymax, xmin:xmax].astype(np.float64), 1)
    lines = contour_generator(z=padded).lines(0.5)
    longest = max((np.asarray(line) for line in lines), key=_area)
    # A pixel's middle is at one half; the padding moved everything by one.
    points = longest[:-1] + np.array((xmin - 0.5, ymin - 0.5))
    half = len(points) // 2
    first = _simplified(points[: half + 1], tolerance)
    second = _simplified(np.vstack([points[half:], points[:1]]), tolerance)
    return np.vstack([first[:-1], second[:-1]])


def _area(points: Points) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def _simplified(points: Points, tolerance: float) -> Points:
    """Keep the ends, and of what lies between only what is farther than the tolerance."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        start, end = spans.pop()
        if end - start < 2:  # noqa: PLR2004 -- nothing lies between neighbors
            continue
        away = _distances(points[start + 1 : end], points[start], points[end])
        farthest = int(np.argmax(away))
        if away[farthest] > tolerance:
            middle = start + 1 + farthest
            keep[middle] = True
            spans += [(start, middle), (middle, end)]
    return points[keep]


def _distances(points: Points, start: Points, end: Points) -> Points:
    along = end - start
    length = float(np.hypot(*along))
    away = points - start
    if length == 0:
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))
    return np.asarray(np.abs(along[0] * away[:, 1] - along[1] * away[:, 0]) / length)
