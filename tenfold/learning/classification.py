"""One class an image: logistic regression on frozen features, with an honest confidence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.dataset import SnapshotRow
from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.errors import ModelError
from tenfold.learning.calibration import NO_RECORDS, Records, calibrate, calibration_error
from tenfold.learning.class_model import (
    ClassModel,
    best_of,
    fit,
    held_records,
    load,
    observe,
    save,
)
from tenfold.learning.features import Features, load_features, sample_features
from tenfold.learning.linear import HeldOut, Labels
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs


class ClassificationTrainer:
    """Trains in a second; proposes tens of thousands of images a second."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Write `head.npz`, `model.json`, `records.npz` and `tags.txt`.

        Raises:
            ModelError: there is no tag of the project's classes.
        """
        job = inputs.job
        hashes, labels = class_numbers(inputs.labels, job.classes)
        features = load_features(inputs.blobs, job.features, hashes)
        pool = sample_features(inputs.blobs, job.features)
        earlier = _earlier(inputs.previous, job.classes, hashes, features, labels)
        model, held = fit(
            features,
            labels,
            pool,
            job.classes,
            tags=tuple(hashes),
            earlier=earlier,
            seed=job.seed,
        )
        save(model, out)
        report(len(hashes), len(hashes))
        return measure(model, held, labels)

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Yield one pre-label an image of `inputs.rows`, in their order."""
        trained = load(model)
        hashes = [row.sha256 for row in inputs.rows]
        features = load_features(inputs.blobs, inputs.job.features, hashes)
        best, confidence = trained.propose(features)
        for sha, number, sure in zip(hashes, best, confidence, strict=True):
            value = ClassLabel(label=trained.classes[number])
            yield Prelabel(sha256=sha, value=value, confidence=round(float(sure), 8))
        report(len(hashes), len(hashes))


def class_numbers(
    labels: Sequence[SnapshotRow], classes: Sequence[str]
) -> tuple[list[str], Labels]:
    """Return the hashes of usable tags, sorted, and the numbers of their classes.

    Raises:
        ModelError: there are none.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    tagged = {
        row.sha256: numbers[row.value.label]
        for row in labels
        if isinstance(row.value, ClassLabel) and row.value.label in numbers
    }
    if not tagged:
        raise ModelError("There is no tag yet to learn from.", "Answer the open round.")
    hashes = sorted(tagged)
    return hashes, np.array([tagged[sha] for sha in hashes], dtype=np.intp)


def _earlier(
    previous: Path | None,
    classes: tuple[str, ...],
    hashes: list[str],
    features: Features,
    labels: Labels,
) -> Records:
    """Ask the previous model about the tags made since; nothing where the classes changed."""
    if previous is None or not (previous / "model.json").is_file():
        return NO_RECORDS
    model = load(previous)
    if model.classes != classes or len(model.headed.space.center) != features.shape[1]:
        return NO_RECORDS
    known = set(model.tags)
    new = np.array([sha not in known for sha in hashes], dtype=bool)
    return observe(model, features[new], labels[new])


def measure(model: ClassModel, held: HeldOut, labels: Labels) -> Metrics:
    """Return cross-validated figures; a class's recall only where it has two tags or more."""
    best, _ = best_of(held.log_probabilities)
    right = best == labels
    records = model.records if len(model.records.odds) else held_records(held, labels)
    error = calibration_error(calibrate(records).confidence(records.odds), records.right)
    metrics: Metrics = {
        "accuracy": round(float(right.mean()), 4),
        "calibration_error": round(error, 4),
        "records": len(model.records.odds),
        "strength": held.strength,
        "tags": len(labels),
    }
    for number, name in enumerate(model.classes):
        mine = labels == number
        metrics[f"tags/{name}"] = int(mine.sum())
        if mine.sum() > 1:
            metrics[f"recall/{name}"] = round(float(right[mine].mean()), 4)
    return metrics
