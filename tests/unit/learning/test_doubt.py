"""How much a model doubts what it tells."""

import numpy as np
import pytest

from tenfold.learning.class_model import CONTESTED, doubt_of


def _told(doubts: float, agreed: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what heads say of two classes, and on which images two of them agree."""
    count = 100
    logs = np.log(np.tile([1.0 - doubts, doubts], (count, 1)))
    return logs, np.arange(count) < agreed * count


def test_a_model_doubts_as_its_probabilities_say() -> None:
    assert doubt_of(*_told(0.2, agreed=0.9)) == pytest.approx(0.2)


def test_where_heads_disagree_a_sure_product_is_doubtful_all_the_same() -> None:
    assert doubt_of(*_told(0.01, agreed=0.7)) == pytest.approx(CONTESTED * 0.3)


def test_only_what_is_asked_for_counts() -> None:
    logs, agreed = _told(0.01, agreed=0.5)
    assert doubt_of(logs[:50], agreed[:50]) == pytest.approx(0.01)
    assert doubt_of(logs[:0], agreed[:0]) == 0.0
