"""A trained model for one class an image: what it is, how it is fitted, kept and read.

Two heads look at an image: logistic regression on its features, and the labels that spread to it
over the graph of near neighbors. Their product is what the model says, and the score of a
proposal is by how much its logarithm leads the second best.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenfold.errors import ModelError
from tenfold.learning.anchors import Anchors, Points, Reduction, carry_over, spread
from tenfold.learning.chance import NO_RECORDS, Chance, Records, learn_chance
from tenfold.learning.linear import Array, Head, Labels, fit_head, folds

STRENGTH = 30.0
"""Inverse regularization of the logistic regression."""
SPREAD_SHARE = 0.5
"""Weight of the spread labels in the product."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of N images."""

    labels: Labels
    """(N,) proposed class numbers."""
    scores: Array
    """(N,) log ratio of the two likeliest classes."""
    agreed: NDArray[np.bool_]
    """(N,) whether both heads alone propose the same."""


@dataclass(frozen=True, slots=True)
class ClassModel:
    """All of a trained model."""

    classes: tuple[str, ...]
    reduction: Reduction
    head: Head
    """Over the smoothed points."""
    anchors: Anchors
    hashes: tuple[str, ...]
    """Of the anchors."""
    carried: Points
    """(M, C) class probabilities that the anchors carry."""
    tags: tuple[str, ...]
    """Hashes of the images that it was trained on, sorted."""
    records: Records
    disagreement: float = 0.5
    """Share of the untagged anchors that the two heads disagree on."""

    def tell(self, features: NDArray[np.floating], hashes: Sequence[str]) -> Told:
        """Return what it says of images, given their features (N, D) and hashes."""
        return decide(self.head, *self._seen(self.reduction.enter(features), hashes))

    def _seen(self, points: Points, hashes: Sequence[str]) -> tuple[Points, Points]:
        """Return smoothed points and carried labels: the anchors' own, or taken over from them."""
        places = {sha: place for place, sha in enumerate(self.hashes)}
        rows = np.array([places.get(sha, -1) for sha in hashes], dtype=np.intp)
        smoothed, carried = self.anchors.smoothed[rows], self.carried[rows]
        if (others := rows < 0).any():
            smoothed[others], carried[others] = carry_over(
                self.anchors, self.carried, points[others]
            )
        return smoothed, carried

    def propose(
        self, features: NDArray[np.floating], hashes: Sequence[str]
    ) -> tuple[Labels, Array]:
        """Return the proposed class numbers (N,) and confidences (N,)."""
        if self.lonely:
            only = int(np.flatnonzero(self.head.seen)[0])
            return np.full(len(features), only), self._lonely(self.reduction.enter(features))
        told = self.tell(features, hashes)
        return told.labels, 1.0 - self.chance().wrong(told.scores)

    @property
    def lonely(self) -> bool:
        """Whether only one class has tags."""
        return int(self.head.seen.sum()) == 1

    def chance(self) -> Chance:
        """Return how scores turn into chances to be wrong, after all records."""
        return learn_chance(self.records, self.disagreement)

    def _lonely(self, points: Points) -> Array:
        """Return confidences while a single class has tags: what n equal tags let one expect.

        Rule of succession for C classes, less for images that resemble the tagged ones less.
        """
        tags, classes = len(self.tags), len(self.classes)
        direction = self.head.weights[self.head.seen][0]
        closeness = (1.0 + points.astype(np.float64) @ direction) / 2.0
        chance: Array = closeness * (tags + 1) / (tags + classes)
        return chance


def disagreement(agreed: NDArray[np.bool_]) -> float:
    """Return the share of images that two heads disagree on, never quite 0."""
    return (float((~agreed).sum()) + 0.5) / (len(agreed) + 1.0)


def decide(head: Head, points: Points, carried: Points) -> Told:
    """Return the proposals of both heads, for smoothed points (N, r) and carried labels (N, C)."""
    logs = head.log_probabilities(points.astype(np.float64))
    told = blend(logs, carried)
    first_two = np.partition(told, -2, axis=1)[:, -2:]
    agreed = np.argmax(logs, axis=1) == np.argmax(carried, axis=1)
    return Told(np.argmax(told, axis=1), first_two[:, 1] - first_two[:, 0], agreed)


def blend(logs: Array, carried: Points) -> Array:
    """Return log scores (N, C), the weighted mean of both heads' logarithms."""
    mixed: Array = (1.0 - SPREAD_SHARE) * np.maximum(logs, np.log(1e-6))
    mixed += SPREAD_SHARE * np.log(carried.astype(np.float64))
    return mixed


@dataclass(frozen=True, slots=True)
class Ground:
    """All that doesn't change while tags come in: a project's anchors, ready to be labeled."""

    reduction: Reduction
    anchors: Anchors
    hashes: tuple[str, ...]


def fit(
    ground: Ground,
    places: Labels,
    labels: Labels,
    classes: tuple[str, ...],
    earlier: Records = NO_RECORDS,
) -> ClassModel:
    """Train on tagged anchors.

    Args:
        ground: with every tagged image among its anchors.
        places: (n,) of the tagged images among the anchors.
        labels: (n,) numbers of their classes.
        classes: C names.
        earlier: what earlier models said of images that were tagged after them.
    """
    head, carried = fit_heads(ground.anchors, places, labels, len(classes))
    untagged = np.ones(len(ground.hashes), dtype=bool)
    untagged[places] = False
    told = decide(head, ground.anchors.smoothed[untagged], carried[untagged])
    return ClassModel(
        classes=classes,
        reduction=ground.reduction,
        head=head,
        anchors=ground.anchors,
        hashes=ground.hashes,
        carried=carried,
        tags=tuple(sorted(ground.hashes[place] for place in places)),
        records=earlier,
        disagreement=disagreement(told.agreed),
    )


def fit_heads(
    anchors: Anchors, places: Labels, labels: Labels, classes: int
) -> tuple[Head, Points]:
    """Return logistic regression on the tags, and what their labels carry to all anchors."""
    points = anchors.smoothed[places].astype(np.float64)
    return fit_head(points, labels, classes, STRENGTH), spread(anchors, places, labels, classes)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What cross-validation says of each tag."""

    told: Told
    """(n,) of each tag by the heads that didn't see it."""
    fair: NDArray[np.bool_]
    """(n,) whether those heads had seen another tag of its class."""


def cross_validate(
    anchors: Anchors, places: Labels, labels: Labels, classes: int, seed: int
) -> HeldOut:
    """Return what is said of each tag by heads that were trained without its fold."""
    assigned = folds(labels, seed)
    told, scores = labels.copy(), np.zeros(len(labels))
    agreed = np.zeros(len(labels), dtype=bool)
    fair = np.zeros(len(labels), dtype=bool)
    for part in np.unique(assigned):
        held = assigned == part
        if held.all():
            continue
        head, carried = fit_heads(anchors, places[~held], labels[~held], classes)
        found = decide(head, anchors.smoothed[places[held]], carried[places[held]])
        told[held], scores[held], agreed[held] = found.labels, found.scores, found.agreed
        fair[held] = np.isin(labels[held], labels[~held])
    return HeldOut(Told(told, scores, agreed), fair)


def observe(
    model: ClassModel, features: NDArray[np.floating], hashes: Sequence[str], labels: Labels
) -> Records:
    """Return the model's earlier records and what it says of tags made since."""
    if not len(labels) or model.lonely:
        return model.records
    told = model.tell(features, hashes)
    return model.records.then(Records(told.scores, told.labels == labels))


def save(model: ClassModel, folder: Path) -> None:
    """Write a model's files: arrays and JSON, nothing that runs."""
    np.savez(
        folder / "head.npz",
        center=model.reduction.center,
        axes=model.reduction.axes,
        weights=model.head.weights,
        bias=model.head.bias,
        seen=model.head.seen,
    )
    np.savez(
        folder / "anchors.npz",
        points=model.anchors.points.astype(np.float16),
        smoothed=model.anchors.smoothed.astype(np.float16),
        carried=model.carried,
        hashes=np.array(model.hashes, dtype="S64"),
    )
    np.savez(folder / "records.npz", scores=model.records.scores, right=model.records.right)
    (folder / "tags.txt").write_text("\n".join(model.tags))
    about = {
        "kind": "logistic regression and spread labels",
        "classes": model.classes,
        "scale": model.anchors.scale,
        "disagreement": model.disagreement,
    }
    (folder / "model.json").write_text(json.dumps(about, indent=1))


def load(folder: Path) -> ClassModel:
    """Read a model's files; a process that asks again for the same ones is told from memory.

    Raises:
        ModelError: they are missing or broken.
    """
    try:
        return _load(folder, (folder / "model.json").stat().st_mtime_ns)
    except FileNotFoundError as error:
        raise ModelError(f"The model's files are broken: {error}.", "Train it again.") from error


@lru_cache(maxsize=1)
def _load(folder: Path, written_at: int) -> ClassModel:
    del written_at
    try:
        about = json.loads((folder / "model.json").read_text())
        with np.load(folder / "head.npz", allow_pickle=False) as file:
            head = Head(file["weights"], file["bias"], file["seen"])
            reduction = Reduction(file["center"], file["axes"])
        with np.load(folder / "records.npz", allow_pickle=False) as file:
            records = Records(file["scores"], file["right"])
        with np.load(folder / "anchors.npz", allow_pickle=False) as file:
            points, smoothed = (file[name].astype(np.float32) for name in ("points", "smoothed"))
            carried = file["carried"]
            hashes = tuple(file["hashes"].astype(str).tolist())
        return ClassModel(
            classes=tuple(about["classes"]),
            reduction=reduction,
            head=head,
            anchors=Anchors(points, smoothed, float(about["scale"])),
            hashes=hashes,
            carried=carried,
            tags=tuple((folder / "tags.txt").read_text().split()),
            records=records,
            disagreement=float(about["disagreement"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The model's files are broken: {error}.", "Train it again.") from error
