"""The peer of benchmarks/detection.py: torchvision's Faster R-CNN on tenfold's backbone.

Stride 8, 16 and 32 with FPN; all up to stride 8 and every batch normalization frozen.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from models.dataset import DatasetRow
from models.label import Box, Boxes
from models.networks.efficientnet_lite import CENTER, MAP_AFTER, MAP_CHANNELS, SCALE
from tenfold.learning.backbone import pretrained_lite0
from tenfold.learning.boxes import letterbox
from tenfold.learning.boxes.tags import input_side, read_tags
from tenfold.learning.port import TrainingInputs

STEPS, BATCH = 223, 4
RATE, TRUNK_RATE = 1e-3, 2e-4
WIDTH = 96
ANCHORS = ((16, 24), (40, 64), (112, 208))


class Trunk(nn.Module):
    """Backbone and feature pyramid."""

    out_channels = WIDTH

    def __init__(self) -> None:
        super().__init__()
        self.network = pretrained_lite0()
        self.pyramid = FeaturePyramidNetwork(list(MAP_CHANNELS), WIDTH)
        for module in (self.network.stem, *self.network.blocks[: MAP_AFTER[0] + 1]):
            module.requires_grad_(requires_grad=False)

    def train(self, mode: bool = True) -> "Trunk":
        """Leave batch normalization as it is."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, pixels: Tensor) -> dict[str, Tensor]:
        """Return the pyramid's maps by name."""
        maps = self.network.maps(pixels)
        named = OrderedDict((str(level), one) for level, one in enumerate(maps))
        pyramid: dict[str, Tensor] = self.pyramid(named)
        return pyramid


class Peer:
    """A Faster R-CNN trained on tagged images."""

    def __init__(self, inputs: TrainingInputs, tagged: Sequence[tuple[DatasetRow, Boxes]]) -> None:
        self._inputs, self._classes = inputs, inputs.job.classes
        self._side = input_side(read_tags(inputs.rows, inputs.labels, self._classes))
        torch.manual_seed(inputs.job.seed)
        self._network = _network(len(self._classes), self._side).to(inputs.device)
        self._train(tagged)

    def candidates(self, rows: Sequence[DatasetRow]) -> list[list[Box]]:
        """Return the boxes found in each image, best first."""
        self._network.eval()
        found = []
        for row in rows:
            where = letterbox.fit(row.width, row.height, self._side)
            with torch.inference_mode():
                seen = self._network([self._pixels(row, where)])[0]
            boxes = where.to_image(seen["boxes"].cpu().numpy()).astype(float)
            found.append(self._named(boxes, seen["scores"].tolist(), seen["labels"].tolist()))
        return found

    def _named(self, boxes: np.ndarray, scores: list[float], labels: list[int]) -> list[Box]:
        return [
            Box(label=self._classes[label - 1], xmin=x1, ymin=y1, xmax=x2, ymax=y2, score=score)
            for (x1, y1, x2, y2), score, label in zip(boxes.tolist(), scores, labels, strict=True)
            if x2 > x1 and y2 > y1
        ]

    def _pixels(self, row: DatasetRow, where: letterbox.Placement) -> Tensor:
        image = letterbox.decode(self._inputs.blobs.get(row.blob), self._side)
        square = letterbox.render(image, where, self._side)
        return torch.from_numpy(square.copy()).to(self._inputs.device).float() / 255

    def _train(self, tagged: Sequence[tuple[DatasetRow, Boxes]]) -> None:
        trunk = [one for one in self._network.backbone.parameters() if one.requires_grad]
        theirs = {id(one) for one in trunk}
        rest = [one for one in self._network.parameters() if id(one) not in theirs]
        rest = [one for one in rest if one.requires_grad]
        optimizer = torch.optim.AdamW(
            [{"params": trunk, "lr": TRUNK_RATE}, {"params": rest, "lr": RATE}], weight_decay=0.05
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _curve)
        rng = np.random.default_rng(self._inputs.job.seed)
        self._network.train()
        for _ in range(STEPS):
            chosen = [tagged[i] for i in rng.choice(len(tagged), BATCH, replace=False)]
            images, targets = zip(*(self._sample(*one, rng) for one in chosen), strict=True)
            loss = sum(self._network(list(images), list(targets)).values())
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
            optimizer.step()
            schedule.step()

    def _sample(
        self, row: DatasetRow, truth: Boxes, rng: np.random.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        where = letterbox.vary(row.width, row.height, self._side, rng)
        corners = [(box.xmin, box.ymin, box.xmax, box.ymax) for box in truth.boxes]
        boxes = np.array(corners, dtype=np.float32).reshape(-1, 4)
        clipped, seen = letterbox.visible(where.to_input(boxes), self._side)
        labels = np.array([self._classes.index(box.label) + 1 for box in truth.boxes])
        target = {
            "boxes": torch.from_numpy(clipped[seen]).to(self._inputs.device),
            "labels": torch.from_numpy(labels[seen]).to(self._inputs.device),
        }
        return self._pixels(row, where), target


def _curve(step: int) -> float:
    return min((step + 1) / 30, 1.0) * (1 + math.cos(math.pi * step / STEPS)) / 2


def _network(classes: int, side: int) -> FasterRCNN:
    levels = [str(level) for level in range(len(ANCHORS))]
    return FasterRCNN(
        Trunk(),
        classes + 1,
        min_size=side,
        max_size=side,
        image_mean=[CENTER / 255] * 3,
        image_std=[SCALE / 255] * 3,
        rpn_anchor_generator=AnchorGenerator(ANCHORS, ((0.5, 1.0, 2.0),) * len(ANCHORS)),
        box_roi_pool=MultiScaleRoIAlign(levels, output_size=7, sampling_ratio=2),
        box_detections_per_img=300,
        rpn_pre_nms_top_n_train=1000,
        rpn_post_nms_top_n_train=500,
        rpn_pre_nms_top_n_test=500,
        rpn_post_nms_top_n_test=300,
    )
