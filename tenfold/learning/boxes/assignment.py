"""Which locations learn which box."""

from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.ops import box_iou

ANCHOR = 4
"""Side of the square that a location stands for, in strides."""
NEAREST = 9
"""Candidates of each map for each box."""
BACKGROUND, IGNORED = -1, -2


class Assignment(NamedTuple):
    """What each of L locations learns."""

    label: Tensor
    """int64 (L,): class, BACKGROUND, or IGNORED."""
    box: Tensor
    """float32 (L, 4) xyxy; zeros where there is no class."""


class Grid(NamedTuple):
    """The locations of one input size."""

    centers: Tensor
    """(L, 2) x, y in input pixels."""
    strides: Tensor
    """(L,)."""

    def anchors(self) -> Tensor:
        """Return a square (L, 4) around each location."""
        half = (self.strides * ANCHOR / 2)[:, None]
        return torch.cat([self.centers - half, self.centers + half], dim=1)


def assign(grid: Grid, boxes: Tensor, labels: Tensor, ignored: Tensor) -> Assignment:
    """Give each location its box.

    Args:
        grid: L locations.
        boxes: (T, 4) xyxy in input pixels.
        labels: int64 (T,).
        ignored: (I, 4) boxes that are neither things nor background.

    Source:
        ATSS: Zhang et al., Bridging the Gap Between Anchor-based and Anchor-free Detection via
        Adaptive Training Sample Selection, CVPR 2020, §4.1.
    """
    label = torch.full((len(grid.centers),), BACKGROUND)
    if len(ignored):
        label[_inside(grid.centers, ignored).any(dim=1)] = IGNORED
    box = torch.zeros(len(grid.centers), 4)
    if len(boxes) == 0:
        return Assignment(label, box)
    iou = box_iou(grid.anchors(), boxes)
    chosen = _chosen(grid, boxes, iou)
    best, which = torch.where(chosen, iou, -1.0).max(dim=1)
    found = best >= 0
    label[found] = labels[which[found]]
    box[found] = boxes[which[found]]
    return Assignment(label, box)


def _chosen(grid: Grid, boxes: Tensor, iou: Tensor) -> Tensor:
    """Return (L, T): near the box's center, overlapping it more than its candidates mostly do."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    distance = torch.cdist(grid.centers, middles)
    candidate = torch.zeros_like(iou, dtype=torch.bool)
    for stride in sorted(set(grid.strides.tolist())):
        level = torch.nonzero(grid.strides == stride)[:, 0]
        nearest = distance[level].topk(min(NEAREST, len(level)), dim=0, largest=False).indices
        candidate.scatter_(0, level[nearest], value=True)
    count = candidate.sum(dim=0)
    mean = (iou * candidate).sum(dim=0) / count
    spread = (((iou - mean) ** 2) * candidate).sum(dim=0) / (count - 1).clamp(min=1)
    inside = _inside(grid.centers, boxes)
    chosen = candidate & inside & (iou >= mean + spread.sqrt())
    # A thing smaller than a stride may hold no center: its nearest candidate learns it.
    lone = ~chosen.any(dim=0)
    closest = distance.masked_fill(~candidate, torch.inf).argmin(dim=0)
    chosen[closest[lone], lone.nonzero()[:, 0]] = True
    return chosen


def _inside(centers: Tensor, boxes: Tensor) -> Tensor:
    """Whether center (L) lies in box (T): (L, T)."""
    low = centers[:, None] - boxes[None, :, :2]
    high = boxes[None, :, 2:] - centers[:, None]
    inside: Tensor = torch.cat([low, high], dim=2).amin(dim=2) > 0
    return inside
