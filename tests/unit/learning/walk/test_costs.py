"""Expected costs against walks that were really made, with the same rules."""

from functools import partial

import numpy as np
import pytest

from tenfold.learning.walk import costs
from tenfold.learning.walk.costs import BLOCKS, NO_LEARNING, Learning, choose_ladder
from tenfold.learning.walk.ladder import geometric

expected_looks = partial(costs.expected_looks, misjudged=(1.0,))
"""The chances are right here."""


def walked_looks(wrong: np.ndarray, rates: tuple[float, ...], draws: int = 4000) -> float:
    """Walk down the order to the end, and hand what is behind the last rung to people."""
    rng = np.random.default_rng(0)
    errors, looks = np.zeros(draws, dtype=np.int64), np.zeros(draws)
    padded = np.array([*rates, 1.0])
    for chance in wrong:
        heads = rng.random(draws) < padded[errors]
        looks += heads
        caught = heads & (rng.random(draws) < chance) & (errors < len(rates))
        errors += caught
    return float(looks.mean())


def cheapest(wrong: np.ndarray, rates: tuple[float, ...]) -> float:
    """Return the expected looks label by label, stopping wherever that were cheaper."""
    ahead = [0.0] * (len(rates) + 1)
    for left, chance in enumerate(wrong[::-1], start=1):
        for j, rate in enumerate(rates):
            go = rate + rate * chance * ahead[j + 1] + (1 - rate * chance) * ahead[j]
            ahead[j] = min(go, left)
        ahead[-1] = float(left)
    return ahead[0]


@pytest.mark.parametrize("growth", [1.25, 2.0, 5.0])
@pytest.mark.parametrize("most", [0.02, 0.2])
def test_expected_looks_are_those_of_real_walks(growth: float, most: float) -> None:
    wrong = most * np.linspace(0, 1, 600) ** 2
    rates = geometric(30, 0.95, growth).rates
    expected = expected_looks(wrong, [rates])[0]
    assert expected == pytest.approx(cheapest(wrong, rates), rel=0.03)
    assert expected == pytest.approx(walked_looks(wrong, rates), rel=0.03)


def test_if_nothing_is_wrong_only_the_first_rate_costs() -> None:
    rates = geometric(50, 0.95, 2.0).rates
    assert expected_looks(np.zeros(900), [rates])[0] == pytest.approx(900 * rates[0])


def test_if_all_is_wrong_people_may_as_well_label_the_rest() -> None:
    rates = geometric(10, 0.95, 2.0).rates
    found = expected_looks(np.ones(2000), [rates])[0]
    assert 1900 < found <= 2000


def test_where_no_rung_is_left_all_goes_to_people() -> None:
    assert expected_looks(np.zeros(50), [()])[0] == 50
    assert expected_looks(np.zeros(0), [(0.1,), ()]).tolist() == [0.0, 0.0]


def test_ladders_are_weighed_together_as_they_are_alone() -> None:
    wrong = np.linspace(0, 0.3, 2 * BLOCKS)
    ladders = [geometric(40, 0.95, growth).rates for growth in (1.25, 1.5, 5.0)]
    together = expected_looks(wrong, ladders)
    alone = [expected_looks(wrong, [one])[0] for one in ladders]
    assert together == pytest.approx(alone)


@pytest.mark.parametrize("growth", [1.25, 2.0, 5.0])
def test_stretches_of_a_large_project_cost_about_what_single_labels_do(growth: float) -> None:
    wrong = 0.4 * np.linspace(0, 1, 20_000) ** 4
    rates = geometric(1000, 0.95, growth).rates
    assert expected_looks(wrong, [rates])[0] == pytest.approx(cheapest(wrong, rates), rel=0.03)


def test_the_ladder_fits_the_errors_that_are_expected() -> None:
    sure, expected = choose_ladder(np.zeros(1000), 50, 0.95)
    assert sure == geometric(50, 0.95, 5.0)
    assert expected == pytest.approx(1000 * sure.rates[0])
    risky, _ = choose_ladder(np.full(1000, 0.03), 50, 0.95)
    assert len(risky.rates) > len(sure.rates)


def test_a_model_that_learns_on_the_way_makes_the_walk_cheaper() -> None:
    wrong = np.linspace(0, 0.4, BLOCKS)
    rates = geometric(10, 0.95, 2.0).rates
    looked = 20 + rates[0] * np.arange(BLOCKS)
    fallen = wrong * (20 / looked) ** 0.5
    found = expected_looks(wrong, [rates], learning=Learning(20, 0.5))[0]
    assert found == pytest.approx(expected_looks(fallen, [rates])[0])
    assert found < expected_looks(wrong, [rates])[0]
    ladder, least = choose_ladder(wrong, 10, 0.95, learning=Learning(20, 0.5))
    assert least <= choose_ladder(wrong, 10, 0.95)[1]
    assert len(ladder.rates) <= len(choose_ladder(wrong, 10, 0.95)[0].rates)


def test_before_the_first_tag_nothing_has_fallen() -> None:
    assert Learning(0, 0.5).falling(np.zeros(1)) == 1.0
    assert NO_LEARNING.falling(np.array([1e6])) == 1.0
