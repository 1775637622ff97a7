import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from models.annotation import FinalKind
from models.dataset import DatasetRow, SnapshotRow
from models.job import DetectorKind, PrelabelJob, TrainJob
from models.label import Box, Boxes, TaskType
from tenfold.blobs.local import LocalBlobStore
from tenfold.learning.port import PrelabelInputs, TrainingInputs

COLORS = {"blue": (40, 60, 230), "red": (220, 40, 40)}
CLASSES = tuple(COLORS)
WIDTH, HEIGHT = 200, 150


@dataclass
class Squares:
    """Images of colored squares on a noisy ground, with their true boxes."""

    blobs: LocalBlobStore
    rows: list[DatasetRow] = field(default_factory=list)
    truth: list[Boxes] = field(default_factory=list)

    def training(
        self,
        places: Sequence[int],
        *,
        seed: int = 0,
        previous: Path | None = None,
        detector: DetectorKind = DetectorKind.HEAD,
    ) -> TrainingInputs:
        job = TrainJob(
            project_id="p",
            task=TaskType.BOXES,
            classes=CLASSES,
            manifest="m",
            snapshot="s",
            features="f",
            backbone="efficientnet-lite0",
            detector=detector,
            seed=seed,
            out="o",
        )
        labels = [
            SnapshotRow(
                sha256=self.rows[i].sha256,
                value=self.truth[i],
                by=FinalKind.PERSON,
                annotation_id=i + 1,
            )
            for i in places
        ]
        rows = [self.rows[i] for i in places]
        return TrainingInputs(job, rows, labels, self.blobs, lambda: "cpu", previous)

    def prelabeling(self, places: Sequence[int]) -> PrelabelInputs:
        job = PrelabelJob(
            project_id="p",
            task=TaskType.BOXES,
            classes=CLASSES,
            manifest="m",
            images="i",
            features="f",
            backbone="efficientnet-lite0",
            model="x",
            out="o",
        )
        return PrelabelInputs(job, [self.rows[i] for i in places], self.blobs, lambda: "cpu")


def draw(rng: np.random.Generator) -> tuple[Image.Image, Boxes]:
    """One to three squares that don't touch, on gray noise."""
    image = Image.fromarray(rng.integers(90, 160, (HEIGHT, WIDTH, 3), dtype=np.uint8))
    pen, boxes = ImageDraw.Draw(image), []
    for left in rng.permutation([0, 66, 132])[: rng.integers(1, 4)]:
        side = int(rng.integers(25, 55))
        x, y = int(left + rng.integers(0, 66 - side)), int(rng.integers(0, HEIGHT - side))
        label = CLASSES[int(rng.integers(2))]
        pen.rectangle((x, y, x + side - 1, y + side - 1), fill=COLORS[label])
        boxes.append(Box(label=label, xmin=x, ymin=y, xmax=x + side, ymax=y + side))
    return image, Boxes(boxes=tuple(boxes))


def make_squares(root: Path, count: int) -> Squares:
    made = Squares(LocalBlobStore(root))
    for number in range(count):
        image, truth = draw(np.random.default_rng(number))
        out = BytesIO()
        image.save(out, "PNG")
        data = out.getvalue()
        made.blobs.put(f"{number}.png", data)
        made.rows.append(
            DatasetRow(
                sha256=hashlib.sha256(b"noise %d" % number).hexdigest(),
                image_url="",
                blob=f"{number}.png",
                width=WIDTH,
                height=HEIGHT,
                size=len(data),
                media_type="image/png",
                paths=(f"{number}.png",),
            )
        )
        made.truth.append(truth)
    return made


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Squares:
    return make_squares(tmp_path_factory.mktemp("squares"), 50)
