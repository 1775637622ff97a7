"""Resolving a log: who is looked at, what is delivered, in whatever order answers arrive."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.learning.walk.ladder import Ladder
from tenfold.learning.walk.ledger import Commit, Resolution, resolve

LADDER = Ladder((0.2, 0.4, 0.6))


def log(*coins: float) -> list[Commit]:
    return [Commit(str(place), coin) for place, coin in enumerate(coins)]


def answer(commits: list[Commit], *, right: str = "", wrong: str = "") -> list[Commit]:
    """Return the log with answers to images by the digits of their places."""
    told = dict.fromkeys(right, False) | dict.fromkeys(wrong, True)
    return [replace(one, wrong=told.get(one.sha256, one.wrong)) for one in commits]


def test_an_empty_log_has_nothing_due_and_goes_on() -> None:
    assert resolve([], LADDER) == Resolution(0, [], [], [], [], ended=False)


def test_heads_are_due_and_tails_are_delivered() -> None:
    found = resolve(log(0.1, 0.2, 0.9, 0.19), LADDER)
    assert found.due == ["0", "3"]
    assert found.delivered == ["1", "2"]
    assert found.looked == found.returned == []


def test_a_coin_of_just_the_rate_shows_tails() -> None:
    assert resolve(log(0.2), LADDER).delivered == ["0"]
    assert resolve(log(0.0), LADDER).due == ["0"]


def test_an_answer_that_agrees_changes_nothing_behind_it() -> None:
    found = resolve(answer(log(0.1, 0.3), right="0"), LADDER)
    assert (found.errors, found.looked, found.delivered) == (0, ["0"], ["1"])


def test_a_late_error_adds_looks_behind_it_and_none_before() -> None:
    commits = log(0.3, 0.1, 0.3, 0.5, 0.35)
    before = resolve(commits, LADDER)
    assert before.due == ["1"]
    assert before.delivered == ["0", "2", "3", "4"]
    after = resolve(answer(commits, wrong="1"), LADDER)
    assert after.errors == 1
    assert after.due == ["2", "4"]
    assert after.delivered == ["0", "3"]


def test_an_error_in_front_of_answers_that_came_earlier_counts_first() -> None:
    commits = answer(log(0.1, 0.3, 0.1, 0.5, 0.5), wrong="2")
    assert resolve(commits, LADDER).due == ["0"]
    both = resolve(answer(commits, wrong="0"), LADDER)
    assert both.errors == 2
    assert both.due == ["1", "3", "4"]


def test_it_ends_with_just_the_last_error_and_returns_all_behind() -> None:
    commits = answer(log(0.1, 0.9, 0.3, 0.5, 0.99, 0.01, 0.5), wrong="023")
    found = resolve(commits, LADDER)
    assert found.ended
    assert found.errors == 3
    assert found.delivered == ["1"]
    assert found.looked == ["0", "2", "3"]
    assert found.returned == ["4", "5", "6"]
    assert found.due == []


def test_it_ends_where_the_last_commit_is_the_last_error() -> None:
    found = resolve(answer(log(0.1, 0.3, 0.5), wrong="012"), LADDER)
    assert found.ended
    assert found.returned == []
    assert not resolve(answer(log(0.1, 0.3, 0.5), wrong="01", right="2"), LADDER).ended


def test_answers_behind_the_end_count_no_more() -> None:
    commits = answer(log(0.1, 0.3, 0.5, 0.1), wrong="0123")
    found = resolve(commits, LADDER)
    assert (found.errors, found.returned) == (3, ["3"])


def test_without_a_rung_nothing_is_committed() -> None:
    found = resolve(log(0.9), Ladder(()))
    assert (found.ended, found.returned, found.delivered) == (True, ["0"], [])


COINS = st.lists(st.tuples(st.floats(0, 0.999), st.booleans()), max_size=40)
RATES = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4).map(lambda r: tuple(sorted(r)))


def full(told: list[tuple[float, bool]]) -> list[Commit]:
    return [Commit(str(i), coin, wrong) for i, (coin, wrong) in enumerate(told)]


@given(told=COINS, rates=RATES, seen=st.sets(st.integers(0, 39)), more=st.sets(st.integers(0, 39)))
def test_what_is_due_stays_due_when_more_answers_arrive(
    told: list[tuple[float, bool]], rates: tuple[float, ...], seen: set[int], more: set[int]
) -> None:
    truth, ladder = full(told), Ladder(rates)

    def known(places: set[int]) -> list[Commit]:
        return [one if i in places else replace(one, wrong=None) for i, one in enumerate(truth)]

    before, after = resolve(known(seen), ladder), resolve(known(seen | more), ladder)
    assert after.errors >= before.errors
    # Due ones are answered, still due, or behind an end that is known only now.
    assert set(before.due) <= {*after.due, *after.looked, *after.returned}
    assert set(after.delivered) <= set(before.delivered)
    assert set(before.returned) <= set(after.returned)
    parts = [*after.due, *after.looked, *after.delivered, *after.returned]
    assert sorted(parts, key=int) == [one.sha256 for one in truth]


@given(told=COINS, rates=RATES, order=st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_nothing_in_the_end(
    told: list[tuple[float, bool]], rates: tuple[float, ...], order: object
) -> None:
    truth, ladder = full(told), Ladder(rates)
    commits = [replace(one, wrong=None) for one in truth]
    while due := resolve(commits, ladder).due:
        next_one = int(order.choice(due))  # type: ignore[attr-defined]
        commits[next_one] = truth[next_one]
    found, all_at_once = resolve(commits, ladder), resolve(truth, ladder)
    assert found.delivered == all_at_once.delivered
    assert found.returned == all_at_once.returned
    assert (found.errors, found.ended) == (all_at_once.errors, all_at_once.ended)


@given(told=COINS, rates=RATES)
def test_a_delivered_label_showed_tails_at_the_rate_of_the_errors_before_it(
    told: list[tuple[float, bool]], rates: tuple[float, ...]
) -> None:
    truth = full(told)
    found, errors = resolve(truth, Ladder(rates)), 0
    for one in truth:
        if errors == len(rates):
            assert one.sha256 in found.returned
            continue
        heads = one.coin < rates[errors]
        assert (one.sha256 in found.delivered) is not heads
        assert (one.sha256 in found.looked) is heads
        errors += heads and bool(one.wrong)
    assert found.errors == errors


@pytest.mark.parametrize("cut", range(8))
def test_a_log_grows_without_changing_what_stands_before(cut: int) -> None:
    commits = answer(log(0.1, 0.9, 0.3, 0.5, 0.99, 0.01, 0.5), wrong="02", right="5")
    part, whole = resolve(commits[:cut], LADDER), resolve(commits, LADDER)
    assert part.delivered == [one for one in whole.delivered if int(one) < cut]
    assert part.looked == [one for one in whole.looked if int(one) < cut]
