"""One class an image: two heads on frozen features, with an honest confidence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.dataset import SnapshotRow
from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.errors import ModelError
from tenfold.learning.anchors import connect, reduce
from tenfold.learning.calibration import calibration_error
from tenfold.learning.chance import NO_RECORDS, Records
from tenfold.learning.class_model import (
    ClassModel,
    Ground,
    HeldOut,
    cross_validate,
    fit,
    load,
    observe,
    save,
)
from tenfold.learning.features import Features, Shard, load_features, sample_shard
from tenfold.learning.linear import Labels
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs
from tenfold.learning.precedents import Tagged, load_tagged, precedents_of, save_tagged


class ClassificationTrainer:
    """Trains in seconds; proposes thousands of images a second."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Write the model's files: those of `class_model.save`, and `precedents.npz`.

        Raises:
            ModelError: there is no tag of the project's classes.
        """
        job = inputs.job
        hashes, labels = class_numbers(inputs.labels, job.classes)
        tagged = Shard(hashes, load_features(inputs.blobs, job.features, hashes))
        ground, places = stand_on(sample_shard(inputs.blobs, job.features), tagged)
        earlier = _earlier(inputs.previous, job.classes, tagged, labels)
        model = fit(ground, places, labels, job.classes, earlier)
        held = cross_validate(ground.anchors, places, labels, len(job.classes), job.seed)
        save(model, out)
        save_tagged(Tagged.of(hashes, ground.anchors.points[places], labels), out)
        report(len(hashes), len(hashes))
        return measure(model, held, labels)

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Yield one pre-label an image of `inputs.rows`, in their order."""
        trained = load(model)
        hashes = [row.sha256 for row in inputs.rows]
        features = load_features(inputs.blobs, inputs.job.features, hashes)
        points = trained.reduction.enter(features)
        best, confidence = trained.propose_at(points, hashes)
        leans_on = precedents_of(load_tagged(model), points, best, hashes)
        for sha, number, sure, said in zip(hashes, best, confidence, leans_on, strict=True):
            value = ClassLabel(label=trained.classes[number])
            yield Prelabel(
                sha256=sha, value=value, confidence=round(float(sure), 8), precedents=said
            )
        report(len(hashes), len(hashes))


def stand_on(sample: Shard, tagged: Shard) -> tuple[Ground, Labels]:
    """Make anchors of a sample and the tagged images; return also the tags' places (n,)."""
    known = {sha: place for place, sha in enumerate(sample.hashes)}
    missing = [row for row, sha in enumerate(tagged.hashes) if sha not in known]
    hashes = (*sample.hashes, *(tagged.hashes[row] for row in missing))
    features = np.concatenate([sample.features, tagged.features[missing]]).astype(np.float32)
    reduction = reduce(features)
    places = {sha: place for place, sha in enumerate(hashes)}
    ground = Ground(reduction, connect(reduction.enter(features)), hashes)
    return ground, np.array([places[sha] for sha in tagged.hashes], dtype=np.intp)


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
    previous: Path | None, classes: tuple[str, ...], tagged: Shard, labels: Labels
) -> Records:
    """Ask the previous model about the tags made since.

    Nothing where the classes or the features changed, or where it scored otherwise, as models of
    earlier versions did.
    """
    if previous is None or not (previous / "anchors.npz").is_file():
        return NO_RECORDS
    model = load(previous)
    if model.classes != classes or len(model.reduction.center) != tagged.features.shape[1]:
        return NO_RECORDS
    if model.heads.taught is None:
        return NO_RECORDS
    known = set(model.tags)
    new = [row for row, sha in enumerate(tagged.hashes) if sha not in known]
    features: Features = tagged.features[new].astype(np.float32)
    return observe(model, features, [tagged.hashes[row] for row in new], labels[new])


def measure(model: ClassModel, held: HeldOut, labels: Labels) -> Metrics:
    """Return cross-validated figures; a class's recall only where it has two tags or more."""
    right = held.told.labels == labels
    records = model.records
    if not len(records.scores):
        records = Records(held.told.scores[held.fair], right[held.fair])
    foreseen = 1.0 - model.chance_after(records).wrong(records.scores)
    metrics: Metrics = {
        "accuracy": round(float(right[held.fair].mean()) if held.fair.any() else 0.0, 4),
        "calibration_error": round(calibration_error(foreseen, records.right), 4),
        "records": len(model.records.scores),
        "tags": len(labels),
    }
    for number, name in enumerate(model.classes):
        mine = labels == number
        metrics[f"tags/{name}"] = int(mine.sum())
        if mine.sum() > 1:
            metrics[f"recall/{name}"] = round(float(right[mine].mean()), 4)
    return metrics
