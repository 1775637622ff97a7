"""A set of classes an image: the whole set counts."""

from typing import Any

import numpy as np
import pytest

from models.label import ClassLabel, LabelSet, TaskType
from tenfold.errors import InvalidAnswerError, ModelError
from tenfold.task_types import task_kind

CLASSES = ("ant", "bee", "cow", "never")
TASK = TaskType.MULTILABEL


def members(number: int) -> tuple[str, ...]:
    return tuple(name for bit, name in enumerate(CLASSES[:3]) if number >> bit & 1)


@pytest.fixture
def toy(make_toy: Any) -> Any:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(3, 24))
    bits = np.array([[i >> bit & 1 for bit in range(3)] for i in range(700)])
    features = (2 * bits - 1) @ directions + 1.5 + 0.6 * rng.normal(size=(700, 24))
    return make_toy(features)


def test_sets_are_learned_the_empty_one_included(toy: Any) -> None:
    metrics = toy.train(TASK, CLASSES, {i: members(i) for i in range(60)})
    prelabels = toy.prelabel(TASK, CLASSES, list(range(100, 700)))
    right = [p.value == LabelSet(labels=members(int(p.sha256, 16))) for p in prelabels]
    assert np.mean(right) > 0.85
    assert LabelSet() in {p.value for p in prelabels}
    assert metrics["tags/ant"] == 30
    assert metrics["tags/never"] == 0
    assert metrics["class_accuracy"] >= metrics["accuracy"]


def test_confidence_is_that_of_the_whole_set(toy: Any) -> None:
    toy.train(TASK, CLASSES, {i: members(i) for i in range(60)}, out="one")
    toy.train(TASK, CLASSES, {i: members(i) for i in range(120)}, out="two", previous="one")
    prelabels = toy.prelabel(TASK, CLASSES, list(range(200, 700)), model="two")
    wrong = sum(p.value != LabelSet(labels=members(int(p.sha256, 16))) for p in prelabels)
    expected = sum(1 - p.confidence for p in prelabels)
    assert expected / 2.5 - 5 <= wrong <= 2.5 * expected + 5


def test_one_tag_and_equal_tags_are_enough_to_go_on(toy: Any) -> None:
    toy.train(TASK, CLASSES, {1: ("ant",)}, out="one")
    proposed = toy.prelabel(TASK, CLASSES, [4, 5], model="one")
    assert all(0 <= p.confidence < 0.8 for p in proposed)
    toy.train(TASK, CLASSES, {1: ("ant",), 9: ("ant",), 17: ("ant",)}, out="alike")
    proposed = toy.prelabel(TASK, CLASSES, [4, 5], model="alike")
    assert {p.value for p in proposed} == {LabelSet(labels=("ant",))}


def test_no_tags_are_an_error(toy: Any) -> None:
    with pytest.raises(ModelError, match="no tag yet"):
        toy.train(TASK, CLASSES, {3: "a class instead of a set"})


def test_an_answer_is_a_set_of_known_classes() -> None:
    kind = task_kind(TASK)
    assert kind.check(LabelSet(labels=("cow", "ant")), CLASSES, 1, 1).labels == ("ant", "cow")
    with pytest.raises(InvalidAnswerError, match="no class 'dog'"):
        kind.check(LabelSet(labels=("dog",)), CLASSES, 1, 1)
    with pytest.raises(InvalidAnswerError, match="set of classes"):
        kind.check(ClassLabel(label="ant"), CLASSES, 1, 1)
    assert kind.corrections(LabelSet(labels=("ant",)), LabelSet(labels=("bee", "cow"))) == 3
    assert kind.agrees(LabelSet(), LabelSet())
