"""torchvision's Faster R-CNN on EfficientNet-Lite0: strides 8, 16 and 32 in a feature pyramid."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from models.networks.efficientnet_lite import (
    CENTER,
    MAP_CHANNELS,
    SCALE,
    EfficientNetLite0,
)

WIDTH = 96
ANCHORS = ((16, 24), (40, 64), (112, 208))
RATIOS = (0.5, 1.0, 2.0)
MOST_BOXES = 300
LEARNED = 128
"""Proposals of an image that a step learns from; torchvision takes 512."""


class Trunk(nn.Module):
    """The network and its feature pyramid; all up to stride 8 and every normalization stay."""

    out_channels = WIDTH

    def __init__(self, network: EfficientNetLite0) -> None:
        super().__init__()
        self.network = network
        self.pyramid = FeaturePyramidNetwork(list(MAP_CHANNELS), WIDTH)
        for module in (network.stem, *network.blocks[: network.map_after[0] + 1]):
            module.requires_grad_(requires_grad=False)

    def train(self, mode: bool = True) -> "Trunk":
        """Leave batch normalization as it is."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Return the pyramid's maps (B, `WIDTH`, S/stride, S/stride) by name."""
        maps: Sequence[Tensor] = self.network.maps(pixels)
        named = OrderedDict((str(level), one) for level, one in enumerate(maps))
        return cast("dict[str, Tensor]", self.pyramid(named))


def faster_rcnn(network: EfficientNetLite0, classes: int, side: int) -> Any:
    """Return the untrained detector for so many classes.

    It takes images (3, side, side) in 0..1 and, to learn, targets with `boxes` (T, 4) xyxy and
    `labels` (T,) from 1.

    Source:
        Ren et al., Faster R-CNN, NIPS 2015; Lin et al., Feature Pyramid Networks, CVPR 2017.
    """
    levels = [str(level) for level in range(len(ANCHORS))]
    return FasterRCNN(
        Trunk(network),
        classes + 1,
        min_size=side,
        max_size=side,
        image_mean=[CENTER / 255] * 3,
        image_std=[SCALE / 255] * 3,
        rpn_anchor_generator=AnchorGenerator(ANCHORS, (RATIOS,) * len(ANCHORS)),
        box_roi_pool=MultiScaleRoIAlign(levels, output_size=7, sampling_ratio=2),
        box_batch_size_per_image=LEARNED,
        box_detections_per_img=MOST_BOXES,
        rpn_pre_nms_top_n_train=1000,
        rpn_post_nms_top_n_train=500,
        rpn_pre_nms_top_n_test=500,
        rpn_post_nms_top_n_test=300,
    )
