"""From maps to boxes: decoding and non-maximum suppression."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import box_iou, nms

from models.dataset import DatasetRow
from models.label import Box
from models.networks.detector import DetectorHead, sides_to_xyxy
from tenfold.blobs.port import BlobStore
from tenfold.learning.boxes import letterbox
from tenfold.learning.boxes.bank import grid
from tenfold.learning.boxes.files import to_cpu
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.tags import Tagged
from tenfold.learning.decode import ahead
from tenfold.task_types.matching import IOU_RIGHT

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
class Seen:
    """What a head sees where it proposes each of N boxes."""

    points: NDArray[np.float32]
    """(N, width): what the scores of all classes are computed from."""
    next_label: NDArray[np.int64] | None
    """(N,): the second class by its score; None where there is but one class."""
    next_score: NDArray[np.float32]
    """(N,)."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the head sees in one image, best first, down to `FLOOR`."""

    boxes: NDArray[np.float32]
    """(N, 4) xyxy in pixels of the upright image."""
    scores: NDArray[np.float32]
    """(N,) descending."""
    labels: NDArray[np.int64]
    """(N,)."""
    seen: Seen | None = None
    """None where the detector doesn't tell."""

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

    def points_of(self, tags: Sequence[Tagged], blobs: BlobStore) -> Iterator[NDArray[np.float32]]:
        """Yield, of each image, what the head sees where it would best propose its true boxes.

        (T, width) each, in the order of the boxes.
        """
        prepared = ahead(
            lambda tag: prepare(tag.row, blobs, self.side), tags, threads=THREADS, most=2 * BATCH
        )
        for start in range(0, len(tags), BATCH):
            some = tags[start : start + BATCH]
            batch = [next(prepared) for _ in some]
            boxes, scores, points = self._look(batch)
            for i, (tag, (_, where)) in enumerate(zip(some, batch, strict=True)):
                true = torch.from_numpy(where.to_input(tag.boxes))
                places = _proposing(boxes[i], scores[i], true, torch.from_numpy(tag.labels))
                yield _at(points[i], places)

    def _batch(self, batch: Sequence[Prepared]) -> list[Candidates]:
        boxes, scores, points = self._look(batch)
        return [_kept(boxes[i], scores[i], points[i], where) for i, (_, where) in enumerate(batch)]

    def _look(self, batch: Sequence[Prepared]) -> tuple[Tensor, Tensor, Tensor]:
        """Return boxes (B, L, 4) and scores (B, L, classes), on the CPU; points (B, L, width)."""
        maps = self.frozen.maps(np.stack([square for square, _ in batch]))
        device, half = self.frozen.device, self.frozen.half
        with torch.inference_mode(), torch.autocast(device, half, enabled=half is not None):
            logits, sides, towers = self.head.look(maps)
            points = torch.cat([tower.flatten(2).transpose(1, 2) for tower in towers], dim=1)
        centers = grid(self.side, self.frozen.strides).centers.to(device)
        return sides_to_xyxy(centers, sides.float()).cpu(), logits.float().sigmoid().cpu(), points


def prepare(row: DatasetRow, blobs: BlobStore, side: int) -> Prepared:
    """Return an image as large as it goes in a square (3, side, side), and where it lies."""
    where = letterbox.fit(row.width, row.height, side)
    return letterbox.render(letterbox.decode(blobs.get(row.blob), side), where, side), where


def _kept(boxes: Tensor, scores: Tensor, points: Tensor, where: letterbox.Placement) -> Candidates:
    """Take the best class of each location, then drop what overlaps a better candidate."""
    best, label = scores.max(dim=1)
    chosen = best.topk(min(MOST_LOCATIONS, len(best))).indices
    chosen = chosen[best[chosen] >= FLOOR]
    in_image = torch.from_numpy(where.to_image(boxes[chosen].numpy()))
    has_area = (in_image[:, 2:] - in_image[:, :2]).amin(dim=1) >= 1
    chosen, in_image = chosen[has_area], in_image[has_area]
    kept = nms(in_image, best[chosen], OVERLAP)[:MOST_BOXES]
    places = chosen[kept]
    return Candidates(
        in_image[kept].numpy(),
        best[places].numpy(),
        label[places].numpy(),
        _seen(scores[places], _at(points, places)),
    )


def _seen(scores: Tensor, points: NDArray[np.float32]) -> Seen:
    """Return what is seen at some locations, by the scores (N, classes) there."""
    if scores.shape[1] == 1:
        return Seen(points, None, np.zeros(len(scores), dtype=np.float32))
    top = scores.topk(2, dim=1)
    return Seen(points, top.indices[:, 1].numpy(), top.values[:, 1].numpy())


def _at(points: Tensor, places: Tensor) -> NDArray[np.float32]:
    taken: NDArray[np.float32] = points[places.to(points.device)].float().cpu().numpy()
    return taken


def _proposing(boxes: Tensor, scores: Tensor, true: Tensor, labels: Tensor) -> Tensor:
    """Return the location (T,) that proposes each true box (T, 4) of a class (T,) best.

    It is the one with the highest score of the class among those whose box is right; where none
    is, the one whose box overlaps most.
    """
    if len(true) == 0:
        return torch.zeros(0, dtype=torch.int64)
    iou = box_iou(boxes, true)
    right = iou >= IOU_RIGHT
    best = torch.where(right, scores[:, labels], -1.0).argmax(dim=0)
    return torch.where(right.any(dim=0), best, iou.argmax(dim=0))
