"""Which confidence ranks mistakes last: `python benchmarks/ranking.py FOLDER… digits [--seeds 5]`.

Tags are chosen as the product chooses them. Then each head alone, and their product, propose and
rank the other images. Printed are the share of wrong proposals, the area under the curve of error
over coverage (the mean share of wrong ones among the surest 1, 2, … of them; none is 0), and the
share of images that would remain for people if somebody stopped just before more than 5 % of all
labels were wrong.
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.data import CACHE, load_set
from benchmarks.human_share_methods.oracle import path, reach
from tenfold.learning.class_model import Heads, Seen, decide, fit_heads, lead
from tenfold.learning.linear import Array, Labels
from tenfold.learning.tolerance import wrong_allowed

SHARES = (0.02, 0.05, 0.1, 0.2)
"""Of the images that are tagged."""
ERROR = 0.05
Score = Callable[[Heads, Seen], tuple[Labels, Array]]
HEADER = "set              tags  ranked by             wrong  area under error  remain at 5 %"


def _lead(logs: Array) -> tuple[Labels, Array]:
    told = lead(logs)
    return told.labels, told.scores


def by_regression(heads: Heads, seen: Seen) -> tuple[Labels, Array]:
    """Rank by logistic regression on smoothed features."""
    return _lead(heads.linear.log_probabilities(seen.smoothed.astype(np.float64)))


def by_spread(heads: Heads, seen: Seen) -> tuple[Labels, Array]:
    """Rank by the labels that spread over the graph."""
    del heads
    return _lead(np.log(seen.carried.astype(np.float64)))


def by_kernel(heads: Heads, seen: Seen) -> tuple[Labels, Array]:
    """Rank by kernel regression on an image's own features."""
    return _lead(heads.kernel.log_probabilities(seen.points))


def by_taught(heads: Heads, seen: Seen) -> tuple[Labels, Array]:
    """Rank by the head that learns from what the others say of all images."""
    if heads.taught is None:
        raise AssertionError("a model that was just fitted has all heads")
    return _lead(heads.taught.log_probabilities(seen.points))


def by_all(heads: Heads, seen: Seen) -> tuple[Labels, Array]:
    """Rank as the product does."""
    told = decide(heads, seen)
    return told.labels, told.scores


def by_chance(heads: Heads, seen: Seen) -> tuple[Labels, Array]:
    """Propose as the product does, and rank by nothing."""
    told = decide(heads, seen)
    return told.labels, np.random.default_rng(0).random(len(told.labels))


WAYS: dict[str, Score] = {
    "regression": by_regression,
    "spread labels": by_spread,
    "kernel regression": by_kernel,
    "self-training": by_taught,
    "all four (tenfold)": by_all,
    "all four, shuffled": by_chance,
}


def measured(bench: BenchSet, seed: int) -> Iterator[tuple[float, str, tuple[float, ...]]]:
    """Yield share of tags, way and its figures."""
    wanted = list(SHARES)
    for step in path(bench, seed):
        if not wanted:
            return
        if len(step.tagged) < wanted[0] * len(bench):
            continue
        tagged, left = step.tagged, step.order
        heads, seen = fit_heads(bench.ground.anchors, tagged, bench.truth[tagged], bench.classes)
        for name, way in WAYS.items():
            labels, scores = way(heads, seen.at(left))
            order = np.argsort(-scores, kind="stable")
            mistaken = (labels != bench.truth[left])[order]
            yield wanted[0], name, _figures(mistaken, len(bench))
        wanted.pop(0)


def _figures(mistaken: Labels, images: int) -> tuple[float, ...]:
    area = float((np.cumsum(mistaken) / np.arange(1, len(mistaken) + 1)).mean())
    remain = len(mistaken) - reach(mistaken.astype(bool), wrong_allowed(images, ERROR))
    return float(mistaken.mean()), area, remain / images


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="*", default=["digits"], help="folders, or the word digits")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--views", type=int, default=1)
    options = parser.parse_args()
    print(HEADER)
    for data in options.data:
        bench = load_set(data, options.views, CACHE, lambda _: None)
        found: dict[tuple[float, str], list[tuple[float, ...]]] = {}
        for seed in range(options.seeds):
            for share, name, figures in measured(bench, seed):
                found.setdefault((share, name), []).append(figures)
        for (share, name), figures in found.items():
            wrong, area, remain = np.mean(figures, axis=0)
            print(
                f"{bench.name:<16} {share:>4.0%}  {name:<20} {wrong:>6.1%} "
                f"{area:>17.2%} {remain:>14.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
