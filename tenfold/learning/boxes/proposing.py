"""From maps to boxes: decoding and non-maximum suppression."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import nms

from models.dataset import DatasetRow
from models.label import Box
from models.networks.detector import DetectorHead, sides_to_xyxy
from tenfold.blobs.port import BlobStore
from tenfold.learning.boxes import letterbox
from tenfold.learning.boxes.bank import grid
from tenfold.learning.boxes.files import to_cpu
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.decode import ahead

FLOOR = 0.02
"""Smallest score of a candidate."""
MOST_LOCATIONS = 1000
MOST_BOXES = 300
OVERLAP = 0.5
"""Candidates that overlap a better one by more, of whatever class, are dropped."""
BATCH = 8
THREADS = 2

Prepared = tuple[NDArray[np.uint8], letterbox.Placement]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the head sees in one image, best first, down to `FLOOR`."""

    boxes: NDArray[np.float32]
    """(N, 4) xyxy in pixels of the upright image."""
    scores: NDArray[np.float32]
    """(N,) descending."""
    labels: NDArray[np.int64]
    """(N,)."""

    def named(self, classes: Sequence[str]) -> list[Box]:
        """Return them as box records."""
        return [
            Box(label=classes[label], xmin=x1, ymin=y1, xmax=x2, ymax=y2, score=min(score, 1.0))
            for (x1, y1, x2, y2), score, label in zip(
                self.boxes.astype(float).round(2).tolist(),
                self.scores.tolist(),
                self.labels.tolist(),
                strict=True,
            )
        ]


@dataclass(frozen=True, slots=True)
class Detector:
    """Backbone, head and input side: all that finds candidates."""

    frozen: Frozen
    head: DetectorHead
    side: int

    def candidates(
        self,
        rows: Sequence[DatasetRow],
        blobs: BlobStore,
        report: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Iterator[Candidates]:
        """Yield the candidates of each image, in order, a batch of images in memory at a time."""
        prepared = ahead(
            lambda row: prepare(row, blobs, self.side), rows, threads=THREADS, most=2 * BATCH
        )
        for start in range(0, len(rows), BATCH):
            count = min(BATCH, len(rows) - start)
            yield from self._batch([next(prepared) for _ in range(count)])
            report(start + count, len(rows))

    def weights(self) -> dict[str, Any]:
        """Return a copy of the head's weights that can be saved anywhere."""
        return to_cpu(self.head)

    def _batch(self, batch: Sequence[Prepared]) -> list[Candidates]:
        maps = self.frozen.maps(np.stack([square for square, _ in batch]))
        device, half = self.frozen.device, self.frozen.half
        with torch.inference_mode(), torch.autocast(device, half, enabled=half is not None):
            logits, sides = self.head(maps)
        centers = grid(self.side, self.frozen.strides).centers.to(device)
        boxes = sides_to_xyxy(centers, sides.float()).cpu()
        scores = logits.float().sigmoid().cpu()
        return [_kept(boxes[i], scores[i], where) for i, (_, where) in enumerate(batch)]


def prepare(row: DatasetRow, blobs: BlobStore, side: int) -> Prepared:
    """Return an image as large as it goes in a square (3, side, side), and where it lies."""
    where = letterbox.fit(row.width, row.height, side)
    return letterbox.render(letterbox.decode(blobs.get(row.blob), side), where, side), where


def _kept(boxes: Tensor, scores: Tensor, where: letterbox.Placement) -> Candidates:
    """Take the best class of each location, then drop what overlaps a better candidate."""
    best, label = scores.max(dim=1)
    chosen = best.topk(min(MOST_LOCATIONS, len(best))).indices
    chosen = chosen[best[chosen] >= FLOOR]
    in_image = torch.from_numpy(where.to_image(boxes[chosen].numpy()))
    has_area = (in_image[:, 2:] - in_image[:, :2]).amin(dim=1) >= 1
    chosen, in_image = chosen[has_area], in_image[has_area]
    kept = nms(in_image, best[chosen], OVERLAP)[:MOST_BOXES]
    return Candidates(
        in_image[kept].numpy(), best[chosen][kept].numpy(), label[chosen][kept].numpy()
    )
