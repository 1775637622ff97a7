"""Chances to be wrong: what scores, records and doubts make of them."""

import numpy as np
import pytest

from tenfold.learning.chance import FLOOR, NO_RECORDS, Records, learn_chance

SCORES = np.linspace(0.0, 40.0, 50)


def records(right: bool) -> Records:
    return Records(np.full(20, 3.0), np.full(20, right))


def test_a_greater_lead_is_less_often_wrong() -> None:
    wrong = learn_chance(NO_RECORDS, 0.05, 20).wrong(SCORES)
    assert (np.diff(wrong) <= 0.0).all()
    assert wrong[0] > 0.4


def test_records_are_believed() -> None:
    before = learn_chance(NO_RECORDS, 0.05, 20).wrong(np.array([3.0]))[0]
    assert learn_chance(records(right=False), 0.05, 20).wrong(np.array([3.0]))[0] > before
    assert learn_chance(records(right=True), 0.05, 20).wrong(np.array([3.0]))[0] < before


@pytest.mark.parametrize(("doubt", "floor"), [(0.001, FLOOR[0]), (0.03, 0.0006), (0.2, FLOOR[1])])
def test_the_sure_ones_hide_fewer_mistakes_where_heads_doubt_less(
    doubt: float, floor: float
) -> None:
    assert learn_chance(NO_RECORDS, doubt, 20).wrong(np.array([1e6]))[0] == pytest.approx(floor)


def test_the_same_lead_is_less_often_wrong_where_heads_doubt_less() -> None:
    lead = np.array([4.0])
    chances = [
        learn_chance(NO_RECORDS, doubt, 20).wrong(lead)[0] for doubt in (0.3, 0.1, 0.02, 0.01)
    ]
    assert (np.diff(chances) < 0.0).all()
    assert learn_chance(NO_RECORDS, 0.0, 20).wrong(lead)[0] <= chances[-1]


@pytest.mark.parametrize("doubt", [0.1, 0.005])
def test_the_same_lead_is_less_often_wrong_after_many_tags(doubt: float) -> None:
    lead = np.array([4.0])
    chances = [learn_chance(NO_RECORDS, doubt, tags).wrong(lead)[0] for tags in (50, 100, 500)]
    assert (np.diff(chances) < 0.0).all()


def lead_for(chance: float, doubt: float, tags: int, *, unseen: bool = False) -> float:
    """Return the lead from which on the chance to be wrong is lower."""
    leads = np.linspace(0.0, 40.0, 4001)
    wrong = learn_chance(NO_RECORDS, doubt, tags, unseen=unseen).wrong(leads)
    return float(leads[np.argmax(wrong < chance)])


def test_few_tags_make_a_model_too_sure_where_it_doubts() -> None:
    more = [
        lead_for(0.1, doubt, 20) / lead_for(0.1, doubt, 150) for doubt in (0.005, 0.025, 0.04, 0.2)
    ]
    assert more == pytest.approx([1.12, 1.26, 1.43, 1.43], abs=0.02)
    assert lead_for(0.1, 0.1, 5) == lead_for(0.1, 0.1, 50)


def test_few_tags_make_a_model_too_sure_where_a_class_has_none() -> None:
    for doubt in (0.005, 0.1):
        missing = lead_for(0.1, doubt, 20, unseen=True)
        assert missing == pytest.approx(1.43 * lead_for(0.1, doubt, 150), rel=0.02)
        assert lead_for(0.1, doubt, 150, unseen=True) == lead_for(0.1, doubt, 150)
