"""Ladders: the published table, the recursion they are solved from, and their limits."""

from itertools import pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.errors import ConflictError
from tenfold.learning.walk.ladder import (
    GROWTHS,
    STEEPEST,
    Ladder,
    geometric,
    least_looks,
    risk_of,
)
from tenfold.learning.walk.verify import keeps_promise
from tests.unit.learning.walk.constant import constant

CONSTANT = {
    20: (0.13295, 0.19812, 0.29227),
    50: (0.05705, 0.08801, 0.13737),
    100: (0.02923, 0.04566, 0.07287),
    189: (0.01564, 0.02459, 0.03968),
    500: (0.00596, 0.00941, 0.01531),
}
GEOMETRIC = {
    20: ((0.18144, 3), (0.15414, 2), (0.14324, 2)),
    50: ((0.08935, 5), (0.07210, 3), (0.06331, 2)),
    100: ((0.04856, 6), (0.03864, 4), (0.03359, 3)),
    189: ((0.02715, 8), (0.02122, 5), (0.01826, 4)),
    500: ((0.01069, 10), (0.00825, 6), (0.00703, 4)),
}
HALF = 0.5000001e-5
"""Half of the last of five digits."""


@pytest.mark.parametrize("allowed", CONSTANT)
def test_the_published_table_of_constant_ladders_is_met(allowed: int) -> None:
    for rungs, first in zip((1, 2, 4), CONSTANT[allowed], strict=True):
        ladder = constant(allowed, 0.95, rungs)
        assert len(set(ladder.rates)) == 1
        assert len(ladder.rates) == rungs
        assert abs(ladder.rates[0] - first) <= HALF


@pytest.mark.parametrize("allowed", GEOMETRIC)
def test_the_published_table_of_escalating_ladders_is_met(allowed: int) -> None:
    for growth, (first, rungs) in zip((1.5, 2.0, 3.0), GEOMETRIC[allowed], strict=True):
        ladder = geometric(allowed, 0.95, growth)
        assert len(ladder.rates) == rungs
        assert abs(ladder.rates[0] - first) <= HALF
        assert np.allclose(np.diff(np.log(ladder.rates)), np.log(growth))


def recursion(allowed: int, rates: tuple[float, ...]) -> float:
    """Return V(0, 0) just as certificate.md writes it down."""
    ahead = [1.0] * len(rates) + [0.0]
    for _ in range(allowed + 1):
        value = [0.0] * (len(rates) + 1)
        for j in reversed(range(len(rates))):
            value[j] = (1 - rates[j]) * ahead[j] + rates[j] * value[j + 1]
        ahead = value
    return ahead[0]


@given(
    allowed=st.integers(0, 80),
    rates=st.lists(st.floats(0.001, 1.0), min_size=1, max_size=9),
)
def test_the_risk_is_that_of_the_recursion(allowed: int, rates: list[float]) -> None:
    assert risk_of(allowed, rates) == pytest.approx(recursion(allowed, tuple(rates)), abs=1e-11)


@given(allowed=st.integers(0, 300), rate=st.floats(0.001, 0.999), rungs=st.integers(1, 6))
def test_the_risk_of_equal_rates_is_binomial(allowed: int, rate: float, rungs: int) -> None:
    # K + 1 are delivered before J are caught: of the first K + J fewer than J are caught.
    tosses = allowed + rungs
    fewer = sum(comb(tosses, i) * rate**i * (1 - rate) ** (tosses - i) for i in range(rungs))
    assert risk_of(allowed, [rate] * rungs) == pytest.approx(fewer, abs=1e-11)


def test_the_risk_of_small_cases_is_exact() -> None:
    assert risk_of(0, [0.95]) == pytest.approx(0.05)
    assert risk_of(0, [0.5, 0.5]) == pytest.approx(0.75)
    assert risk_of(1, [0.5]) == pytest.approx(0.25)
    assert risk_of(1, [0.5, 0.25]) == pytest.approx(0.5 * 0.875 + 0.5 * 0.75**2)
    assert risk_of(3, [1.0, 1.0]) == 0.0
    assert risk_of(3, []) == 0.0


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("allowed", [0, 1, 5, 10, 25, 1000, 50_000])
def test_a_ladder_spends_its_whole_risk_and_not_more(allowed: int, confidence: float) -> None:
    for ladder in (
        *(geometric(allowed, confidence, growth) for growth in GROWTHS),
        *(constant(allowed, confidence, rungs) for rungs in (1, 2, 4)),
    ):
        risk = risk_of(allowed, ladder.rates)
        assert risk <= 1 - confidence
        assert risk == pytest.approx(1 - confidence, rel=1e-6)


@pytest.mark.parametrize("allowed", [10, 25, 1000, 50_000])
def test_rates_rise_and_stay_below_the_steepest(allowed: int) -> None:
    for growth in GROWTHS:
        rates = geometric(allowed, 0.95, growth).rates
        assert all(low < high for low, high in pairwise(rates))
        assert rates[-1] < STEEPEST


def test_a_ladder_at_which_a_rung_just_drops_out_isn_t_timid() -> None:
    # With r_0 a bit below 0.32 a third rung would fit, which risks too much; two are enough.
    ladder = geometric(10, 0.95, 1.25)
    assert risk_of(10, ladder.rates) == pytest.approx(0.05, rel=1e-6)
    assert len(ladder.rates) == 2


def test_without_any_wrong_label_allowed_nearly_all_are_looked_at() -> None:
    for growth in GROWTHS:
        assert geometric(0, 0.95, growth).rates == pytest.approx((0.95,))
    assert geometric(1, 0.95, 2.0).rates == pytest.approx((1 - 0.05**0.5,))


def test_ladders_of_large_projects_are_found_at_once() -> None:
    ladder = geometric(50_000, 0.95, 2.0)
    assert 3 < 50_001 * ladder.rates[0] < 5
    assert ladder.rates[0] * 1_000_000 < 100


def test_a_confidence_that_is_none_is_refused() -> None:
    for confidence in (0.0, 1.0, 1.5):
        with pytest.raises(ConflictError, match="not between 0 and 1"):
            geometric(10, confidence, 2.0)


def test_rates_end_with_the_last_rung() -> None:
    ladder = Ladder((0.1, 0.2))
    assert [ladder.rate(j) for j in range(4)] == [0.1, 0.2, None, None]


def test_a_ladder_that_falls_keeps_no_promise_however_small_its_risk() -> None:
    rising, level = (0.3, 0.4, 0.5), (0.4, 0.4)
    assert keeps_promise(20, rising, 0.95)
    assert keeps_promise(20, level, 0.95)
    falling = rising[::-1]
    assert risk_of(20, falling) == pytest.approx(risk_of(20, rising))
    assert not keeps_promise(20, falling, 0.95)


@pytest.mark.parametrize("images", [100, 1000, 20_000])
def test_no_ladder_looks_less_than_any_procedure_must(images: int) -> None:
    allowed = images // 20
    least = least_looks(images, allowed, 0.95)
    assert least == pytest.approx(images * (1 - 0.05 ** (1 / (allowed + 1))))
    assert images * constant(allowed, 0.95, 1).rates[0] == pytest.approx(least)
    assert all(images * geometric(allowed, 0.95, g).rates[0] >= least - 1e-6 for g in GROWTHS)
