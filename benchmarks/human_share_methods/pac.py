"""PAC labels: a threshold on uncertainty, as high as a random sample of labels allows.

The method of Candès, Ilyas and Zrnic, Probably Approximately Correct Labels, 2025
(arXiv:2506.10908), with the betting bound of Waudby-Smith and Ramdas, Estimating Means of Bounded
Random Variables by Betting, JRSS B 2024. Images are fixed; only the sample is random.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.one_look import by_sureness, deliver
from benchmarks.human_share_methods.outcome import Delivery, Mask
from benchmarks.human_share_methods.passive import fit_random
from tenfold.learning.linear import Array, Labels
from tenfold.learning.tolerance import wrong_allowed

CAREFUL = 0.9
"""No bet risks more than this share of the wealth."""
PRIOR = 10.0
"""Draws that the first guess of the variance counts as much as."""


def pac_labels(
    bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
) -> Delivery:
    """Tag at random and train; sample labels of the pool; people label beyond the threshold.

    The setting: tags a class; draws as a multiple of log(1/δ)/ε; and the least chance that a
    drawn image is labeled, 1 for every one, less to spare people the sure ones.
    """
    a_class, multiple, floor = setting
    fitted = fit_random(bench, seed, a_class)
    rng = np.random.default_rng([seed, 2])
    order = by_sureness(fitted, rng)
    limit = wrong_allowed(len(bench), error) / len(order)
    draws = round(multiple * np.log(1.0 / (1.0 - confidence)) / error)
    sample = draw(1.0 - fitted.sure[order], draws, floor, rng)
    wrong = (fitted.labels != bench.truth)[order]
    end = threshold(sample, wrong, limit, 1.0 - confidence)
    return deliver(bench, fitted, order[sample.places[sample.labeled]], order[end:])


@dataclass(frozen=True, slots=True)
class Sample:
    """Draws with replacement, in their order."""

    places: Labels
    """(m,) into the pool from the surest on."""
    labeled: Mask
    """(m,) whether a person labeled the image for this draw."""
    weights: Array
    """(m,) inverse chance of that."""
    largest: float
    """The greatest weight that any image of the pool could have had."""


def draw(uncertainty: Array, draws: int, floor: float, rng: np.random.Generator) -> Sample:
    """Draw from the pool; each drawn image is labeled with chance max(floor, its uncertainty).

    Args:
        uncertainty: (P,) in [0, 1] of the pool, the surest first.
        draws: m.
        floor: in (0, 1].
        rng: of the draws and of who is labeled.
    """
    places = rng.integers(len(uncertainty), size=draws)
    chance = np.maximum(uncertainty, floor)
    labeled = rng.random(draws) < chance[places]
    return Sample(places, labeled, 1.0 / chance[places], 1.0 / float(chance.min()))


def threshold(sample: Sample, wrong: Mask, limit: float, risk: float) -> int:
    """Return how many of the surest labels may be delivered.

    Down the order until the bound on their errors first passes the limit. Errors only add up on
    the way, so that no correction for many thresholds is needed; and the bound changes only where
    the sample met an error.

    Args:
        sample: of the pool.
        wrong: (P,) whether each label is wrong; counts only where the sample is labeled.
        limit: share of the pool that may be delivered wrong.
        risk: α.
    """
    met = sample.labeled & wrong[sample.places]
    reached = 0
    for end in [*np.unique(sample.places[met]).tolist(), len(wrong)]:
        losses = np.where(met & (sample.places < end), sample.weights, 0.0)
        if not below(losses, sample.largest, limit, risk):
            break
        reached = end
    return reached


def below(losses: Array, largest: float, limit: float, risk: float) -> bool:
    """Whether a sample shows its mean to be below the limit, up to the risk.

    Somebody who bets on small losses gains nothing on average where the mean is the limit or
    more, and then ever multiplies the stake by 1/α with a chance of at most α.

    Args:
        losses: (m,) each in [0, largest], independent, in the order of the draws.
        largest: the greatest loss that there could be.
        limit: the mean that is to be refuted.
        risk: α.
    """
    if limit >= largest:
        return True
    count, goal = len(losses), float(np.log(1.0 / risk))
    weight = PRIOR + np.arange(1, count + 1)
    means = (PRIOR * limit + np.cumsum(losses)) / weight
    first = limit * (largest - limit)
    variances = (PRIOR * first + np.cumsum((losses - means) ** 2)) / weight
    foreseen = np.concatenate([[first], variances[:-1]])
    bets = np.minimum(np.sqrt(2.0 * goal / (foreseen * count)), CAREFUL / (largest - limit))
    wealth = np.cumsum(np.log1p(bets * (limit - losses)))
    return bool(wealth.max() >= goal)
