"""Suspicious tags and weighted consensus, on the handwritten digits of scikit-learn."""

from typing import Any

import numpy as np
import pytest

from tenfold.learning.anchors import connect, reduce
from tenfold.learning.label_quality import (
    NOBODY,
    held_out_probabilities,
    majority,
    ranked,
    suspicious,
    suspicious_sets,
    weighted_consensus,
)


@pytest.fixture(scope="module")
def digits() -> Any:
    from sklearn.datasets import load_digits

    data = load_digits()
    features, truth = data.data[:600].astype(np.float32), data.target[:600].astype(np.intp)
    return connect(reduce(features).enter(features)), truth


def tagged(truth: Any, error: float, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(truth)) < error
    return np.where(wrong, (truth + rng.integers(1, 10, len(truth))) % 10, truth).astype(np.intp)


def believed(digits: Any, labels: Any) -> Any:
    anchors, truth = digits
    return held_out_probabilities(anchors, np.arange(len(truth)), labels, 10, 0)


def test_planted_wrong_tags_are_suspected_and_few_others(digits: Any) -> None:
    labels = tagged(digits[1], 0.05, 1)
    wrong = labels != digits[1]
    found = suspicious(labels, believed(digits, labels))
    assert wrong[found].sum() >= 0.8 * wrong.sum()
    assert wrong[found].mean() > 0.6


def test_no_more_tags_are_suspected_than_the_share(digits: Any) -> None:
    labels = tagged(digits[1], 0.3, 2)
    assert len(suspicious(labels, believed(digits, labels), share=0.1)) == 60


def test_the_ranking_names_each_tag_once(digits: Any) -> None:
    labels = tagged(digits[1], 0.05, 1)
    assert sorted(ranked(labels, believed(digits, labels))) == list(range(600))


def test_probabilities_sum_to_one_and_never_saw_the_tag(digits: Any) -> None:
    labels = digits[1].copy()
    labels[0] = (labels[0] + 1) % 10
    told = believed(digits, labels)
    assert told.sum(axis=1) == pytest.approx(1.0)
    assert np.argmax(told[0]) == digits[1][0]


def test_of_tags_of_one_class_none_is_suspected() -> None:
    assert len(suspicious(np.zeros(9, dtype=np.intp), np.full((9, 3), 1 / 3))) == 0


def test_the_majority_counts_and_of_a_tie_the_first_answer() -> None:
    answers = np.array([[1, 2, 2], [2, 1, NOBODY], [NOBODY, 0, 1]])
    assert majority(answers).tolist() == [2, 2, 0]


def test_careless_people_weigh_less(digits: Any) -> None:
    truth = digits[1]
    answers = np.stack([tagged(truth, e, i) for i, e in enumerate((0.03, 0.25, 0.4))], axis=1)
    agreed = weighted_consensus(answers, believed(digits, majority(answers)))
    assert (agreed.labels == truth).mean() > (majority(answers) == truth).mean()
    assert agreed.quality[0] > agreed.quality[1] > agreed.quality[2]


def test_classes_that_nobody_named_and_people_who_answered_nothing_do_no_harm(digits: Any) -> None:
    truth = digits[1]
    answers = np.stack([tagged(truth, 0.0, 1), truth, np.full(600, NOBODY)], axis=1)
    kept = np.isin(truth, (2, 7))
    agreed = weighted_consensus(answers[kept], believed(digits, truth)[kept])
    assert agreed.labels.tolist() == truth[kept].tolist()
    assert np.isnan(agreed.quality[2])


def test_one_person_alone_is_the_consensus() -> None:
    answers = np.array([[0, NOBODY], [1, NOBODY]])
    agreed = weighted_consensus(answers, np.full((2, 2), 0.5))
    assert agreed.labels.tolist() == [0, 1]


def test_planted_wrong_sets_are_suspected_and_few_others(digits: Any) -> None:
    rng = np.random.default_rng(3)
    truth = np.stack([digits[1] % 2 == 0, digits[1] < 5, digits[1] == 7], axis=1)
    wrong = rng.random(len(truth)) < 0.05
    tags = truth.copy()
    tags[wrong, rng.integers(0, 3, wrong.sum())] ^= True
    told = np.where(truth, 0.9, 0.1) + rng.uniform(-0.08, 0.08, truth.shape)
    found = suspicious_sets(tags, told, told >= 0.5)
    assert set(found) == set(np.flatnonzero(wrong))
    assert len(suspicious_sets(tags, told, told >= 0.5, share=0.01)) == 6


def test_a_set_that_the_model_would_propose_itself_is_not_suspected(digits: Any) -> None:
    tags = np.stack([digits[1] % 2 == 0, digits[1] < 5], axis=1)
    told = np.where(tags, 0.4, 0.1)  # by thresholds of 0.3 the model agrees with all of them
    assert len(suspicious_sets(tags, told, told >= 0.3)) == 0
