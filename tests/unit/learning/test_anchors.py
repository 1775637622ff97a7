"""The graph of near neighbors, and what it hands on."""

import numpy as np
import pytest

from tenfold.learning.anchors import NEIGHBORS, WIDTH, carry_over, chances, connect, spread
from tenfold.learning.neighbors import Points


def _on_a_circle(angles: np.ndarray) -> Points:
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_dense_and_thin_regions_hold_together_alike() -> None:
    dense, thin = np.arange(40) * 0.002, 2.0 + np.arange(40) * 0.02
    flow = connect(_on_a_circle(np.concatenate([dense, thin]))).flow
    assert flow is not None
    assert flow[60, 61] == pytest.approx(flow[20, 21], rel=0.01)
    assert flow[60, 64] == pytest.approx(flow[20, 24], rel=0.01)


def test_images_say_themselves_how_far_near_is() -> None:
    angles = np.arange(60) * 0.02
    wide, narrow = connect(_on_a_circle(angles)), connect(_on_a_circle(angles / 2))
    assert narrow.gamma == pytest.approx(4.0 * wide.gamma, rel=0.01)
    typical = float(np.sqrt(np.mean(wide.reach**2)))
    assert np.exp(-wide.gamma * typical**2) == pytest.approx(np.exp(-WIDTH))


def test_labels_spread_to_copies_and_past_them() -> None:
    one = np.zeros(2 * NEIGHBORS)
    other = 0.5 + np.arange(NEIGHBORS) * 0.01
    anchors = connect(_on_a_circle(np.concatenate([one, other])))
    places, labels = np.array([0, len(one)]), np.array([0, 1])
    told = spread(anchors, places, labels, 2)
    assert np.isfinite(told).all()
    assert (np.argmax(told[len(one) :], axis=1) == 1).all()
    assert np.argmax(told[0]) == 0


def test_a_class_of_many_tags_spreads_no_farther_than_one_of_few() -> None:
    anchors = connect(_on_a_circle(np.arange(60) * 0.02))
    places, labels = np.append(np.arange(10), 55), np.append(np.zeros(10, dtype=int), 1)
    told = np.argmax(spread(anchors, places, labels, 2), axis=1)
    assert told.tolist() == sorted(told)
    assert 27 <= int(told.argmax()) <= 33


def test_the_same_image_everywhere_is_no_error() -> None:
    anchors = connect(_on_a_circle(np.zeros(NEIGHBORS)))
    told = spread(anchors, np.array([0]), np.array([1]), 2)
    assert (np.argmax(told, axis=1) == 1).all()


def test_others_take_what_their_nearest_anchors_carry() -> None:
    angles = np.arange(60) * 0.02
    anchors = connect(_on_a_circle(angles))
    carried = chances(np.eye(2, dtype=np.float32)[(angles > 0.6).astype(int)])
    smoothed, told = carry_over(anchors, carried, _on_a_circle(np.array([0.105, 1.105, 3.0])))
    assert np.argmax(told, axis=1).tolist() == [0, 1, 1]
    assert np.linalg.norm(smoothed, axis=1) == pytest.approx(1.0, abs=1e-5)
