"""The chance that all boxes of an image agree with a person's.

Two steps, both learned on held-out images. Each candidate has a chance to be a true box, by its
score; were the candidates independent, all of an image would be right with the chance that every
proposed one is true and every other one isn't. They are not, and things without any candidate are
missed: a second regression puts the product right.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.label import Box
from tenfold.learning.boxes.deciding import at_least
from tenfold.task_types.matching import match_boxes

LIMIT = 6.0
"""Largest log-odds that are believed."""
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Of the prior: how many times the usual pull towards the product as it is."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Confidence:
    """Coefficients of both steps."""

    box: tuple[float, float, float] = (0.0, 1.0, 0.0)
    """Of 1, the score's log-odds, and whether the candidate is under the threshold."""
    image: tuple[float, float] = (0.0, 1.0)
    """Of 1 and the product's log-odds."""

    def of(self, candidates: Sequence[Box], threshold: float) -> float:
        """Return the chance for one image."""
        product = _product_logit(np.array(self.box), _box_features(candidates, threshold))
        return float(_sigmoid(np.array(self.image) @ [1.0, product]))

    def of_box(self, score: float) -> float:
        """Return the chance that a box of such a score, if it is proposed, is a true one."""
        return float(_sigmoid(np.array(self.box) @ [1.0, float(_logit(np.array(score))), 0.0]))

    def to_json(self) -> dict[str, tuple[float, ...]]:
        """Return a JSON object."""
        return asdict(self)


def fit_confidence(
    candidates: Sequence[Sequence[Box]], truth: Sequence[Sequence[Box]], threshold: float
) -> Confidence:
    """Learn both steps from held-out images; the prior's strength by leaving one out.

    With few images the prior says: as the scores say.
    """
    features = [_box_features(boxes, threshold) for boxes in candidates]
    true = [_is_true(boxes, real, threshold) for boxes, real in zip(candidates, truth, strict=True)]
    center = np.array([0.0, 1.0, 0.0])
    box = _regress(np.concatenate(features), np.concatenate(true), center, 1.0)
    products = np.array([_product_logit(box, rows) for rows in features])
    right = np.array(
        [
            match_boxes(at_least(boxes, threshold), real).complete
            for boxes, real in zip(candidates, truth, strict=True)
        ],
        dtype=np.float64,
    )
    image = _regress_image(np.stack([np.ones_like(products), products], axis=1), right)
    return Confidence((box[0], box[1], box[2]), (image[0], image[1]))


def _box_features(candidates: Sequence[Box], threshold: float) -> Floats:
    """(N, 3): 1, log-odds of the score, whether it is under the threshold."""
    scores = np.array([box.score or 0.0 for box in candidates], dtype=np.float64)
    return np.stack([np.ones_like(scores), _logit(scores), scores < threshold], axis=1)


def _is_true(candidates: Sequence[Box], truth: Sequence[Box], threshold: float) -> Floats:
    """(N,): 1 where a candidate is a true box that no better candidate found."""
    proposed = at_least(candidates, threshold)
    others = [box for box in candidates if (box.score or 0.0) < threshold]
    found = match_boxes(proposed, truth)
    missed = match_boxes(others, [truth[index] for index in found.truth_left])
    true = np.zeros(len(candidates))
    true[: len(proposed)] = 1.0
    true[found.proposed_left] = 0.0
    true[len(proposed) + missed.pairs[:, 0]] = 1.0
    return true


def _product_logit(weights: Floats, features: Floats) -> float:
    chance = _sigmoid(features @ weights)
    as_proposed = np.where(features[:, 2] > 0, 1 - chance, chance)
    log = float(np.log(np.clip(as_proposed, 1e-9, 1.0)).sum())
    return float(_logit(np.exp(log)))


def _regress_image(features: Floats, right: Floats) -> Floats:
    center = np.array([0.0, 1.0])
    losses = [_left_out_loss(features, right, center, strength) for strength in STRENGTHS]
    return _regress(features, right, center, STRENGTHS[int(np.argmin(losses))])


def _left_out_loss(features: Floats, right: Floats, center: Floats, strength: float) -> float:
    """Log loss of each image by what the others teach; in ten parts where there are many."""
    part = np.arange(len(right)) % min(len(right), 10)
    loss = 0.0
    for left_out in np.unique(part):
        test = part == left_out
        weights = _regress(features[~test], right[~test], center, strength)
        chance = np.clip(_sigmoid(features[test] @ weights), 1e-6, 1 - 1e-6)
        loss -= float(np.log(np.where(right[test] > 0, chance, 1 - chance)).sum())
    return loss


def _regress(features: Floats, right: Floats, center: Floats, strength: float) -> Floats:
    """Logistic regression with a Gaussian prior around `center`, by Newton's method."""
    weights = center.copy()
    for _ in range(50):
        chance = _sigmoid(features @ weights)
        slope = features.T @ (chance - right) + strength * (weights - center)
        curve = (features.T * (chance * (1 - chance))) @ features
        step = np.linalg.solve(curve + strength * np.eye(len(center)), slope)
        weights -= step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004  (converged)
            break
    return weights


def _logit(chance: Floats) -> Floats:
    clipped = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(np.clip(np.log(clipped / (1 - clipped)), -LIMIT, LIMIT))


def _sigmoid(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))
