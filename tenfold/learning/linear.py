"""Logistic regression on frozen features, and what it says of images it was not trained on."""

import warnings
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Real = TypeVar("Real", np.float32, np.float64)
Labels = NDArray[np.intp]

FOLDS = 5
AXES = 256
NEVER = 1e-9
"""Probability of a class that has no tag."""


@dataclass(frozen=True, slots=True)
class Space:
    """How features enter the head: length 1, centered, length 1 again."""

    center: Array
    """(D,) mean of the features of length 1."""

    def enter(self, features: NDArray[np.floating]) -> Array:
        """Return points (N, D) for features (N, D)."""
        return unit(unit(np.asarray(features, dtype=np.float64)) - self.center)


def unit(points: NDArray[Real]) -> NDArray[Real]:
    """Scale rows to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    scaled: NDArray[Real] = points / np.maximum(lengths, 1e-12)
    return scaled


@dataclass(frozen=True, slots=True)
class Head:
    """A linear classifier over C classes, those without tags included."""

    weights: Array
    """(C, D)."""
    bias: Array
    """(C,)."""
    seen: NDArray[np.bool_]
    """(C,) whether a class had tags."""

    def log_probabilities(self, points: Array) -> Array:
        """Return (N, C) logarithms of the classes' probabilities."""
        scores = points @ self.weights.T + self.bias
        scores = np.where(self.seen, scores, scores.min() - 50.0)
        scores -= scores.max(axis=1, keepdims=True)
        logs: Array = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return np.maximum(logs, np.log(NEVER))


def fit_head(points: Array, labels: Labels, classes: int, strength: float) -> Head:
    """Fit multinomial logistic regression with an L2 penalty.

    With tags of one class alone, its weights are the direction of their mean.

    Args:
        points: (n, D).
        labels: (n,) class numbers below `classes`; at least one tag.
        classes: C.
        strength: inverse regularization.
    """
    from sklearn.linear_model import LogisticRegression

    seen = np.bincount(labels, minlength=classes) > 0
    weights, bias = np.zeros((classes, points.shape[1])), np.zeros(classes)
    if seen.sum() > 1:
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the last digits of the optimum change no proposal
            model.fit(points, labels)
        found, intercept = model.coef_, model.intercept_
        if len(found) == 1:  # one row stands for two classes
            found, intercept = np.vstack([-found, found]) / 2, np.tile(intercept / 2, 2) * [-1, 1]
        weights[model.classes_], bias[model.classes_] = found, intercept
    else:
        weights[labels[0]] = unit(points.mean(axis=0, keepdims=True))[0]
    return Head(weights, bias, seen)


def fit_binary(points: Array, having: NDArray[np.bool_], strength: float) -> tuple[Array, float]:
    """Return weights (D,) and bias of the log odds that a class is there; both sides are seen."""
    head = fit_head(points, having.astype(np.intp), 2, strength)
    return head.weights[1] - head.weights[0], float(head.bias[1] - head.bias[0])


def principal_axes(points: Array) -> Array:
    """Return the orthonormal axes (r, D) that the points (n, D) extend along most, r ≤ 256.

    Up to 256 points nothing is lost: the penalized optimum lies in their span.
    """
    _, _, axes = np.linalg.svd(points, full_matrices=False)
    kept: Array = axes[:AXES]
    return kept


def folds(labels: Labels, seed: int, parts: int = FOLDS) -> NDArray[np.intp]:
    """Assign each of n tags a fold, every class spread as evenly as it goes."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    assigned = np.empty(len(labels), dtype=np.intp)
    assigned[by_class] = np.arange(len(labels)) % parts
    return assigned
