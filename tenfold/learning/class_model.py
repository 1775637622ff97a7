"""A trained model for one class an image: what it is, how it is fitted, kept and read."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenfold.errors import ModelError
from tenfold.learning.calibration import (
    NO_RECORDS,
    Calibration,
    Records,
    calibrate,
    log_odds,
)
from tenfold.learning.linear import (
    Array,
    Head,
    HeadedSpace,
    HeldOut,
    Labels,
    Space,
    cross_validate,
    fit_head,
    in_full,
    principal_axes,
    unit,
)

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClassModel:
    """All of a trained model."""

    classes: tuple[str, ...]
    headed: HeadedSpace
    calibration: Calibration
    tags: tuple[str, ...]
    """Hashes of the images that it was trained on, sorted."""
    records: Records

    def scores(self, features: NDArray[np.floating]) -> tuple[Labels, Array]:
        """Return the proposed class numbers (N,) and the head's own log odds (N,) of them."""
        return best_of(self.headed.log_probabilities(features))

    def propose(self, features: NDArray[np.floating]) -> tuple[Labels, Array]:
        """Return the proposed class numbers (N,) and confidences (N,)."""
        best, odds = self.scores(features)
        if int(self.headed.head.seen.sum()) > 1:
            return best, self.calibration.confidence(odds)
        return best, self._lonely(features)

    def _lonely(self, features: NDArray[np.floating]) -> Array:
        """Return confidences while a single class has tags: what n equal tags let one expect.

        Rule of succession for C classes, less for images that resemble the tagged ones less.
        """
        tags, classes = len(self.tags), len(self.classes)
        direction = self.headed.head.weights[self.headed.head.seen][0]
        closeness = (1.0 + self.headed.space.enter(features) @ direction) / 2.0
        chance: Array = closeness * (tags + 1) / (tags + classes)
        return chance


def best_of(log_probabilities: Array) -> tuple[Labels, Array]:
    """Return the likeliest class (N,) and its log odds (N,)."""
    best = np.argmax(log_probabilities, axis=1)
    return best, log_odds(log_probabilities[np.arange(len(best)), best])


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
    """Train on tagged images.

    Args:
        features: (n, D) of the tagged images.
        labels: (n,) numbers of their classes.
        pool: (M, D), standing for all images of the project.
        classes: C names.
        tags: n hashes.
        earlier: what earlier models said of images that were tagged after them.
        seed: of the folds.
    """
    space = Space(unit(pool.astype(np.float64)).mean(axis=0))
    points = space.enter(features)
    axes = principal_axes(points)
    reduced = points @ axes.T
    held = cross_validate(reduced, labels, len(classes), seed)
    head = fit_head(reduced, labels, len(classes), held.strength)
    calibration = calibrate(earlier if len(earlier.odds) else held_records(held, labels))
    headed = HeadedSpace(space, in_full(head, axes))
    return ClassModel(classes, headed, calibration, tags, earlier), held


def held_records(held: HeldOut, labels: Labels) -> Records:
    """Return what cross-validation says, without tags that are alone in their class."""
    best, odds = best_of(held.log_probabilities[held.fair])
    return Records(odds, best == labels[held.fair])


def observe(model: ClassModel, features: Features, labels: Labels) -> Records:
    """Return the model's earlier records and what it says of tags made since."""
    if not len(labels):
        return model.records
    best, odds = model.scores(features)
    return model.records.then(Records(odds, best == labels))


def save(model: ClassModel, folder: Path) -> None:
    """Write a model's files: arrays and JSON, nothing that runs."""
    head = model.headed.head
    np.savez(
        folder / "head.npz",
        center=model.headed.space.center,
        weights=head.weights,
        bias=head.bias,
        seen=head.seen,
    )
    np.savez(folder / "records.npz", odds=model.records.odds, right=model.records.right)
    (folder / "tags.txt").write_text("\n".join(model.tags))
    about = {
        "kind": "logistic regression",
        "classes": model.classes,
        "calibration": {"level": model.calibration.level, "slope": model.calibration.slope},
    }
    (folder / "model.json").write_text(json.dumps(about, indent=1))


def load(folder: Path) -> ClassModel:
    """Read a model's files.

    Raises:
        ModelError: they are missing or broken.
    """
    try:
        about = json.loads((folder / "model.json").read_text())
        with np.load(folder / "head.npz", allow_pickle=False) as file:
            head = Head(file["weights"], file["bias"], file["seen"])
            space = Space(file["center"])
        with np.load(folder / "records.npz", allow_pickle=False) as file:
            records = Records(file["odds"], file["right"])
        return ClassModel(
            classes=tuple(about["classes"]),
            headed=HeadedSpace(space, head),
            calibration=Calibration(**about["calibration"]),
            tags=tuple((folder / "tags.txt").read_text().split()),
            records=records,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The model's files are broken: {error}.", "Train it again.") from error
