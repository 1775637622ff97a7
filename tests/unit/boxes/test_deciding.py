import numpy as np
import pytest

from models.label import Box
from tenfold.learning.boxes.confidence import fit_confidence
from tenfold.learning.boxes.deciding import best_threshold, measure, new_is_worse


def box(place: int, score: float | None = None) -> Box:
    return Box(label="a", xmin=20 * place, ymin=0, xmax=20 * place + 10, ymax=10, score=score)


def images(rng: np.random.Generator, count: int) -> tuple[list[list[Box]], list[list[Box]]]:
    """Candidates whose score is the chance that they are true."""
    candidates, truth = [], []
    for _ in range(count):
        scores = sorted(rng.uniform(0.05, 0.99, int(rng.integers(1, 5))), reverse=True)
        boxes = [box(place, float(score)) for place, score in enumerate(scores)]
        candidates.append(boxes)
        truth.append([box(i) for i, one in enumerate(boxes) if rng.random() < (one.score or 0)])
    return candidates, truth


def test_the_threshold_is_where_a_candidate_is_as_often_true_as_not() -> None:
    candidates, truth = images(np.random.default_rng(0), 300)
    assert best_threshold(candidates, truth) == pytest.approx(0.5, abs=0.1)


def test_the_threshold_leaves_less_to_correct_than_all_or_nothing() -> None:
    candidates, truth = images(np.random.default_rng(1), 100)
    best = measure(candidates, truth, best_threshold(candidates, truth)).per_box
    assert best < measure(candidates, truth, 0.0).per_box
    assert best < measure(candidates, truth, 1.0).per_box == 1


def test_confidence_is_the_share_of_images_that_are_all_right() -> None:
    rng = np.random.default_rng(2)
    candidates, truth = images(rng, 60)
    confidence = fit_confidence(candidates, truth, 0.5)
    others, their_truth = images(rng, 1000)
    chance = np.array([confidence.of(boxes, 0.5) for boxes in others])
    right = measure(others, their_truth, 0.5).right
    for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 1.0)):
        group = (chance >= low) & (chance < high)
        assert right[group].mean() == pytest.approx(chance[group].mean(), abs=0.12)


def test_one_held_out_image_does_not_make_the_model_sure() -> None:
    confidence = fit_confidence([[box(0, 0.9)]], [[box(0)]], 0.5)
    assert 0.5 < confidence.of([box(0, 0.9)], 0.5) < 0.99
    assert confidence.of([box(0, 0.55), box(1, 0.45)], 0.5) < confidence.of([box(0, 0.9)], 0.5)


def test_a_model_is_worse_only_beyond_chance() -> None:
    old = np.array([1, 2, 0, 3, 1, 2, 0, 1])
    assert new_is_worse(old + 1, old)
    assert new_is_worse(old + np.array([1, 0, 1, 0, 1, 1, 0, 1]), old)
    assert not new_is_worse(old, old)
    assert not new_is_worse(old + np.array([1, -1, 1, -1, 1, -1, 1, -1]), old)
    assert not new_is_worse(old - 1, old)
