from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.human_share_methods import uncertainty
from benchmarks.human_share_methods.bench_set import BenchSet
from benchmarks.human_share_methods.method import Method, Setting
from benchmarks.human_share_methods.oracle import reach
from benchmarks.human_share_methods.outcome import (
    CHECK_SECONDS,
    TAG_SECONDS,
    Delivery,
    judge,
)
from benchmarks.human_share_methods.pac import Sample, below, threshold
from benchmarks.human_share_methods.passive import typical
from benchmarks.human_share_methods.registry import METHODS
from tests.unit.benchmarks.conftest import make_blobs

by_name = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)


@by_name
def test_every_method_needs_people_for_some_images(method: Method, blobs: BenchSet) -> None:
    for seed in range(2):
        outcome = method.play(blobs, 0.05, 0.95, seed, method.settings[0])
        assert 0.0 < outcome.share <= 1.0
        assert 0.0 <= outcome.wrong < 0.2
        assert outcome.seconds > 0.0


@by_name
def test_the_same_seed_gives_the_same_and_others_differ(method: Method, blobs: BenchSet) -> None:
    setting = method.settings[-1]
    first, again, other = (method.run(blobs, 0.05, 0.95, seed, setting) for seed in (3, 3, 4))
    assert np.array_equal(first.looked, again.looked)
    assert np.array_equal(first.proposed[~first.looked], again.proposed[~again.looked])
    assert not np.array_equal(first.looked, other.looked)


def test_our_own_method_says_what_it_expects(blobs: BenchSet) -> None:
    ours = next(method for method in METHODS if method.name == "tenfold")
    assert ours.play(blobs, 0.05, 0.95, 0, ()).predicted


def test_nobody_looks_at_fewer_images_than_the_oracle(blobs: BenchSet) -> None:
    shares = {m.name: m.play(blobs, 0.05, 0.95, 0, m.settings[0]).share for m in METHODS}
    assert min(shares, key=lambda name: shares[name]) == "oracle"


def deliver_unseen(labels: Callable[[BenchSet], np.ndarray]) -> Method:
    def run(
        bench: BenchSet, error: float, confidence: float, seed: int, setting: Setting
    ) -> Delivery:
        nobody = np.zeros(len(bench), dtype=bool)
        nobody[0] = True
        return Delivery(nobody, labels(bench), nobody & False)

    return Method("cheat", run)


def test_a_method_that_delivers_wrong_labels_is_counted_as_broken(blobs: BenchSet) -> None:
    cheat = deliver_unseen(lambda bench: (bench.truth + 1) % bench.classes)
    outcome = cheat.play(blobs, 0.05, 0.95, 0, ())
    assert outcome.broken
    assert outcome.wrong == pytest.approx(1.0 - 1.0 / len(blobs))


def test_as_many_wrong_labels_as_promised_are_not_broken_and_one_more_is(blobs: BenchSet) -> None:
    for wrong, broken in ((24, False), (25, True)):  # 5 % of 480
        labels = blobs.truth.copy()
        labels[1 : wrong + 1] = (labels[1 : wrong + 1] + 1) % blobs.classes
        cheat = deliver_unseen(lambda bench, labels=labels: labels)
        assert cheat.play(blobs, 0.05, 0.95, 0, ()).broken is broken


def test_a_wrong_proposal_that_somebody_checked_is_mended_and_costs_both(blobs: BenchSet) -> None:
    labels = blobs.truth.copy()
    labels[:3] = (labels[:3] + 1) % blobs.classes
    looked = np.arange(len(blobs)) < 10
    outcome = judge(blobs, 0.05, Delivery(looked, labels, looked & (np.arange(len(blobs)) < 5)))
    assert outcome.wrong == 0.0
    assert outcome.seconds == pytest.approx(5 * TAG_SECONDS + 5 * CHECK_SECONDS + 3 * TAG_SECONDS)


RISK, RUNS = 0.2, 60


@pytest.fixture(scope="module")
def deceiving() -> BenchSet:
    """One image in six is of another class than it looks, which no method can know."""
    looks = make_blobs("deceiving", 2)
    rng = np.random.default_rng(3)
    other = (looks.truth + 1) % looks.classes
    return replace(looks, truth=np.where(rng.random(len(looks)) < 1 / 6, other, looks.truth))


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("random", (5.0, 3.0)),
        ("pac", (5.0, 3.0, 1.0)),
        ("pac", (5.0, 8.0, 0.3)),
        ("uncertainty", (10.0, 3.0)),
        ("typiclust", (5.0, 3.0)),
    ],
)
def test_no_method_breaks_more_promises_than_it_may(
    name: str, setting: Setting, deceiving: BenchSet
) -> None:
    method = next(one for one in METHODS if one.name == name)
    outcomes = [method.play(deceiving, 0.1, 1.0 - RISK, seed, setting) for seed in range(RUNS)]
    broken = np.mean([outcome.broken for outcome in outcomes])
    assert broken <= RISK + 3 * np.sqrt(RISK * (1 - RISK) / RUNS)
    assert np.mean([outcome.share for outcome in outcomes]) < 1.0


def test_a_batch_is_tagged_where_the_two_likeliest_classes_are_closest(blobs: BenchSet) -> None:
    first, more = (uncertainty._tags(blobs, 0, wanted) for wanted in (20, 40))
    assert more[:20].tolist() == first.tolist()
    margin = uncertainty._fit(blobs, first.tobytes()).margin
    left = np.setdiff1d(np.arange(len(blobs)), more)
    assert margin[more[20:]].max() <= margin[left].min()


def test_typical_images_are_distinct_and_as_many_as_wanted(blobs: BenchSet) -> None:
    for wanted in (4, 40, 200):
        chosen = typical(blobs, wanted, 0)
        assert len(set(chosen.tolist())) == wanted
    assert len(set(blobs.truth[typical(blobs, 12, 0)].tolist())) == blobs.classes


def test_the_oracle_stops_before_the_error_that_breaks_the_promise() -> None:
    mistaken = np.array([False, True, False, True, True, False])
    assert [reach(mistaken, allowed) for allowed in range(5)] == [1, 3, 4, 6, 6]


class TestBetting:
    def test_needs_as_many_draws_without_error_as_the_exact_bound_or_a_few_more(self) -> None:
        least = next(m for m in range(1, 200) if below(np.zeros(m), 1.0, 0.05, 0.05))
        assert 59 <= least <= 70  # 0.95^59 < 5 %

    def test_is_seldom_fooled_where_the_mean_is_the_limit(self) -> None:
        rng = np.random.default_rng(0)
        for weight in (1.0, 3.0):
            losses = weight * (rng.random((3000, 200)) < 0.05 / weight)
            fooled = np.mean([below(row, weight, 0.05, 0.05) for row in losses])
            assert fooled <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 3000)

    def test_finds_a_small_mean_below_the_limit(self) -> None:
        losses = (np.random.default_rng(1).random((200, 300)) < 0.005).astype(float)
        assert np.mean([below(row, 1.0, 0.05, 0.05) for row in losses]) > 0.9

    def test_the_threshold_stands_at_the_error_that_is_too_many(self) -> None:
        places = np.random.default_rng(0).permutation(400)
        wrong = np.arange(400) >= 250
        sample = Sample(places, np.ones(400, dtype=bool), np.ones(400), 1.0)
        assert 250 < threshold(sample, wrong, 0.05, 0.05) <= 270  # 20 of 400 are the limit
        assert threshold(sample, np.zeros(400, dtype=bool), 0.05, 0.05) == 400
        assert threshold(sample, np.ones(400, dtype=bool), 0.05, 0.05) <= 20
