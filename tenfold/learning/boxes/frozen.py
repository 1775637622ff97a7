"""The frozen backbone, as the detector sees it."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.networks.efficientnet_lite import MAP_CHANNELS, STRIDES, EfficientNetLite0
from tenfold.learning.backbone import DEFAULT, Backbone, half_precision, load_backbone

FINE_AFTER, FINE_CHANNELS = 2, 24
"""Block whose output is the map at stride 4."""
FOLD = 2
"""Locations of the fine map along a side of one at stride 8."""


class Frozen:
    """Maps of square images by a backbone that doesn't learn.

    It is always EfficientNet-Lite0: other backbones that a project may name give features only.
    The map at stride 4 joins the one at stride 8, four neighbors side by side as channels: it
    knows where the edges of small things are, and costs no more locations.
    """

    name = DEFAULT
    strides: Sequence[int] = STRIDES
    channels: Sequence[int] = (MAP_CHANNELS[0] + FINE_CHANNELS * FOLD**2, *MAP_CHANNELS[1:])

    def __init__(self, device: str) -> None:
        self.device = device
        self.half = half_precision(device)
        self._backbone = _loaded(self.name, device)

    def maps(self, squares: NDArray[np.uint8]) -> list[Tensor]:
        """Return maps (B, C, S/stride, S/stride) of images (B, 3, S, S), float32.

        S is a multiple of 8.
        """
        network = self._backbone.network
        assert isinstance(network, EfficientNetLite0)
        fine: list[Tensor] = []
        hook = network.blocks[FINE_AFTER].register_forward_hook(_keep_in(fine))
        try:
            first, *coarser = self._backbone.maps(torch.from_numpy(squares))
        finally:
            hook.remove()
        folded = functional.pixel_unshuffle(fine[0].float(), FOLD)
        return [torch.cat([first, folded], dim=1), *coarser]


def _keep_in(kept: list[Tensor]) -> Callable[[nn.Module, object, Tensor], None]:
    def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        kept.append(output)

    return keep


@cache
def _loaded(name: str, device: str) -> Backbone:
    """Load a backbone once a process: it doesn't change."""
    return load_backbone(name, device)
