"""The frozen backbone, as the detector sees it."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.networks.efficientnet_lite import MAP_CHANNELS, STRIDES
from tenfold.learning.backbone import DEFAULT, Backbone, half_precision, load_backbone


class Frozen:
    """Maps of square images by a backbone that doesn't learn.

    It is always EfficientNet-Lite0: other backbones that a project may name give features only.
    """

    name = DEFAULT
    strides: Sequence[int] = STRIDES
    channels: Sequence[int] = MAP_CHANNELS

    def __init__(self, device: str) -> None:
        self.device = device
        self.half = half_precision(device)
        self._backbone = _loaded(self.name, device)

    def maps(self, squares: NDArray[np.uint8]) -> list[Tensor]:
        """Return maps (B, C, S/stride, S/stride) of images (B, 3, S, S), float32."""
        return self._backbone.maps(torch.from_numpy(squares))


@cache
def _loaded(name: str, device: str) -> Backbone:
    """Load a backbone once a process: it doesn't change."""
    return load_backbone(name, device)
