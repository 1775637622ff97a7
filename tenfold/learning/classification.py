"""One class an image: logistic regression on frozen features, with an honest confidence."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.errors import ModelError
from tenfold.learning.calibration import (
    NO_RECORDS,
    Calibration,
    Records,
    calibrate,
    calibration_error,
)
from tenfold.learning.features import Features, load_features, sample_features
from tenfold.learning.linear import (
    Array,
    HeadedSpace,
    HeldOut,
    Labels,
    Space,
    cross_validate,
    fit_head,
    margins,
    unit,
)
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs

ENOUGH_RECORDS = 60
"""Fair records from which on cross-validation isn't asked any more."""


@dataclass(frozen=True, slots=True)
class ClassModel:
    """All of a trained model."""

    classes: tuple[str, ...]
    headed: HeadedSpace
    median_margin: float
    """Of the images of the pool: the unit that margins are calibrated in."""
    calibration: Calibration
    tags: tuple[str, ...]
    """Hashes of the images that it was trained on, sorted."""
    records: Records

    def scores(self, features: NDArray[np.floating]) -> tuple[Labels, Array]:
        """Return the proposed class numbers (N,) and margins (N,) in units of the median."""
        best, margin = margins(self.headed.log_probabilities(features))
        return best, margin / self.median_margin

    def propose(self, features: NDArray[np.floating]) -> tuple[Labels, Array]:
        """Return the proposed class numbers (N,) and confidences (N,)."""
        best, margin = self.scores(features)
        if int(self.headed.head.seen.sum()) > 1:
            return best, self.calibration.confidence(margin)
        return best, self._lonely(features)

    def _lonely(self, features: NDArray[np.floating]) -> Array:
        """Return confidences while a single class has tags: what n tags alike let one expect.

        Rule of succession for C classes, less for images that resemble no tagged one's mean.
        """
        tags, classes = len(self.tags), len(self.classes)
        near = unit(np.asarray(features, dtype=np.float64)) @ self.headed.space.center
        closeness = np.clip(near / max(float(np.max(near, initial=0.0)), 1e-9), 0.0, 1.0)
        return closeness * (tags + 1) / (tags + classes)


def fit(
    features: Features,
    labels: Labels,
    pool: Features,
    classes: tuple[str, ...],
    *,
    tags: tuple[str, ...],
    earlier: Records = NO_RECORDS,
    seed: int = 0,
) -> tuple[ClassModel, HeldOut]:
    """Train on tagged features (n, D); `pool` (M, D) stands for all images of the project."""
    space = Space(unit(pool.astype(np.float64)).mean(axis=0))
    points = space.enter(features)
    held = cross_validate(points, labels, len(classes), seed)
    head = fit_head(points, labels, len(classes), held.strength)
    headed = HeadedSpace(space, head)
    unit_margin = max(float(np.median(margins(headed.log_probabilities(pool))[1])), 1e-6)
    calibration = calibrate(_all_records(held, labels, earlier))
    return ClassModel(classes, headed, unit_margin, calibration, tags, earlier), held


def _all_records(held: HeldOut, labels: Labels, earlier: Records) -> Records:
    """Join the records of earlier models with cross-validation's, as long as those are few."""
    best, margin = margins(held.log_probabilities)
    scale = max(float(np.median(margin)), 1e-6)
    share = max(0.0, 1.0 - len(earlier.margins) / ENOUGH_RECORDS)
    weights = held.fair * share
    return Records(
        np.concatenate([margin / scale, earlier.margins]),
        np.concatenate([best == labels, earlier.right]),
        np.concatenate([weights, earlier.weights]),
    )


def observe(model: ClassModel, features: Features, labels: Labels) -> Records:
    """Return the model's earlier records and what it would have said of tags made since."""
    if not len(labels):
        return model.records
    best, margin = model.scores(features)
    return model.records.then(Records(margin, best == labels, np.ones(len(labels))))


class ClassificationTrainer:
    """Trains in a second; proposes tens of thousands of images a second."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Write `head.npz`, `model.json`, `records.npz` and `tags.txt`.

        Raises:
            ModelError: there is no tag of the project's classes.
        """
        job = inputs.job
        numbers = {name: number for number, name in enumerate(job.classes)}
        tagged = {
            label.sha256: numbers[label.value.label]
            for label in inputs.labels
            if isinstance(label.value, ClassLabel) and label.value.label in numbers
        }
        if not tagged:
            raise ModelError("There is no tag yet to learn from.", "Answer the open round.")
        hashes = sorted(tagged)
        labels = np.array([tagged[sha] for sha in hashes], dtype=np.intp)
        features = load_features(inputs.blobs, job.features, hashes)
        earlier = _earlier_records(inputs.previous, job.classes, hashes, features, labels)
        model, held = fit(
            features,
            labels,
            sample_features(inputs.blobs, job.features),
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
            yield Prelabel(sha256=sha, value=value, confidence=round(float(sure), 6))
        report(len(hashes), len(hashes))


def _earlier_records(
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
    if model.classes != classes or model.headed.space.center.shape[0] != features.shape[1]:
        return NO_RECORDS
    known = set(model.tags)
    new = np.array([sha not in known for sha in hashes], dtype=bool)
    return observe(model, features[new], labels[new])


def measure(model: ClassModel, held: HeldOut, labels: Labels) -> Metrics:
    """Return cross-validated figures; a class's recall is left out where it has under two tags."""
    best, margin = margins(held.log_probabilities)
    right = best == labels
    scale = max(float(np.median(margin)), 1e-6)
    metrics: Metrics = {
        "accuracy": round(float(right.mean()), 4),
        "calibration_error": round(
            calibration_error(model.calibration.confidence(margin / scale), right), 4
        ),
        "records": len(model.records.margins),
        "strength": held.strength,
        "tags": len(labels),
    }
    for number, name in enumerate(model.classes):
        mine = labels == number
        metrics[f"tags/{name}"] = int(mine.sum())
        if mine.sum() > 1:
            metrics[f"recall/{name}"] = round(float(right[mine].mean()), 4)
    return metrics


def save(model: ClassModel, folder: Path) -> None:
    """Write a model's files."""
    head = model.headed.head
    np.savez(
        folder / "head.npz",
        center=model.headed.space.center,
        weights=head.weights,
        bias=head.bias,
        seen=head.seen,
    )
    records = model.records
    np.savez(
        folder / "records.npz",
        margins=records.margins,
        right=records.right,
        weights=records.weights,
    )
    (folder / "tags.txt").write_text("\n".join(model.tags))
    calibration = model.calibration
    about = {
        "kind": "logistic regression",
        "classes": model.classes,
        "median_margin": model.median_margin,
        "calibration": [calibration.level, calibration.slope, calibration.bend],
    }
    (folder / "model.json").write_text(json.dumps(about, indent=1))


def load(folder: Path) -> ClassModel:
    """Read a model's files.

    Raises:
        ModelError: they are missing or broken.
    """
    from tenfold.learning.linear import Head

    try:
        about = json.loads((folder / "model.json").read_text())
        with np.load(folder / "head.npz", allow_pickle=False) as file:
            head = Head(file["weights"], file["bias"], file["seen"])
            space = Space(file["center"])
        with np.load(folder / "records.npz", allow_pickle=False) as file:
            records = Records(file["margins"], file["right"], file["weights"])
        tags = tuple((folder / "tags.txt").read_text().split())
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"The model's files are broken: {error}.", "Train it again.") from error
    return ClassModel(
        classes=tuple(about["classes"]),
        headed=HeadedSpace(space, head),
        median_margin=float(about["median_margin"]),
        calibration=Calibration(*about["calibration"]),
        tags=tags,
        records=records,
    )
