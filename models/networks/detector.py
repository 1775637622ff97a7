"""A small anchor-free detection head on frozen feature maps.

Source:
    Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, ICCV 2019, for what each
    location predicts; Li et al., Generalized Focal Loss, NeurIPS 2020, for one score that means
    class and overlap together; Lin et al., Feature Pyramid Networks, CVPR 2017, for the sum.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 96
GROUPS = 8
PRIOR = 0.01
"""Score that every location starts with."""
LARGEST = 4.0
"""Limit of the exponent of a side, in units of the scale of its map."""


class SeparableConv(nn.Module):
    """3×3 filter of each channel, 1×1 mix, group normalization, SiLU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm = nn.GroupNorm(GROUPS, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, H, W) to the same shape."""
        mixed: Tensor = self.norm(self.pointwise(self.depthwise(x)))
        return functional.silu(mixed)


class Lateral(nn.Module):
    """Brings one frozen map to the common width."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 1, bias=False)
        self.norm = nn.GroupNorm(GROUPS, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, channels, H, W) to (B, width, H, W)."""
        normed: Tensor = self.norm(self.conv(x))
        return normed


class DetectorHead(nn.Module):
    """For each location of each map: a score a class, and the distances to the box's sides."""

    def __init__(
        self, channels: Sequence[int], strides: Sequence[int], classes: int, width: int = WIDTH
    ) -> None:
        super().__init__()
        self.strides = tuple(strides)
        self.laterals = nn.ModuleList(Lateral(count, width) for count in channels)
        self.smooth = nn.ModuleList(SeparableConv(width) for _ in channels)
        self.tower = nn.Sequential(SeparableConv(width), SeparableConv(width))
        self.score = nn.Conv2d(width, classes, 1)
        self.sides = nn.Conv2d(width, 4, 1)
        self.scales = nn.Parameter(torch.ones(len(channels)))
        nn.init.constant_(self.score.bias, -math.log((1 - PRIOR) / PRIOR))  # type: ignore[arg-type]
        nn.init.normal_(self.score.weight, std=0.01)
        nn.init.normal_(self.sides.weight, std=0.01)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits (B, L, classes) and sides (B, L, 4): left, top, right, bottom in pixels.

        L counts the locations of all maps, the finest first, row by row.
        """
        logits, sides, _ = self.look(maps)
        return logits, sides

    def look(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Return logits, sides, and of each map what both are computed from: (B, width, H, W)."""
        logits, sides, towers = [], [], []
        for level, merged in enumerate(self._merge(maps)):
            tower = self.tower(self.smooth[level](merged))
            towers.append(tower)
            exponent = (self.sides(tower) * self.scales[level]).clamp(max=LARGEST)
            logits.append(self.score(tower).flatten(2).transpose(1, 2))
            reach = torch.exp(exponent) * self.strides[level]
            sides.append(reach.flatten(2).transpose(1, 2))
        return torch.cat(logits, dim=1), torch.cat(sides, dim=1), towers

    def _merge(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Add each coarser map, enlarged, to the next finer one."""
        merged: list[Tensor] = []
        for lateral, features in zip(reversed(self.laterals), reversed(maps), strict=True):
            here = lateral(features)
            if merged:
                here = here + functional.interpolate(merged[0], size=here.shape[-2:])
            merged.insert(0, here)
        return merged


def locations(sizes: Sequence[tuple[int, int]], strides: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the centers (L, 2) as x, y in input pixels, and the stride (L,) of each location."""
    centers, steps = [], []
    for (height, width), stride in zip(sizes, strides, strict=True):
        y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        centers.append((torch.stack([x, y], dim=-1).reshape(-1, 2) + 0.5) * stride)
        steps.append(torch.full((height * width,), float(stride)))
    return torch.cat(centers), torch.cat(steps)


def sides_to_xyxy(centers: Tensor, sides: Tensor) -> Tensor:
    """Turn distances (..., L, 4) from centers (L, 2) into boxes (..., L, 4)."""
    return torch.cat([centers - sides[..., :2], centers + sides[..., 2:]], dim=-1)
