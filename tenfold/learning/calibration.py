"""From a margin to a confidence: the estimated chance that a person agrees.

Every tag that was made after a model is a record of it: how sure it was, and whether it was right.
Given how sure it was, such records are fair even if the images were chosen because the model was
unsure; tags that the model was trained on are not, and cross-validation on chosen tags isn't
either: it makes the sure ones look too bad. It stands in only until there are records enough.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LATEST = 200
"""Records that count: the latest."""
PRIOR_SD = 3.0
"""Of the parameters, around a model that is wrong in half of the cases at margin 0."""
PRIOR_SLOPE = 1.5


@dataclass(frozen=True, slots=True)
class Records:
    """What a model said of images before their tags were known."""

    margins: Array
    """(R,) in units of the model's median margin."""
    right: NDArray[np.bool_]
    """(R,)."""
    weights: Array
    """(R,)."""

    def then(self, later: "Records") -> "Records":
        """Append later records and keep the latest ones."""
        return Records(
            np.concatenate([self.margins, later.margins])[-LATEST:],
            np.concatenate([self.right, later.right])[-LATEST:],
            np.concatenate([self.weights, later.weights])[-LATEST:],
        )


NO_RECORDS = Records(np.empty(0), np.empty(0, dtype=bool), np.empty(0))


@dataclass(frozen=True, slots=True)
class Calibration:
    """P(wrong) = sigmoid(level − slope · m − bend · m²) at margin m."""

    level: float
    slope: float
    bend: float

    def confidence(self, margin: Array) -> Array:
        """Return the chance (N,) of being right, for margins (N,)."""
        margin = np.minimum(margin, MOST_MARGIN)
        exponent = np.clip(self.level - self.slope * margin - self.bend * margin**2, -30, 30)
        chance: Array = 1.0 / (1.0 + np.exp(exponent))
        return chance


MOST_MARGIN = 10.0


def calibrate(records: Records) -> Calibration:
    """Fit the chance of being wrong to records, with weak priors; never rising with the margin."""
    from scipy.optimize import minimize

    margin = np.minimum(records.margins, MOST_MARGIN)
    sign = np.where(records.right, 1.0, -1.0)

    def loss(theta: Array) -> tuple[float, Array]:
        level, slope, bend = theta
        exponent = level - slope * margin - bend * margin**2
        total = float((records.weights * np.logaddexp(0.0, sign * exponent)).sum())
        pull = records.weights * sign / (1.0 + np.exp(-np.clip(sign * exponent, -500, 500)))
        gradient = np.array([pull.sum(), -(pull * margin).sum(), -(pull * margin**2).sum()])
        off = np.array([level, slope - PRIOR_SLOPE, bend]) / PRIOR_SD
        return total + float((off**2).sum()) / 2, gradient + off / PRIOR_SD

    found = minimize(
        loss,
        np.array([0.0, PRIOR_SLOPE, 0.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None), (0.0, None), (0.0, None)],
    )
    level, slope, bend = (float(value) for value in found.x)
    return Calibration(level, slope, bend)


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
