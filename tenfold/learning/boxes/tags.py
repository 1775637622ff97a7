"""Tagged images as the detector learns them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.dataset import DatasetRow, SnapshotRow
from models.label import Boxes
from tenfold.errors import ModelError
from tenfold.task_types.matching import xyxy

HELD_OUT = 0.2
"""Share of the tagged images that measure the model."""
FEW = 30
"""Boxes of a class; with fewer it is hardly learned."""
COMMON, MOST_REPEATED = 0.5, 3.0
"""A class that fewer images show is rare; its images are learned up to three times as often."""
LEAST_IMAGES = 4
"""Images with boxes; with fewer there is nothing to learn from."""
STEP = 32
SMALLEST_SIDE, LARGEST_SIDE = 320, 608
GOOD_BOX, SMALL_BOX = 24.0, 18.0
"""Pixels that the sides of the median box, and of the lower quartile's, should have at least."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """One image with its true boxes, in pixels of the upright image."""

    row: DatasetRow
    truth: Boxes
    boxes: NDArray[np.float32]
    """(T, 4) xyxy."""
    labels: NDArray[np.int64]
    """(T,) index into the classes."""
    ignored: NDArray[np.float32]
    """(I, 4): difficult ones and crowds."""

    @property
    def draw(self) -> float:
        """A number in [0, 1) that belongs to the image for ever."""
        return int(self.row.sha256[:12], 16) / 16**12


def read_tags(
    rows: Iterable[DatasetRow], labels: Iterable[SnapshotRow], classes: Sequence[str]
) -> list[Tagged]:
    """Pair images with their boxes.

    Raises:
        ModelError: too few images have boxes.
    """
    tags = [
        _tagged(row, label.value, classes)
        for row, label in zip(rows, labels, strict=True)
        if isinstance(label.value, Boxes)
    ]
    with_boxes = sum(len(tag.boxes) > 0 for tag in tags)
    if with_boxes < LEAST_IMAGES:
        raise ModelError(
            f"A detector needs at least {LEAST_IMAGES} images with boxes, here are {with_boxes}.",
            "Tag more images that show the label classes.",
        )
    return tags


def _tagged(row: DatasetRow, truth: Boxes, classes: Sequence[str]) -> Tagged:
    known = [box for box in truth.boxes if box.label in classes]
    learned = [box for box in known if not (box.difficult or box.crowd)]
    ignored = [box for box in known if box.difficult or box.crowd]
    return Tagged(
        row=row,
        truth=Boxes(boxes=tuple(known)),
        boxes=xyxy(learned).astype(np.float32),
        labels=np.array([classes.index(box.label) for box in learned], dtype=np.int64),
        ignored=xyxy(ignored).astype(np.float32),
    )


def held_out(tags: Sequence[Tagged]) -> tuple[int, ...]:
    """Return the images that measure the model, by their hashes: once held out, always held out.

    A model version can so be compared with an earlier one on images that neither has learned.
    Where chance leaves too few, the next in line are held out, too.
    """
    order = sorted(range(len(tags)), key=lambda index: tags[index].draw)
    least = max(round(len(tags) * HELD_OUT / 2), 1)
    return tuple(order[: max(sum(tag.draw < HELD_OUT for tag in tags), least)])


def input_side(tags: Sequence[Tagged]) -> int:
    """Choose the network's input side so that most boxes are large enough to be seen."""
    relative = [
        np.sqrt((tag.boxes[:, 2:] - tag.boxes[:, :2]).prod(axis=1))
        / max(tag.row.width, tag.row.height)
        for tag in tags
    ]
    small, typical = np.quantile(np.concatenate(relative), (0.25, 0.5))
    wanted = np.ceil(max(GOOD_BOX / typical, SMALL_BOX / small) / STEP) * STEP
    return int(np.clip(wanted, SMALLEST_SIDE, LARGEST_SIDE))


def repeats(tags: Sequence[Tagged], classes: int) -> list[int]:
    """Return how often each image is learned for two times of a common one, up to six.

    Images with a class that few images show are learned more often, by the root of its rarity.

    Source:
        Repeat factor sampling: Gupta et al., LVIS, CVPR 2019, §5.1.
    """
    shows = np.stack([np.bincount(tag.labels, minlength=classes) > 0 for tag in tags])
    share = np.maximum(shows.mean(axis=0), 1e-9)
    factor = np.clip(np.sqrt(COMMON / share), 1, MOST_REPEATED)
    return [round(2 * max(factor[shown], default=1.0)) for shown in shows]


def rare_classes(tags: Sequence[Tagged], classes: Sequence[str]) -> dict[str, int]:
    """Return the classes with fewer than `FEW` boxes, and how many they have."""
    counts = np.bincount(np.concatenate([tag.labels for tag in tags]), minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, counts, strict=True) if count < FEW}
