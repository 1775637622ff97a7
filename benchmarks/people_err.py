"""What it helps when people err: `python benchmarks/people_err.py`.

Three people tag handwritten digits, each wrong at a rate of their own. The first table compares
what comes out of their answers, the second how many wrong tags of one person the label-error
ranking finds. Wrong tags fall on any other class (`any`) or on the digit that is mistaken for it
most (`alike`), which is harder: then two people err in the same way.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.anchors import Anchors, connect, reduce
from tenfold.learning.label_quality import (
    held_out_probabilities,
    majority,
    ranked,
    suspicious,
    weighted_consensus,
)

CLASSES = 10
ALIKE = np.array([6, 7, 3, 8, 9, 3, 0, 1, 3, 4])
"""The digit that each is mistaken for."""
TEAMS = ((0.03, 0.03, 0.03), (0.03, 0.10, 0.25), (0.10, 0.25, 0.25), (0.25, 0.25, 0.25))
Labels = NDArray[np.intp]


def digits(images: int) -> tuple[Anchors, Labels]:
    """Return the first digits of scikit-learn as anchors, and what they are (n,)."""
    from sklearn.datasets import load_digits

    data = load_digits()
    features = data.data[:images].astype(np.float32)
    return connect(reduce(features).enter(features)), data.target[:images].astype(np.intp)


def tagged(truth: Labels, error: float, how: str, rng: np.random.Generator) -> Labels:
    """Return (n,) tags of somebody who is wrong at this rate."""
    other = ALIKE[truth]
    if how == "any":
        other = (truth + rng.integers(1, CLASSES, len(truth))) % CLASSES
    return np.where(rng.random(len(truth)) < error, other, truth).astype(np.intp)


def believed(anchors: Anchors, labels: Labels, seed: int) -> NDArray[np.float64]:
    """Return (n, C) what heads that didn't see a tag say of it."""
    return held_out_probabilities(anchors, np.arange(len(labels)), labels, CLASSES, seed)


def consensus_rows(anchors: Anchors, truth: Labels, seeds: int) -> Iterator[str]:
    """Yield the wrong shares of a team: the first person's tags, the majority, CROWDLAB."""
    for how in ("any", "alike"):
        for team in TEAMS:
            wrong = []
            for seed in range(seeds):
                rng = np.random.default_rng(seed)
                answers = np.stack([tagged(truth, error, how, rng) for error in team], axis=1)
                common = majority(answers)
                weighted = weighted_consensus(answers, believed(anchors, common, seed))
                said = (answers[:, 0], common, weighted.labels)
                wrong.append([float((one != truth).mean()) for one in said])
            figures = " ".join(f"{share:>10.2%}" for share in np.mean(wrong, axis=0))
            yield f"{how:6} {', '.join(f'{error:.0%}' for error in team):16} {figures}"


def ranking_rows(anchors: Anchors, truth: Labels, seeds: int) -> Iterator[str]:
    """Yield what the ranking's first tenth and cleanlab's suspects hold, of one person's tags."""
    for how in ("any", "alike"):
        for error in (0.03, 0.10, 0.25):
            found = []
            for seed in range(seeds):
                labels = tagged(truth, error, how, np.random.default_rng(seed))
                wrong, told = labels != truth, believed(anchors, labels, seed)
                tenth = ranked(labels, told)[: len(labels) // 10]
                suspects = suspicious(labels, told)
                found.append(
                    (
                        wrong[tenth].sum() / wrong.sum(),
                        len(suspects) / len(labels),
                        wrong[suspects].sum() / wrong.sum(),
                        wrong[suspects].mean() if len(suspects) else np.nan,
                    )
                )
            figures = " ".join(f"{share:>10.1%}" for share in np.mean(found, axis=0))
            yield f"{how:6} {error:>6.0%} {figures}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    wanted = parser.parse_args()
    anchors, truth = digits(wanted.images)
    print(f"{wanted.images} digits, mean of {wanted.seeds} seeds")
    print("wrong  people's errors    first one   majority   CROWDLAB")
    for row in consensus_rows(anchors, truth, wanted.seeds):
        print(row, flush=True)
    print("wrong   error  in a tenth   suspects   of wrong  are wrong")
    for row in ranking_rows(anchors, truth, wanted.seeds):
        print(row, flush=True)


if __name__ == "__main__":
    main()
