"""From a model's own probability to a confidence: the chance that a person agrees.

Every tag that was made after a model is a record of it: how sure it was, and whether it was right.
Given how sure it was, such a record is fair even where the image was chosen because the model was
unsure of it. Tags that a model was trained on are no such records, and cross-validation on chosen
tags isn't either: those are the hard ones, and it makes the sure ones look far worse than they
are (measured: errors expected of the rest 2 to 8 times too many). It stands in only for the first
model, whose tags were chosen for being typical.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LATEST = 200
"""Records that count: the latest."""
LEVEL_SD, SLOPE_SD = 1.0, 0.5
"""How far from the model's own probability records may lead easily."""
LEAST_SLOPE = 0.05
SUREST = 1e-9


def log_odds(log_probability: Array) -> Array:
    """Return log(p / (1 − p)) for log(p), bounded where p is all but 1."""
    bounded = np.minimum(log_probability, -SUREST)
    odds: Array = bounded - np.log(-np.expm1(bounded))
    return odds


@dataclass(frozen=True, slots=True)
class Records:
    """What models said of images before their tags were known, the latest last."""

    odds: Array
    """(R,) log odds of the proposal by the model itself."""
    right: NDArray[np.bool_]
    """(R,)."""

    def then(self, later: "Records") -> "Records":
        """Append later records and keep the latest ones."""
        return Records(
            np.concatenate([self.odds, later.odds])[-LATEST:],
            np.concatenate([self.right, later.right])[-LATEST:],
        )


NO_RECORDS = Records(np.empty(0), np.empty(0, dtype=bool))


@dataclass(frozen=True, slots=True)
class Calibration:
    """P(right) = sigmoid(slope · log odds − level); 1 and 0 leave the model's own word."""

    level: float = 0.0
    slope: float = 1.0

    def confidence(self, odds: Array) -> Array:
        """Return the chance (N,) of being right, for the model's log odds (N,)."""
        chance: Array = 1.0 / (1.0 + np.exp(np.clip(self.level - self.slope * odds, -30.0, 30.0)))
        return chance


def calibrate(records: Records) -> Calibration:
    """Fit the chance of being right to records, the model's own word being the prior."""
    from scipy.optimize import minimize

    sign = np.where(records.right, 1.0, -1.0)

    def loss(theta: Array) -> tuple[float, Array]:
        exponent = sign * (theta[0] - theta[1] * records.odds)
        pull = sign / (1.0 + np.exp(-np.clip(exponent, -500.0, 500.0)))
        off = (theta - np.array([0.0, 1.0])) / np.array([LEVEL_SD, SLOPE_SD])
        gradient = np.array([pull.sum(), -(pull * records.odds).sum()])
        total = float(np.logaddexp(0.0, exponent).sum() + (off**2).sum() / 2)
        return total, gradient + off / np.array([LEVEL_SD, SLOPE_SD])

    found = minimize(
        loss,
        np.array([0.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None), (LEAST_SLOPE, None)],
    )
    return Calibration(float(found.x[0]), float(found.x[1]))


def calibration_error(confidence: Array, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width.

    Source:
        Guo et al., On Calibration of Modern Neural Networks, ICML 2017, equation 3.
    """
    if len(confidence) == 0:
        return 0.0
    which = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    gaps = [
        abs(float(confidence[which == b].mean() - right[which == b].mean()))
        * float((which == b).mean())
        for b in np.unique(which)
    ]
    return float(sum(gaps))
