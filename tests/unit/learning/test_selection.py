"""First what is typical and different, then what the model is unsure of; never the same twice."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tenfold.learning.anchors import connect, reduce
from tenfold.learning.audit_plan import plan_audit
from tenfold.learning.class_model import decide, fit_heads
from tenfold.learning.estimate import tail, worth_tagging
from tenfold.learning.selection import first_round, first_round_size, first_size, next_round


def blobs(clusters: int, each: int, seed: int = 0, spread: float = 0.15) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(clusters, 32))
    points = np.repeat(centers, each, axis=0) + spread * rng.normal(size=(clusters * each, 32))
    return points.astype(np.float32)


def test_the_first_round_meets_every_cluster() -> None:
    features = blobs(clusters=12, each=30)
    chosen = first_round(features, n_classes=2, size=12, seed=0)
    assert {i // 30 for i in chosen} == set(range(12))


def test_large_clusters_come_first() -> None:
    sizes = (30, 100, 60)
    features = np.concatenate([blobs(1, n, seed, 0.05) for seed, n in enumerate(sizes, 1)])
    chosen = first_round(features, n_classes=2, size=3, seed=0)
    assert [np.searchsorted(np.cumsum(sizes), i, side="right") for i in chosen] == [1, 2, 0]


def test_first_tags_of_digits_leave_few_mistakes() -> None:
    """36 tags leave 2.1 % of the others wrong; without the graph it was 3.7 %, at random 8 %."""
    found = load_digits()
    features, truth = found.data.astype(np.float32), found.target.astype(np.intp)
    anchors = connect(reduce(features).enter(features))
    wrong = []
    for seed in range(3):
        chosen = np.array(first_round(features, n_classes=10, size=36, seed=seed))
        told = decide(*fit_heads(anchors, chosen, truth[chosen], 10))
        wrong.append(float((told.labels != truth).mean()))
    assert np.mean(wrong) < 0.028


def test_one_image_or_a_few_copies_have_a_first_round() -> None:
    assert first_round(np.ones((1, 8), dtype=np.float32), n_classes=2, size=None, seed=0) == [0]
    assert first_round(np.ones((0, 8), dtype=np.float32), n_classes=2, size=3, seed=0) == []
    copies = np.ones((12, 8), dtype=np.float32)
    assert sorted(first_round(copies, n_classes=2, size=12, seed=0)) == list(range(12))


def test_copies_are_not_chosen_twice() -> None:
    distinct = blobs(clusters=15, each=1)
    features = np.repeat(distinct, 20, axis=0)
    features += 1e-3 * np.random.default_rng(0).normal(size=features.shape).astype(np.float32)
    chosen = first_round(features, n_classes=10, size=None, seed=0)
    assert len({i // 20 for i in chosen}) == len(chosen)


def test_a_size_that_was_asked_for_is_given_even_among_copies() -> None:
    features = np.repeat(blobs(clusters=3, each=1), 10, axis=0)
    chosen = first_round(features, n_classes=2, size=8, seed=0)
    assert len(chosen) == len(set(chosen)) == 8
    assert {i // 10 for i in chosen[:3]} == {0, 1, 2}


@pytest.mark.parametrize(
    ("images", "classes", "found", "size"),
    [
        (2000, 2, 3, 10),
        (2000, 6, 9, 15),
        (5000, 60, 64, 100),
        (60, 10, 12, 15),
        (20, 10, 4, 10),
        (4, 2, 2, 4),
    ],
)
def test_the_size_of_a_first_round_follows_classes_and_groups(
    images: int, classes: int, found: int, size: int
) -> None:
    assert first_round_size(images, classes, found) == size


def test_many_groups_ask_for_a_larger_first_round() -> None:
    few = first_size(blobs(clusters=3, each=120), n_classes=2)
    many = first_size(blobs(clusters=30, each=12), n_classes=2)
    assert few == 10
    assert 30 <= many <= 33  # a group more or less: rounding differs between processors


def test_a_class_without_a_tag_is_looked_for_where_no_tag_is_near() -> None:
    features = blobs(clusters=12, each=30)
    tagged = np.array([30 * cluster for cluster in range(12) if cluster != 7])
    candidates = np.setdiff1d(np.arange(360), tagged)
    confidence = np.where(candidates // 30 == 2, 0.4, 0.99)  # unsure of another cluster
    plain = next_round(features, tagged, candidates, confidence, 6, seed=0)
    looking = next_round(features, tagged, candidates, confidence, 6, seed=0, unseen=1)
    assert 7 not in {i // 30 for i in plain}
    assert 7 in {i // 30 for i in looking}
    assert len(set(looking)) == 6


def test_an_odd_image_is_not_taken_for_a_class() -> None:
    features = blobs(clusters=6, each=30)
    odd = blobs(clusters=7, each=1)[-1:]
    features = np.concatenate([features, odd])
    tagged = np.array([30 * cluster for cluster in range(6) if cluster != 4])
    candidates = np.setdiff1d(np.arange(181), tagged)
    chosen = next_round(features, tagged, candidates, np.full(len(candidates), 0.9), 4, 0, unseen=1)
    assert chosen[0] // 30 == 4


def test_a_further_round_takes_unsure_images_that_differ() -> None:
    features = blobs(clusters=10, each=20)
    confidence = np.full(200, 0.99)
    confidence[40:100] = 0.4  # clusters 2, 3 and 4
    tagged = np.array([0, 20])
    candidates = np.setdiff1d(np.arange(200), tagged)
    chosen = next_round(features, tagged, candidates, confidence[candidates], 6, seed=0)
    assert len(set(chosen)) == 6
    assert {i // 20 for i in chosen[:3]} == {2, 3, 4}


def test_a_further_round_avoids_copies_of_what_is_tagged() -> None:
    features = blobs(clusters=8, each=1)
    features = np.concatenate([features, features + 1e-4])
    chosen = next_round(features, np.arange(4), np.arange(4, 16), np.full(12, 0.5), 4, seed=0)
    assert {i % 8 for i in chosen} == {4, 5, 6, 7}


def test_a_further_round_never_comes_back_with_less_than_there_is() -> None:
    features = np.repeat(blobs(1, 1), 6, axis=0)
    chosen = next_round(features, np.arange(2), np.arange(2, 6), np.full(4, 0.5), 10, seed=0)
    assert sorted(chosen) == [2, 3, 4, 5]


def test_the_same_seed_gives_the_same_choice() -> None:
    features = blobs(clusters=9, each=40, spread=0.5)
    assert first_round(features, 3, 20, seed=4) == first_round(features, 3, 20, seed=4)


def test_no_candidates_no_choice() -> None:
    features = blobs(2, 2)
    nothing = np.array([], dtype=np.intp)
    assert first_round(features[:0], 2, None, 0) == []
    assert next_round(features, np.arange(4), nothing, np.array([]), 5, 0) == []


def test_the_tail_lies_behind_the_budget() -> None:
    assert tail([0.9] * 10, wrong_allowed=0) == 10
    assert tail([1.0, 1.0, 0.5, 0.5, 0.5], wrong_allowed=1) == 1
    assert tail([0.99] * 10, wrong_allowed=5) == 0
    assert tail([], wrong_allowed=1) == 0


def test_a_small_batch_pays_before_a_large_audit_and_not_before_the_smallest() -> None:
    unsure = plan_audit(2000, 1990, 0.05, 0.95, np.linspace(1.0, 0.85, 1990))
    sure = plan_audit(2000, 1950, 0.05, 0.95, np.full(1950, 0.9999))
    assert worth_tagging(unsure, 57, batch=20)
    assert not worth_tagging(unsure, 57, batch=1000)
    assert not worth_tagging(sure, 57, batch=20)


def test_where_all_that_is_unsure_looks_alike_other_images_are_asked_about() -> None:
    rng = np.random.default_rng(4)
    scene = rng.normal(size=(1, 32)) + rng.normal(scale=1e-3, size=(60, 32))
    others = rng.normal(size=(200, 32))
    features = np.vstack([scene, others]).astype(np.float32)
    candidates = np.arange(1, 260)
    confidence = np.where(candidates < 60, 0.3, 0.9)
    chosen = next_round(features, np.arange(1), candidates, confidence, 20, seed=0)
    assert len(chosen) == 20
    assert all(i >= 60 for i in chosen)


def test_copies_are_asked_about_only_where_there_is_nothing_else() -> None:
    rng = np.random.default_rng(4)
    scene = rng.normal(size=(1, 32)) + rng.normal(scale=1e-3, size=(60, 32))
    features = np.vstack([scene, rng.normal(size=(5, 32))]).astype(np.float32)
    candidates = np.arange(1, 65)
    chosen = next_round(features, np.arange(1), candidates, np.full(64, 0.5), 20, seed=0)
    assert len(chosen) == 20
    assert set(range(60, 65)) <= set(chosen[:5])
