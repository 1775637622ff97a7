"""A trained model for one class an image: what it is, how it is fitted, kept and read.

Three heads look at an image: logistic regression on features that its neighbors share, the labels
that spread to it over the graph of near neighbors, and kernel regression on its own features. A
fourth learns from what they say together of all images. The weighted product of the four is what
the model says, and the score of a proposal is by how much its logarithm leads the second best.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenfold.errors import ModelError
from tenfold.learning.anchors import LEAST, Anchors, Reduction, carry_over, spread
from tenfold.learning.chance import NO_RECORDS, Chance, Records, learn_chance
from tenfold.learning.kernel import Kernel, fit_kernel
from tenfold.learning.linear import Array, Head, Labels, fit_head, folds
from tenfold.learning.neighbors import Points
from tenfold.learning.self_training import SHARE, teach_itself

STRENGTH = 30.0
"""Inverse regularization of the logistic regression."""
LINEAR_SHARE, SPREAD_SHARE, KERNEL_SHARE = 0.2, 0.7, 0.2
"""Weights of the heads in the product; that of the fourth is `self_training.SHARE`."""

EARLIER_GAMMA = 1.0
"""That of kernels in models of earlier versions."""
CONTESTED = 1.0 / 3.0
"""Part of the images that regression and the spread labels disagree on that is taken to be in
doubt: a third to a half of them were wrong where few tags were there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the heads look at, of N images."""

    points: Points
    """(N, r) of length 1."""
    smoothed: Points
    """(N, r) of length 1, drawn toward their neighbors."""
    carried: Points
    """(N, C) class probabilities of the labels that spread to them."""

    def at(self, places: Labels | NDArray[np.bool_]) -> "Seen":
        """Return the same of some of them."""
        return Seen(self.points[places], self.smoothed[places], self.carried[places])


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads that are functions of an image; a further one is what its neighbors carry."""

    linear: Head
    """Over the smoothed points."""
    kernel: Kernel
    """Over the points themselves, from tags alone."""
    taught: Kernel | None
    """Over the points themselves, from what the others say; None in models of earlier versions."""

    @property
    def unseen(self) -> bool:
        """Whether a class has no tag."""
        return not self.linear.seen.all()


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of N images."""

    labels: Labels
    """(N,) proposed class numbers."""
    scores: Array
    """(N,) log ratio of the two likeliest classes."""


@dataclass(frozen=True)
class ClassModel:
    """All of a trained model."""

    classes: tuple[str, ...]
    reduction: Reduction
    heads: Heads
    anchors: Anchors
    hashes: tuple[str, ...]
    """Of the anchors."""
    carried: Points
    """(M, C) class probabilities that the anchors carry."""
    tags: tuple[str, ...]
    """Hashes of the images that it was trained on, sorted."""
    records: Records
    doubt: float = 0.5
    """Of the untagged anchors."""

    @cached_property
    def _places(self) -> dict[str, int]:
        return {sha: place for place, sha in enumerate(self.hashes)}

    def tell(self, features: NDArray[np.floating], hashes: Sequence[str]) -> Told:
        """Return what it says of images, given their features (N, D) and hashes."""
        return decide(self.heads, self._seen(self.reduction.enter(features), hashes))

    def _seen(self, points: Points, hashes: Sequence[str]) -> Seen:
        """Return what the heads look at: the anchors' own, or what is taken over from them."""
        rows = np.array([self._places.get(sha, -1) for sha in hashes], dtype=np.intp)
        smoothed, carried = self.anchors.smoothed[rows], self.carried[rows]
        if (others := rows < 0).any():
            smoothed[others], carried[others] = carry_over(
                self.anchors, self.carried, points[others]
            )
        return Seen(points, smoothed, carried)

    def propose(
        self, features: NDArray[np.floating], hashes: Sequence[str]
    ) -> tuple[Labels, Array]:
        """Return the proposed class numbers (N,) and confidences (N,), by features (N, D)."""
        return self.propose_at(self.reduction.enter(features), hashes)

    def propose_at(self, points: Points, hashes: Sequence[str]) -> tuple[Labels, Array]:
        """Return the same, by points (N, r) that were entered already."""
        if self.lonely:
            only = int(np.flatnonzero(self.heads.linear.seen)[0])
            return np.full(len(points), only), self._lonely(points)
        told = decide(self.heads, self._seen(points, hashes))
        return told.labels, 1.0 - self.chance().wrong(told.scores)

    @property
    def lonely(self) -> bool:
        """Whether only one class has tags."""
        return int(self.heads.linear.seen.sum()) == 1

    def chance(self) -> Chance:
        """Return how scores turn into chances to be wrong, after all records."""
        return self.chance_after(self.records)

    def chance_after(self, records: Records) -> Chance:
        """Return the same for other records."""
        return learn_chance(records, self.doubt, len(self.tags), unseen=self.heads.unseen)

    def _lonely(self, points: Points) -> Array:
        """Return confidences while a single class has tags: what n equal tags let one expect.

        Rule of succession for C classes, less for images that resemble the tagged ones less.
        """
        tags, classes = len(self.tags), len(self.classes)
        head = self.heads.linear
        direction = head.weights[head.seen][0]
        closeness = (1.0 + points.astype(np.float64) @ direction) / 2.0
        chance: Array = closeness * (tags + 1) / (tags + classes)
        return chance


def likelihoods(heads: Heads, seen: Seen) -> Array:
    """Return (N, C) logarithms of what all heads together say, up to a constant of each image."""
    linear = heads.linear.log_probabilities(seen.smoothed.astype(np.float64))
    told: Array = LINEAR_SHARE * np.maximum(linear, np.log(LEAST))
    told += SPREAD_SHARE * np.log(seen.carried.astype(np.float64))
    told += KERNEL_SHARE * heads.kernel.log_probabilities(seen.points)
    if heads.taught is not None:
        told += SHARE * heads.taught.log_probabilities(seen.points)
    return told


def lead(logs: Array) -> Told:
    """Return the likeliest classes and by how much they lead, for logarithms (N, C)."""
    first_two = np.partition(logs, -2, axis=1)[:, -2:]
    return Told(np.argmax(logs, axis=1), first_two[:, 1] - first_two[:, 0])


def decide(heads: Heads, seen: Seen) -> Told:
    """Return what all heads together propose."""
    return lead(likelihoods(heads, seen))


def agree(heads: Heads, seen: Seen) -> NDArray[np.bool_]:
    """Return (N,) whether regression and the spread labels alone propose the same."""
    regressed = heads.linear.log_probabilities(seen.smoothed.astype(np.float64))
    same: NDArray[np.bool_] = np.argmax(regressed, axis=1) == np.argmax(seen.carried, axis=1)
    return same


def doubt_of(logs: Array, agreed: NDArray[np.bool_]) -> float:
    """Return how much a model doubts what it tells of images, as a share of them.

    Its own probabilities know nothing of a class that they hardly see. Where two heads disagree on
    many images, a third of these are doubtful at least, however sure the product is.

    Args:
        logs: (N, C) what all heads together say.
        agreed: (N,) whether regression and the spread labels alone propose the same.
    """
    from scipy.special import softmax

    if not len(logs):
        return 0.0
    doubts = 1.0 - softmax(logs, axis=1).max(axis=1)
    return max(float(doubts.mean()), CONTESTED * float((~agreed).mean()))


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
    heads, seen = fit_heads(ground.anchors, places, labels, len(classes))
    untagged = np.ones(len(ground.hashes), dtype=bool)
    untagged[places] = False
    rest = seen.at(untagged)
    return ClassModel(
        classes=classes,
        reduction=ground.reduction,
        heads=heads,
        anchors=ground.anchors,
        hashes=ground.hashes,
        carried=seen.carried,
        tags=tuple(sorted(ground.hashes[place] for place in places)),
        records=earlier,
        doubt=doubt_of(likelihoods(heads, rest), agree(heads, rest)),
    )


def fit_heads(anchors: Anchors, places: Labels, labels: Labels, classes: int) -> tuple[Heads, Seen]:
    """Return heads that were trained on tagged anchors, and what they look at of all anchors."""
    smoothed = anchors.smoothed[places].astype(np.float64)
    linear = fit_head(smoothed, labels, classes, STRENGTH)
    kernel = fit_kernel(anchors.points[places], labels, classes, anchors.gamma)
    seen = Seen(anchors.points, anchors.smoothed, spread(anchors, places, labels, classes))
    others = Heads(linear, kernel, taught=None)
    taught = teach_itself(anchors.landmarks, likelihoods(others, seen), places, labels)
    return Heads(linear, kernel, taught), seen


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What cross-validation says of each tag."""

    told: Told
    """(n,) of each tag by the heads that didn't see it."""
    fair: NDArray[np.bool_]
    """(n,) whether those heads had seen another tag of its class."""


def held_out(
    anchors: Anchors, places: Labels, labels: Labels, classes: int, seed: int
) -> Iterator[tuple[NDArray[np.bool_], Heads, Seen]]:
    """Yield fold by fold which tags (n,) are held out, heads trained on the others, and the tags.

    A fold that holds all tags is passed over.
    """
    assigned = folds(labels, seed)
    for part in np.unique(assigned):
        held = assigned == part
        if held.all():
            continue
        heads, seen = fit_heads(anchors, places[~held], labels[~held], classes)
        yield held, heads, seen.at(places[held])


def cross_validate(
    anchors: Anchors, places: Labels, labels: Labels, classes: int, seed: int
) -> HeldOut:
    """Return what is said of each tag by heads that were trained without its fold."""
    told, scores = labels.copy(), np.zeros(len(labels))
    fair = np.zeros(len(labels), dtype=bool)
    for held, heads, seen in held_out(anchors, places, labels, classes, seed):
        found = decide(heads, seen)
        told[held], scores[held] = found.labels, found.scores
        fair[held] = np.isin(labels[held], labels[~held])
    return HeldOut(Told(told, scores), fair)


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
        weights=model.heads.linear.weights,
        bias=model.heads.linear.bias,
        seen=model.heads.linear.seen,
    )
    for name, kernel in (("kernel", model.heads.kernel), ("taught", model.heads.taught)):
        if kernel is not None:
            np.savez(
                folder / f"{name}.npz",
                supports=kernel.supports,
                weights=kernel.weights,
                gamma=kernel.gamma,
            )
    np.savez(
        folder / "anchors.npz",
        points=model.anchors.points.astype(np.float16),
        smoothed=model.anchors.smoothed.astype(np.float16),
        reach=model.anchors.reach,
        carried=model.carried,
        hashes=np.array(model.hashes, dtype="S64"),
    )
    np.savez(folder / "records.npz", scores=model.records.scores, right=model.records.right)
    (folder / "tags.txt").write_text("\n".join(model.tags))
    about = {
        "kind": "logistic regression, spread labels, kernel regression and self-training",
        "classes": model.classes,
        "doubt": model.doubt,
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
        kernel = load_kernel(folder / "kernel.npz")
        # Models of earlier versions have no such head, and know by how much two others disagree.
        taught = load_kernel(folder / "taught.npz") if "doubt" in about else None
        with np.load(folder / "records.npz", allow_pickle=False) as file:
            records = Records(file["scores"], file["right"])
        with np.load(folder / "anchors.npz", allow_pickle=False) as file:
            points, smoothed = (file[name].astype(np.float32) for name in ("points", "smoothed"))
            carried = file["carried"]
            # Models of earlier versions know one reach for all.
            reach = file["reach"] if "reach" in file else np.full(len(points), about["scale"])
            hashes = tuple(file["hashes"].astype(str).tolist())
        return ClassModel(
            classes=tuple(about["classes"]),
            reduction=reduction,
            heads=Heads(head, kernel, taught),
            anchors=Anchors(points, smoothed, reach.astype(np.float32)),
            hashes=hashes,
            carried=carried,
            tags=tuple((folder / "tags.txt").read_text().split()),
            records=records,
            doubt=float(about["doubt"] if taught else about["disagreement"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The model's files are broken: {error}.", "Train it again.") from error


def load_kernel(path: Path) -> Kernel:
    """Read the file of one kernel."""
    with np.load(path, allow_pickle=False) as file:
        # Models of earlier versions know one width for all.
        gamma = float(file["gamma"]) if "gamma" in file else EARLIER_GAMMA
        return Kernel(file["supports"], file["weights"], gamma)
