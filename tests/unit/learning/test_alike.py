"""Images that look alike come together, each once, and the same way each time."""

import numpy as np

from tenfold.learning import alike as module
from tenfold.learning.alike import LEAST, MOST, SCREEN, WINDOW, alike


def clusters(sizes: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return features, shuffled, and the cluster of each."""
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(len(sizes)), sizes)
    points = rng.normal(size=(len(sizes), 48))[of] + 0.25 * rng.normal(size=(len(of), 48))
    order = rng.permutation(len(of))
    return points[order].astype(np.float32), of[order]


def test_what_looks_alike_is_one_group() -> None:
    features, of = clusters([30, 20, 12, 8])
    found = alike(features)
    assert [len(group) for group in found] == [30, 20, 12, 8]
    assert all(len(set(of[group])) == 1 for group in found)


def test_every_image_is_in_one_group() -> None:
    features, _ = clusters([3] * 40 + [70] * 3)
    found = alike(features)
    assert sorted(i for group in found for i in group) == list(range(len(features)))
    assert max(map(len, found)) <= MOST


def test_odd_images_share_screens_and_come_last() -> None:
    features, of = clusters([20] + [1] * 20)
    first, *rest = alike(features)
    assert set(of[first]) == {0}
    assert len(first) == 20
    assert len(rest) <= 4, "not one screen for each"
    assert max(map(len, rest)) <= SCREEN


def test_images_worth_more_stay_before_those_worth_less() -> None:
    features, _ = clusters([100] * 6)
    found = alike(features)
    windows = [{i // WINDOW for i in group} for group in found]
    assert all(len(window) == 1 for window in windows)
    assert [min(window) for window in windows] == sorted(min(window) for window in windows)


def test_the_same_features_give_the_same_groups() -> None:
    features, _ = clusters([9, 30, 4, 2, 1], seed=4)
    assert alike(features) == alike(features.copy())


def test_copies_and_few_images_do_no_harm() -> None:
    assert alike(np.empty((0, 8), dtype=np.float32)) == []
    assert alike(np.ones((1, 8), dtype=np.float32)) == [[0]]
    same = alike(np.ones((40, 8), dtype=np.float32))
    assert sorted(i for group in same for i in group) == list(range(40))
    assert len(alike(clusters([LEAST])[0])) == 1
    assert module.MOST >= SCREEN
