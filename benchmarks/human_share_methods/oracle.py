"""Our model and order in the hands of somebody who knows the truth: no certificate, a bound."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Setting
from benchmarks.human_share_methods.outcome import Delivery, Mask
from tenfold.learning import selection
from tenfold.learning.anchors import groups
from tenfold.learning.class_model import Told, decide, fit_heads
from tenfold.learning.linear import Labels
from tenfold.learning.strategy import batch_after
from tenfold.learning.tolerance import wrong_allowed


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What our model says after some rounds of tags."""

    tagged: Labels
    """(n,) indices."""
    labels: Labels
    """(N,) proposals."""
    order: Labels
    """(N − n,) the others, the surest first."""


class Path:
    """Rounds of tags chosen as the product does, computed as far as somebody asks."""

    def __init__(self, bench: BenchSet, seed: int) -> None:
        self.known: list[Step] = []
        self.coming = _rounds(bench, seed)

    def __iter__(self) -> Iterator[Step]:
        """Yield the steps, those that are known first."""
        place = 0
        while place < len(self.known) or self._extend():
            yield self.known[place]
            place += 1

    def _extend(self) -> bool:
        step = next(self.coming, None)
        if step is not None:
            self.known.append(step)
        return step is not None


@lru_cache(maxsize=2)
def path(bench: BenchSet, seed: int) -> Path:
    """Return the path of a set and a seed, shared by all promises."""
    return Path(bench, seed)


def knows_the_truth(
    bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
) -> Delivery:
    """Stop at the best moment: the fewest looks after which no more than K labels are wrong."""
    del confidence, setting
    allowed, curve = wrong_allowed(len(bench), error), list[tuple[float, float]]()
    best: tuple[int, Step, int] | None = None
    for step in path(bench, seed):
        if best and len(step.tagged) >= best[0]:
            break
        mistaken = step.labels[step.order] != bench.truth[step.order]
        curve.append((len(step.tagged) / len(bench), 1.0 - float(mistaken.mean())))
        end = reach(mistaken, allowed)
        looks = len(bench) - end
        if best is None or looks < best[0]:
            best = looks, step, end
    if best is None:
        raise AssertionError("a path has a first step")
    return _delivery(bench, best[1], best[2], tuple(curve))


def reach(mistaken: Mask, allowed: int) -> int:
    """Return how many labels stand before the (K + 1)-th mistake, or all of them."""
    places = np.flatnonzero(mistaken)
    return int(places[allowed]) if len(places) > allowed else len(mistaken)


def _delivery(
    bench: BenchSet, step: Step, end: int, curve: tuple[tuple[float, float], ...]
) -> Delivery:
    looked, checked = np.ones(len(bench), dtype=bool), np.zeros(len(bench), dtype=bool)
    looked[step.order[:end]] = False
    checked[step.order[end:]] = True
    return Delivery(looked, step.labels, checked, curve)


def _rounds(bench: BenchSet, seed: int) -> Iterator[Step]:
    """Tag as a rehearsal of the product does, with no end but that of the images."""
    size = selection.first_round_size(len(bench), bench.classes, groups(bench.ground.anchors))
    points = bench.points
    tagged = np.array(selection.first_of(bench.ground.anchors, size, seed), dtype=np.intp)
    while len(left := np.setdiff1d(np.arange(len(bench)), tagged)):
        told = _told(bench, tagged)
        scores = told.scores[left]
        yield Step(tagged, told.labels, left[np.argsort(-scores, kind="stable")])
        batch = batch_after(len(tagged))
        sure = 1.0 / (1.0 + np.exp(-np.minimum(scores, 40.0)))
        unseen = bench.classes - len(np.unique(bench.truth[tagged]))
        chosen = selection.next_round(points, tagged, left, sure, batch, seed, unseen)
        tagged = np.concatenate([tagged, np.array(chosen, dtype=np.intp)])


def _told(bench: BenchSet, tagged: Labels) -> Told:
    """Return what the product's model says of all images after these tags."""
    anchors, labels = bench.ground.anchors, bench.truth[tagged]
    return decide(*fit_heads(anchors, tagged, labels, bench.classes))
