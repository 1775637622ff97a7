"""What a head learns from what the others believe of all images."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

from tenfold.learning.kernel import Kernel
from tenfold.learning.landmarks import MOST, RIDGE, settle
from tenfold.learning.linear import unit
from tenfold.learning.self_training import teach_itself

GAMMA = 0.4


def _two_crowds(each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centers = np.array([[4.0] + 7 * [0.0], [0.0, 4.0] + 6 * [0.0]])
    labels = np.repeat([0, 1], each)
    return unit((centers[labels] + rng.normal(size=(2 * each, 8))).astype(np.float32)), labels


def _log_believed(first: np.ndarray) -> np.ndarray:
    return np.log(np.stack([first, 1.0 - first], axis=1))


def test_as_many_landmarks_as_points_are_plain_ridge_regression() -> None:
    points, labels = _two_crowds(40)
    targets = np.eye(2)[labels] - 0.5
    landmarks = settle(points, GAMMA)
    found = landmarks.turn @ landmarks.regress(targets)
    exact = KernelRidge(alpha=RIDGE, kernel="rbf", gamma=GAMMA).fit(points, targets)
    ours = Kernel(landmarks.points, found, GAMMA).log_probabilities(points)
    theirs = Kernel(points, np.asarray(exact.dual_coef_), GAMMA).log_probabilities(points)
    assert ours == pytest.approx(theirs, abs=1e-3)


def test_many_points_are_seen_from_a_few_of_them_always_the_same() -> None:
    points, _ = _two_crowds(400)
    landmarks = settle(points, GAMMA)
    assert landmarks.points.shape == (MOST, 8)
    assert landmarks.seen.shape == (800, MOST)
    known = {tuple(point) for point in points.tolist()}
    assert all(tuple(point) in known for point in landmarks.points.tolist())
    assert (settle(points, GAMMA).points == landmarks.points).all()


def test_what_is_believed_of_a_crowd_overrules_what_is_believed_of_one() -> None:
    points, labels = _two_crowds(60)
    first = np.where(labels == 0, 0.8, 0.2)
    first[5] = 0.3
    taught = teach_itself(settle(points, GAMMA), _log_believed(first), np.array([0]), np.array([0]))
    told = taught.log_probabilities(points)
    assert (np.argmax(told, axis=1) == labels).all()


def test_a_tag_is_no_belief() -> None:
    points, labels = _two_crowds(60)
    nothing = _log_believed(np.full(120, 0.5))
    places = np.array([0, 1, 2, 60, 61, 62])
    taught = teach_itself(settle(points, GAMMA), nothing, places, labels[places])
    told = taught.log_probabilities(points)
    assert (np.argmax(told, axis=1) == labels).mean() > 0.95
