"""The chance of a proposed class to be wrong, learned from every tag that a model foresaw.

Every tag that was made after a model is a record of it: by how much it preferred its proposal,
and whether that was right. Tags that it was trained on are no such records. The score is the log
ratio of the two likeliest classes; at 0 they are tied, and the chance to be wrong falls with it:
P(wrong) = 1 / (1 + exp(steepness · score − level)). Level and steepness are not estimated but
averaged over, from a prior that holds for heads of this kind on quite different images: where
the heads themselves doubt little, and where they learned from many tags, the chance falls more
steeply.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Right = NDArray[np.bool_]

LATEST = 30
"""Records that count: the latest, since older ones are of models that knew less."""
LEVEL, LEVEL_SD = 0.44, 0.3
STEEPNESS, BY_SURENESS, STEEPNESS_SD = -1.0, 0.24, 0.2
"""Prior of the level and of the logarithm of the steepness; the mean of the latter is the first
plus the second times minus the logarithm of the model's doubt."""
BY_TAGS, FEW_TAGS = 0.1, 50
"""With every e-fold of the tags beyond the second, the mean grows by the first."""
BY_YOUTH, YOUNG_TAGS, DOUBTFUL = 0.25, (55, 150), (0.015, 0.035)
"""With every e-fold of the tags between the second's bounds it grows by the first, too, where the
doubt is above the third's bounds or a class has no tag, by a part where it is between them."""
LEAST_DOUBT = 0.011
"""Below this, less doubt says no more."""
FLOOR, FLOOR_BY_DOUBT = (0.0001, 0.001), 0.02
"""However sure a model is, so many of its proposals are taken to be wrong, as people err, too: the
last times the doubt, within these bounds. Where images are easily told apart, the sure ones
hide fewer mistakes."""
LEVELS = np.linspace(-1.0, 1.6, 14)
STEEPS = np.linspace(-1.8, 1.2, 31)
NEGLIGIBLE = 1e-3
"""Share of the greatest weight below which a pair of parameters is left out."""


@dataclass(frozen=True, slots=True)
class Records:
    """What models said of images before their tags were known, the latest last."""

    scores: Array
    """(R,) log ratios of the two likeliest classes."""
    right: Right
    """(R,)."""

    def then(self, later: "Records") -> "Records":
        """Append later records and keep the latest ones."""
        return Records(
            np.concatenate([self.scores, later.scores])[-LATEST:],
            np.concatenate([self.right, later.right])[-LATEST:],
        )


NO_RECORDS = Records(np.empty(0), np.empty(0, dtype=bool))


@dataclass(frozen=True, slots=True)
class Chance:
    """A mixture of curves from score to the chance to be wrong."""

    levels: Array
    """(k,)."""
    steepness: Array
    """(k,) above 0."""
    weights: Array
    """(k,) that sum to 1."""
    floor: float
    """Chance to be wrong of the surest ones."""

    def wrong(self, scores: Array) -> Array:
        """Return the chance (N,) to be wrong, for scores (N,)."""
        total = np.zeros(len(scores))
        for level, steep, weight in zip(self.levels, self.steepness, self.weights, strict=True):
            total += weight / (1.0 + np.exp(np.clip(steep * scores - level, -40.0, 40.0)))
        return self.floor + (1.0 - self.floor) * total


def learn_chance(records: Records, doubt: float, tags: int, *, unseen: bool = False) -> Chance:
    """Weigh the curves by the prior and by how well they foresaw the records.

    Args:
        records: of tags that models foresaw.
        doubt: share of the untagged images that the model itself doubts.
        tags: that the model learned from.
        unseen: whether a class has no tag among them.
    """
    expected_steep = _expected_steepness(doubt, tags, unseen=unseen)
    level, log_steep = (grid.ravel() for grid in np.meshgrid(LEVELS, STEEPS, indexing="ij"))
    steep = np.exp(log_steep)
    logs = -0.5 * ((level - LEVEL) / LEVEL_SD) ** 2
    logs -= 0.5 * ((log_steep - expected_steep) / STEEPNESS_SD) ** 2
    if len(records.scores):
        toward = np.where(records.right, 1.0, -1.0)
        lean = toward * (level[:, None] - steep[:, None] * records.scores)
        logs -= np.logaddexp(0.0, lean).sum(axis=1)
    weights = np.exp(logs - logs.max())
    kept = weights > NEGLIGIBLE
    floor = min(max(FLOOR[0], FLOOR_BY_DOUBT * doubt), FLOOR[1])
    return Chance(level[kept], steep[kept], weights[kept] / weights[kept].sum(), floor)


def _expected_steepness(doubt: float, tags: int, *, unseen: bool) -> float:
    """Return the prior's mean of the logarithm of the steepness."""
    sureness = -np.log(max(doubt, LEAST_DOUBT))
    beyond = np.log(max(tags, FEW_TAGS) / FEW_TAGS)
    young, grown_up = YOUNG_TAGS
    youth = np.log(grown_up / np.clip(tags, young, grown_up))
    doubtful = 1.0 if unseen else np.interp(doubt, DOUBTFUL, (0.0, 1.0))
    steep = STEEPNESS + BY_SURENESS * sureness + BY_TAGS * beyond - BY_YOUTH * doubtful * youth
    return float(steep)
