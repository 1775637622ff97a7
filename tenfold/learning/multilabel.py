"""A set of classes an image: one logistic regression a class, one confidence for the whole set."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.dataset import SnapshotRow
from models.label import LabelSet
from models.precedent import Packed
from models.prelabel import Prelabel
from tenfold.errors import ModelError
from tenfold.learning.calibration import (
    NO_RECORDS,
    Calibration,
    Records,
    calibrate,
    calibration_error,
    log_odds,
)
from tenfold.learning.features import Features, load_features, sample_features
from tenfold.learning.linear import (
    Array,
    Labels,
    Space,
    fit_binary,
    folds,
    principal_axes,
    unit,
)
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs
from tenfold.learning.precedents import Tagged, load_tagged, precedents_of, save_tagged

Sets = NDArray[np.bool_]
STRENGTHS = (3.0, 10.0, 30.0, 100.0)
THRESHOLDS = np.linspace(0.2, 0.8, 13)
PRIOR_TAGS = 1.0
"""Tags with and without a class that are imagined where only one of the two was seen."""


@dataclass(frozen=True, slots=True)
class SetModel:
    """All of a trained model."""

    classes: tuple[str, ...]
    space: Space
    weights: Array
    """(C, D)."""
    bias: Array
    """(C,)."""
    thresholds: Array
    """(C,) a class belongs to the proposed set from this probability on."""
    calibration: Calibration
    tags: tuple[str, ...]
    records: Records
    axes: Array | None = None
    """(r, D) orthonormal, that the weights lie along; None in models of earlier versions."""

    def points(self, features: NDArray[np.floating]) -> Array | None:
        """Return points (N, r) of length 1: all that the classes are told by."""
        return None if self.axes is None else unit(self.space.enter(features) @ self.axes.T)

    def probabilities(self, features: NDArray[np.floating]) -> Array:
        """Return (N, C), each class for itself."""
        return sigmoid(self.space.enter(features) @ self.weights.T + self.bias)

    def scores(self, features: NDArray[np.floating]) -> tuple[Sets, Array]:
        """Return the proposed sets (N, C) and the log odds (N,) of each whole set."""
        return propose_sets(self.probabilities(features), self.thresholds)

    def propose(self, features: NDArray[np.floating]) -> tuple[Sets, Array]:
        """Return the proposed sets (N, C) and the confidence (N,) of each whole set."""
        sets, odds = self.scores(features)
        return sets, self.calibration.confidence(odds)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e^−x)."""
    value: Array = 1.0 / (1.0 + np.exp(-np.clip(x, -40.0, 40.0)))
    return value


def propose_sets(probabilities: Array, thresholds: Array) -> tuple[Sets, Array]:
    """Return the sets (N, C) above the thresholds and the log odds (N,) that all of it is right.

    Classes are taken as independent given the image; calibration mends what that misses.
    """
    sets = probabilities >= thresholds
    told = np.where(sets, probabilities, 1.0 - probabilities)
    return sets, log_odds(np.log(np.maximum(told, 1e-12)).sum(axis=1))


def fit_classes(points: Array, sets: Sets, strength: float) -> tuple[Array, Array]:
    """Return weights (C, D) and biases (C,); a class seen always or never gets a bias alone."""
    count, classes = sets.shape
    weights, bias = np.zeros((classes, points.shape[1])), np.zeros(classes)
    for number in range(classes):
        having = int(sets[:, number].sum())
        if 0 < having < count:
            weights[number], bias[number] = fit_binary(points, sets[:, number], strength)
        else:
            bias[number] = np.log((having + PRIOR_TAGS) / (count - having + PRIOR_TAGS))
    return weights, bias


def cross_validate_sets(points: Array, sets: Sets, seed: int) -> tuple[float, Array]:
    """Return the strength with the least held-out log loss, and its probabilities (n, C)."""
    combination = np.unique(sets, axis=0, return_inverse=True)[1].ravel().astype(np.intp)
    assigned = folds(combination, seed)
    best, least, strength = np.zeros(sets.shape), np.inf, STRENGTHS[0]
    for candidate in STRENGTHS:
        told = np.full(sets.shape, 0.5)
        for part in np.unique(assigned):
            held = assigned == part
            if not held.all():
                weights, bias = fit_classes(points[~held], sets[~held], candidate)
                told[held] = sigmoid(points[held] @ weights.T + bias)
        loss = -float(np.log(np.where(sets, told, 1 - told).clip(1e-12)).mean())
        if loss < least:
            best, least, strength = told, loss, candidate
    return strength, best


def choose_thresholds(told: Array, sets: Sets) -> Array:
    """Return the thresholds (C,) with the fewest held-out errors; the middle one of equals."""
    chosen = np.full(sets.shape[1], 0.5)
    for number in range(sets.shape[1]):
        wrong = [int(((told[:, number] >= t) != sets[:, number]).sum()) for t in THRESHOLDS]
        equal = THRESHOLDS[np.asarray(wrong) == min(wrong)]
        chosen[number] = equal[np.argmin(np.abs(equal - 0.5))]
    return chosen


def fit_sets(
    features: Features,
    sets: Sets,
    pool: Features,
    classes: tuple[str, ...],
    *,
    tags: tuple[str, ...],
    earlier: Records = NO_RECORDS,
    seed: int = 0,
) -> tuple[SetModel, Array]:
    """Train on tagged images.

    Args:
        features: (n, D) of the tagged images.
        sets: (n, C) which classes each carries.
        pool: (M, D), standing for all images of the project.
        classes: C names.
        tags: n hashes.
        earlier: what earlier models said of images that were tagged after them.
        seed: of the folds.

    Returns:
        The model, and the held-out probabilities (n, C).
    """
    space = Space(unit(pool.astype(np.float64)).mean(axis=0))
    points = space.enter(features)
    axes = principal_axes(points)
    strength, told = cross_validate_sets(points @ axes.T, sets, seed)
    thresholds = choose_thresholds(told, sets)
    weights, bias = fit_classes(points @ axes.T, sets, strength)
    records = earlier if len(earlier.odds) else held_records(told, sets, thresholds)
    model = SetModel(
        classes, space, weights @ axes, bias, thresholds, calibrate(records), tags, earlier, axes
    )
    return model, told


def held_records(told: Array, sets: Sets, thresholds: Array) -> Records:
    """Return what cross-validation says of whole sets."""
    proposed, odds = propose_sets(told, thresholds)
    return Records(odds, (proposed == sets).all(axis=1))


def observe_sets(model: SetModel, features: Features, sets: Sets) -> Records:
    """Return the model's earlier records and what it says of tags made since."""
    if not len(sets):
        return model.records
    proposed, odds = model.scores(features)
    return model.records.then(Records(odds, (proposed == sets).all(axis=1)))


class MultilabelTrainer:
    """Trains in seconds; proposes tens of thousands of images a second."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Write `head.npz`, `model.json`, `records.npz`, `tags.txt` and `precedents.npz`.

        Raises:
            ModelError: there is no tag.
        """
        job = inputs.job
        hashes, sets = class_sets(inputs.labels, job.classes)
        features = load_features(inputs.blobs, job.features, hashes)
        earlier = _earlier(inputs.previous, job.classes, hashes, features, sets)
        pool = sample_features(inputs.blobs, job.features)
        model, told = fit_sets(
            features, sets, pool, job.classes, tags=tuple(hashes), earlier=earlier, seed=job.seed
        )
        save(model, out)
        points = model.points(features)
        if points is not None:
            save_tagged(Tagged.of(hashes, points, set_numbers(sets)), out)
        report(len(hashes), len(hashes))
        return measure(model, told, sets)

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Yield one pre-label an image of `inputs.rows`, in their order."""
        trained = load(model)
        hashes = [row.sha256 for row in inputs.rows]
        features = load_features(inputs.blobs, inputs.job.features, hashes)
        sets, confidence = trained.propose(features)
        leans_on = _leans_on(trained, load_tagged(model), features, sets, hashes)
        for sha, members, sure, said in zip(hashes, sets, confidence, leans_on, strict=True):
            labels = tuple(trained.classes[i] for i in np.flatnonzero(members))
            value = LabelSet(labels=labels)
            yield Prelabel(
                sha256=sha, value=value, confidence=round(float(sure), 8), precedents=said
            )
        report(len(hashes), len(hashes))


def _leans_on(
    model: SetModel, tagged: Tagged | None, features: Features, sets: Sets, hashes: Sequence[str]
) -> list[Packed]:
    points = model.points(features)
    if points is None:
        return [""] * len(hashes)
    return precedents_of(tagged, points, set_numbers(sets), hashes)


def set_numbers(sets: Sets) -> Labels:
    """Return numbers (n,) of sets (n, C): the same for the same set, wherever they are asked."""
    packed = np.packbits(sets, axis=1)
    digests = (hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in packed)
    return np.array([int.from_bytes(each, "big", signed=True) for each in digests], dtype=np.intp)


def class_sets(labels: Sequence[SnapshotRow], classes: Sequence[str]) -> tuple[list[str], Sets]:
    """Return the hashes of the tags, sorted, and their sets (n, C); removed classes are left out.

    Raises:
        ModelError: there are none.
    """
    tagged = {row.sha256: row.value for row in labels if isinstance(row.value, LabelSet)}
    if not tagged:
        raise ModelError("There is no tag yet to learn from.", "Answer the open round.")
    hashes = sorted(tagged)
    sets = [[name in tagged[sha].labels for name in classes] for sha in hashes]
    return hashes, np.array(sets, dtype=bool)


def _earlier(
    previous: Path | None,
    classes: tuple[str, ...],
    hashes: list[str],
    features: Features,
    sets: Sets,
) -> Records:
    """Ask the previous model about the tags made since; nothing where the classes changed."""
    if previous is None or not (previous / "model.json").is_file():
        return NO_RECORDS
    model = load(previous)
    if model.classes != classes or len(model.space.center) != features.shape[1]:
        return NO_RECORDS
    known = set(model.tags)
    new = np.array([sha not in known for sha in hashes], dtype=bool)
    return observe_sets(model, features[new], sets[new])


def measure(model: SetModel, told: Array, sets: Sets) -> Metrics:
    """Return cross-validated figures: whole sets right, and for each class its recall."""
    proposed, _ = propose_sets(told, model.thresholds)
    records = model.records
    if not len(records.odds):
        records = held_records(told, sets, model.thresholds)
    error = calibration_error(model.calibration.confidence(records.odds), records.right)
    metrics: Metrics = {
        "accuracy": round(float((proposed == sets).all(axis=1).mean()), 4),
        "class_accuracy": round(float((proposed == sets).mean()), 4),
        "calibration_error": round(error, 4),
        "records": len(model.records.odds),
        "tags": len(sets),
    }
    for number, name in enumerate(model.classes):
        having = sets[:, number]
        metrics[f"tags/{name}"] = int(having.sum())
        if having.sum() > 1:
            metrics[f"recall/{name}"] = round(float(proposed[having, number].mean()), 4)
    return metrics


def save(model: SetModel, folder: Path) -> None:
    """Write a model's files: arrays and JSON, nothing that runs."""
    np.savez(
        folder / "head.npz",
        center=model.space.center,
        weights=model.weights,
        bias=model.bias,
        thresholds=model.thresholds,
        axes=np.empty(0) if model.axes is None else model.axes.astype(np.float32),
    )
    np.savez(folder / "records.npz", odds=model.records.odds, right=model.records.right)
    (folder / "tags.txt").write_text("\n".join(model.tags))
    about = {
        "kind": "one logistic regression a class",
        "classes": model.classes,
        "calibration": {"level": model.calibration.level, "slope": model.calibration.slope},
    }
    (folder / "model.json").write_text(json.dumps(about, indent=1))


def load(folder: Path) -> SetModel:
    """Read a model's files.

    Raises:
        ModelError: they are missing or broken.
    """
    try:
        about = json.loads((folder / "model.json").read_text())
        with np.load(folder / "head.npz", allow_pickle=False) as file:
            center, weights, bias = file["center"], file["weights"], file["bias"]
            thresholds = file["thresholds"]
            axes = file["axes"].astype(np.float64) if "axes" in file else np.empty(0)
        with np.load(folder / "records.npz", allow_pickle=False) as file:
            records = Records(file["odds"], file["right"])
        return SetModel(
            classes=tuple(about["classes"]),
            space=Space(center),
            weights=weights,
            bias=bias,
            thresholds=thresholds,
            calibration=Calibration(**about["calibration"]),
            tags=tuple((folder / "tags.txt").read_text().split()),
            records=records,
            axes=axes if axes.size else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The model's files are broken: {error}.", "Train it again.") from error
