"""A walk that knows beforehand where the mistakes are: what this model and any ladder can reach.

It tags as tenfold does, begins the walk at the best moment with the best ladder, both chosen by the
truth, and doesn't learn during the walk. Only the coins are left to luck. A walk that costs less
needs a model that errs less.
"""

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.oracle import Step, path
from benchmarks.human_share_methods.outcome import Delivery, Mask
from tenfold.learning.rehearsal import coins_of
from tenfold.learning.tolerance import wrong_allowed
from tenfold.learning.walk.costs import expected_looks
from tenfold.learning.walk.ladder import GROWTHS, Ladder, geometric


def walks_in_hindsight(
    bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
) -> Delivery:
    """Walk from the moment and by the ladder that are expected to cost least."""
    del setting
    allowed = wrong_allowed(len(bench), error)
    ladders = [geometric(allowed, confidence, growth) for growth in GROWTHS]
    best: tuple[float, Step, Ladder] | None = None
    for step in path(bench, seed):
        if best and len(step.tagged) >= best[0]:
            break
        mistaken = step.labels[step.order] != bench.truth[step.order]
        looks = expected_looks(
            mistaken.astype(np.float64), [ladder.rates for ladder in ladders], misjudged=(1.0,)
        )
        cost = len(step.tagged) + float(looks.min())
        if best is None or cost < best[0]:
            best = cost, step, ladders[int(looks.argmin())]
    if best is None:
        raise AssertionError("a path has a first step")
    return _walk(bench, best[1], best[2], seed)


def _walk(bench: BenchSet, step: Step, ladder: Ladder, seed: int) -> Delivery:
    coins = coins_of(seed, len(bench))
    looked: Mask = np.ones(len(bench), dtype=bool)
    errors = 0
    for image in step.order:
        rate = ladder.rate(errors)
        if rate is None:
            break
        looked[image] = coins[image] < rate
        errors += int(looked[image] and step.labels[image] != bench.truth[image])
    return Delivery(looked, step.labels, np.zeros(len(bench), dtype=bool))
