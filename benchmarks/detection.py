"""What the detector saves people after a hundred tagged images.

    python benchmarks/detection.py DATA... [--tagged 100] [--tests 300] [--seed 0] [--peer]

DATA is a folder with boxes.csv (path,label,xmin,ymin,xmax,ymax) and the images that it names.
`--peer` trains the other kind, too: torchvision's Faster R-CNN on the same backbone and images.
Corrections per true box: boxes to draw, delete, move or rename; drawing all from nothing is 1.
Saved an image: so many of its boxes needn't be drawn. A person's seconds: a look, and a box's time
for each correction, of what drawing all would take.
"""

import argparse
import csv
import hashlib
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from models.annotation import FinalKind
from models.dataset import DatasetRow, SnapshotRow
from models.job import DetectorKind, TrainJob
from models.label import Box, Boxes, TaskType
from tenfold.blobs.local import LocalBlobStore
from tenfold.learning.backbone import DEFAULT, choose_device, use_threads
from tenfold.learning.boxes.deciding import measure
from tenfold.learning.boxes.files import read_card
from tenfold.learning.boxes.kinds import load_detector
from tenfold.learning.boxes.scoring import average_precision, class_ap50
from tenfold.learning.boxes.trainer import BoxTrainer
from tenfold.learning.port import TrainingInputs
from tenfold.pipeline.report import SECONDS_LOOK, SECONDS_SHAPE

NO_NAMES = {
    "project_id": "benchmark",
    "manifest": "",
    "features": "",
    "backbone": DEFAULT,
    "snapshot": "",
    "out": "",
}


@dataclass(frozen=True, slots=True)
class Data:
    """Images with boxes, dealt out in tagged ones and tests."""

    name: str
    blobs: LocalBlobStore
    classes: tuple[str, ...]
    tagged: list[tuple[DatasetRow, Boxes]]
    tests: list[tuple[DatasetRow, Boxes]]

    @property
    def truth(self) -> list[tuple[Box, ...]]:
        """True boxes of the tests."""
        return [boxes.boxes for _, boxes in self.tests]


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of the table."""

    ap50: float
    any_class: float
    all_right: float
    corrections: float
    drawn: float
    """Boxes an image: what is drawn where nothing is proposed."""
    mended: float
    """Corrections an image."""
    confidence: float
    training_seconds: float
    training_cpu: float
    images_a_second: float

    def line(self, name: str, data: str) -> str:
        """Return it as a table row."""
        return (
            f"| {data} | {name} | {self.ap50:.1%} | {self.any_class:.1%} | {self.all_right:.1%} "
            f"| {self.corrections:.2f} | {self.drawn - self.mended:.1f} of {self.drawn:.1f} "
            f"| {seconds(self.mended):.0f} of {seconds(self.drawn):.0f} "
            f"| {self.confidence:.2f} | {self.training_seconds:.0f} "
            f"| {self.training_cpu:.0f} | {self.images_a_second:.1f} |"
        )


def seconds(boxes: float) -> float:
    """Return the seconds of a person at an image, by the published paces that reports use."""
    return SECONDS_LOOK + SECONDS_SHAPE * boxes


def read(folder: Path, blobs: LocalBlobStore, tagged: int, tests: int, seed: int) -> Data:
    """Read a folder with boxes.csv; deal its images out by the seed."""
    of_path: dict[str, list[Box]] = defaultdict(list)
    with (folder / "boxes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            corners = {name: float(row[name]) for name in ("xmin", "ymin", "xmax", "ymax")}
            of_path[row["path"]].append(Box(label=row["label"], **corners))
    paths = np.random.default_rng(seed).permutation(sorted(of_path)).tolist()[: tagged + tests]
    images = [(_row(folder, path, blobs), Boxes(boxes=tuple(of_path[path]))) for path in paths]
    classes = sorted({box.label for boxes in of_path.values() for box in boxes})
    return Data(folder.name, blobs, tuple(classes), images[:tagged], images[tagged:])


def _row(folder: Path, path: str, blobs: LocalBlobStore) -> DatasetRow:
    data = (folder / path).read_bytes()
    blobs.put(f"{folder.name}/{path}", data)
    with Image.open(folder / path) as image:
        width, height = image.size
    return DatasetRow(
        sha256=hashlib.sha256(data).hexdigest(),
        image_url="",
        blob=f"{folder.name}/{path}",
        width=width,
        height=height,
        size=len(data),
        media_type="",
        paths=(path,),
    )


def training_inputs(data: Data, seed: int, device: str, kind: DetectorKind) -> TrainingInputs:
    """Return what a trainer gets for the tagged images."""
    fields = {"task": TaskType.BOXES, "classes": data.classes, "detector": kind, "seed": seed}
    job = TrainJob.model_validate({**NO_NAMES, **fields})
    labels = [
        SnapshotRow(sha256=row.sha256, value=boxes, by=FinalKind.PERSON, annotation_id=1)
        for row, boxes in data.tagged
    ]
    return TrainingInputs(job, [row for row, _ in data.tagged], labels, data.blobs, lambda: device)


def measured(data: Data, seed: int, device: str, folder: Path, kind: DetectorKind) -> Figures:
    """Train and measure a detector as the pipeline uses it."""
    started, cpu = time.monotonic(), time.process_time()
    inputs = training_inputs(data, seed, device, kind)
    BoxTrainer().train(inputs, folder, lambda *_: None)
    trained, cpu = time.monotonic(), time.process_time() - cpu
    card = read_card(folder)
    detector = load_detector(folder, card, device)
    found = detector.candidates([row for row, _ in data.tests], data.blobs)
    candidates = [one.named(card.classes) for one in found]
    done = time.monotonic()
    confidence = [card.confidence.of(boxes, card.threshold) for boxes in candidates]
    return figures(
        data, candidates, card.threshold, (trained - started, cpu, done - trained), confidence
    )


def figures(
    data: Data,
    candidates: Sequence[Sequence[Box]],
    threshold: float,
    seconds: tuple[float, float, float],
    confidence: Sequence[float],
) -> Figures:
    """Compare candidates with the tests' true boxes."""
    each = class_ap50(candidates, data.truth, data.classes)
    result = measure(candidates, data.truth, threshold)
    return Figures(
        ap50=float(np.mean(list(each.values()))),
        any_class=average_precision(candidates, data.truth),
        all_right=result.all_right,
        corrections=result.per_box,
        drawn=result.true_boxes / len(data.tests),
        mended=float(result.corrections.mean()),
        confidence=_ranking(np.array(confidence), result.right),
        training_seconds=seconds[0],
        training_cpu=seconds[1],
        images_a_second=len(data.tests) / seconds[2],
    )


def _ranking(confidence: np.ndarray, right: np.ndarray) -> float:
    """Chance that an image that is all right has more confidence than one that isn't."""
    good, bad = confidence[right], confidence[~right]
    if not (len(good) and len(bad)):
        return float("nan")
    above = (good[:, None] > bad).mean() + (good[:, None] == bad).mean() / 2
    return float(above)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--tagged", type=int, default=100)
    parser.add_argument("--tests", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--peer", action="store_true")
    asked = parser.parse_args()
    use_threads(asked.threads)
    device = choose_device(asked.device)
    print(
        "| set | detector | AP50 | any class | all right | corrections/box | saved/image "
        "| person's s/image | ranking | training s | of CPU | images/s |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for folder in asked.data:
        with tempfile.TemporaryDirectory() as scratch:
            blobs = LocalBlobStore(Path(scratch) / "blobs")
            data = read(folder, blobs, asked.tagged, asked.tests, asked.seed)
            for kind in list(DetectorKind)[: 2 if asked.peer else 1]:
                out = Path(scratch) / kind
                out.mkdir()
                print(
                    measured(data, asked.seed, device, out, kind).line(kind, data.name), flush=True
                )


if __name__ == "__main__":
    main()
