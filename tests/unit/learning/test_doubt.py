"""How much a model doubts what it tells."""

import numpy as np
import pytest

from tenfold.learning.class_model import CONTESTED, Told, doubt_of


def _told(doubts: float, agreed: float) -> Told:
    count = 100
    apart = np.arange(count) >= agreed * count
    return Told(np.zeros(count, dtype=np.intp), np.ones(count), np.full(count, doubts), ~apart)


def test_a_model_doubts_as_its_probabilities_say() -> None:
    assert doubt_of(_told(0.2, agreed=0.9), np.ones(100, dtype=bool)) == pytest.approx(0.2)


def test_where_heads_disagree_a_sure_product_is_doubtful_all_the_same() -> None:
    everything = np.ones(100, dtype=bool)
    assert doubt_of(_told(0.01, agreed=0.7), everything) == pytest.approx(CONTESTED * 0.3)


def test_only_what_is_asked_for_counts() -> None:
    told = _told(0.01, agreed=0.5)
    assert doubt_of(told, np.arange(100) < 50) == pytest.approx(0.01)
    assert doubt_of(told, np.zeros(100, dtype=bool)) == 0.0
