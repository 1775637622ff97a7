"""EfficientNet-Lite0, 1 and 2, from the published architecture.

Source:
    Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML
    2019; the Lite variants leave out squeeze-and-excitation and use ReLU6 (TensorFlow TPU
    repository, models/official/efficientnet/lite). Generalized mean: Radenović, Tolias and Chum,
    Fine-tuning CNN Image Retrieval with No Human Annotation, TPAMI 2019.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

STRIDES = (8, 16, 32)
"""Of the feature maps."""
MAP_CHANNELS = (40, 112, 320)
"""Of Lite0's feature maps at these strides."""
FEATURES = 1280
"""Length of an image's features."""
CENTER, SCALE = 127.0, 128.0
"""Pixels 0 to 255 enter as (pixel − CENTER) / SCALE, RGB."""
NORM_EPS = 1e-3


class Stage(NamedTuple):
    """Blocks of one shape; the stride is the first block's."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
"""Lite0's; the others' are scaled from them."""
STEM_CHANNELS = 32
CHANNEL_STEP, LEAST_KEPT = 8, 0.9
"""Scaled channels are rounded to multiples of this, to no less than this part of them."""
LATE = 11
"""First of Lite0's last blocks, those at stride 32, which alone are fitted to a project's tags."""


def scaled(width: float, depth: float) -> tuple[Stage, ...]:
    """Return stages with more channels and more blocks: Lite1 is 1.0, 1.1; Lite2 is 1.1, 1.2.

    The stem, the head, and the number of blocks of the first and the last stage stay.
    """
    last = len(STAGES) - 1
    return tuple(
        stage._replace(
            repeats=stage.repeats if place in (0, last) else math.ceil(stage.repeats * depth),
            channels=_rounded(stage.channels * width),
        )
        for place, stage in enumerate(STAGES)
    )


def _rounded(channels: float) -> int:
    near = max(CHANNEL_STEP, int(channels + CHANNEL_STEP / 2) // CHANNEL_STEP * CHANNEL_STEP)
    return near if near >= LEAST_KEPT * channels else near + CHANNEL_STEP


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return TensorFlow's "same" padding before and after; the odd pixel comes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class ConvNorm(nn.Module):
    """Convolution with "same" padding, batch normalization, and ReLU6 where wanted."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1,
        active: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride=stride, padding=padding, groups=groups, bias=False
        )
        self.norm: nn.Module = nn.BatchNorm2d(outputs, eps=NORM_EPS, momentum=0.01)
        self.active = active

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, ⌈H/stride⌉, ⌈W/stride⌉)."""
        stride, kernel = self.conv.stride[0], self.conv.kernel_size[0]
        if stride > 1:
            rows = same_padding(x.shape[-2], kernel, stride)
            columns = same_padding(x.shape[-1], kernel, stride)
            x = functional.pad(x, (*columns, *rows))
        x = self.norm(self.conv(x))
        return functional.hardtanh_(x, 0.0, 6.0) if self.active else x


class Block(nn.Module):
    """Inverted bottleneck: expand, filter each channel, project; with a shortcut where it fits."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        inner = inputs * stage.expand
        self.expand: nn.Module = ConvNorm(inputs, inner) if stage.expand > 1 else nn.Identity()
        self.depthwise = ConvNorm(inner, inner, stage.kernel, stride=stride, groups=inner)
        self.project = ConvNorm(inner, stage.channels, active=False)
        self.shortcut = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, stage.channels, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return y.add_(x) if self.shortcut else y


class EfficientNetLite(nn.Module):
    """The network without its classifier of ImageNet's classes.

    Attributes:
        autocast_to: bfloat16 or float16 for all but the stem and the first block, for inference.
            Those two cost nothing to keep and lose most: features then have a mean cosine
            similarity of 0.9995 with those of float32, 0.9990 without.
        power: p of the generalized mean (mean of xᵖ)^(1/p) that makes features of the last map. 1
            is the mean that the network was trained with; beyond it small things count for more.
    """

    autocast_to: torch.dtype | None = None
    power: float = 1.0

    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__()
        self.stem = ConvNorm(3, STEM_CHANNELS, 3, stride=2)
        blocks: list[nn.Module] = []
        channels, ends = STEM_CHANNELS, list[int]()
        for stage in stages:
            if stage.stride > 1:
                ends.append(len(blocks) - 1)
            for repeat in range(stage.repeats):
                blocks.append(Block(channels, stage, stage.stride if repeat == 0 else 1))
                channels = stage.channels
        self.map_after = (*ends[-len(STRIDES) + 1 :], len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)
        self.head = ConvNorm(channels, FEATURES)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return features (B, 1280) of normalized pixels (B, 3, H, W)."""
        with self._precision(pixels):
            last = self.head(self.maps(pixels)[-1]).float()
        pooled: Tensor
        if self.power == 1.0:
            pooled = last.mean(dim=(2, 3))
        else:
            pooled = last.pow(self.power).mean(dim=(2, 3)).pow(1.0 / self.power)
        return pooled

    def maps(self, pixels: Tensor) -> list[Tensor]:
        """Return maps (B, C, ⌈H/s⌉, ⌈W/s⌉) for each of `STRIDES`; Lite0's C are `MAP_CHANNELS`.

        `pixels` are normalized, (B, 3, H, W).
        """
        found = []
        with torch.autocast(pixels.device.type, enabled=False):
            x = self.blocks[0](self.stem(pixels))
        with self._precision(pixels):
            for number, block in enumerate(self.blocks[1:], start=1):
                x = block(x)
                if number in self.map_after:
                    found.append(x)
        return found

    def _precision(self, pixels: Tensor) -> AbstractContextManager[object]:
        if self.autocast_to is None:
            return nullcontext()
        return torch.autocast(pixels.device.type, dtype=self.autocast_to)


class EfficientNetLite0(EfficientNetLite):
    """The smallest one, whose last blocks can be fitted to a project's tags."""

    def __init__(self) -> None:
        super().__init__(STAGES)

    def early(self, pixels: Tensor) -> Tensor:
        """Return what the last blocks begin with, (B, 112, ⌈H/16⌉, ⌈W/16⌉)."""
        x: Tensor = self.stem(pixels)
        for block in self.blocks[:LATE]:
            x = block(x)
        return x

    def late(self, maps: Tensor) -> Tensor:
        """Return features (B, 1280) of what `early` gave."""
        x = maps
        for block in self.blocks[LATE:]:
            x = block(x)
        pooled: Tensor = self.head(x).mean(dim=(2, 3))
        return pooled

    def late_state(self) -> dict[str, Tensor]:
        """Return the parameters of the last blocks and the head, by their names."""
        kept = tuple(f"blocks.{number}." for number in range(LATE, len(self.blocks)))
        return {
            name: value.detach().cpu().clone()
            for name, value in self.state_dict().items()
            if name.startswith((*kept, "head."))
        }


def normalize(pixels: Tensor) -> Tensor:
    """Turn uint8 RGB pixels of any shape into what the network takes, float32."""
    return pixels.to(torch.float32).sub_(CENTER).div_(SCALE)


def rename_published(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give the published weights the names that they have here; leave the classifier out."""
    names = {
        "_conv_stem": "stem.conv", "_bn0": "stem.norm", "_conv_head": "head.conv",
        "_bn1": "head.norm",
    }  # fmt: skip
    inner = {
        "_expand_conv": "expand.conv", "_bn0": "expand.norm",
        "_depthwise_conv": "depthwise.conv", "_bn1": "depthwise.norm",
        "_project_conv": "project.conv", "_bn2": "project.norm",
    }  # fmt: skip
    renamed = {}
    for name, value in weights.items():
        parts = name.split(".")
        if parts[0] == "_blocks":
            renamed[f"blocks.{parts[1]}.{inner[parts[2]]}.{parts[3]}"] = value
        elif parts[0] != "_fc":
            renamed[f"{names[parts[0]]}.{parts[1]}"] = value
    return renamed


Network = TypeVar("Network", bound=EfficientNetLite)


def fold_batchnorm(network: Network) -> Network:
    """Return a copy for inference with every batch normalization inside its convolution."""
    folded = copy.deepcopy(network).eval()
    for module in folded.modules():
        if isinstance(module, ConvNorm) and isinstance(module.norm, nn.BatchNorm2d):
            module.conv = fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = nn.Identity()
    return folded
