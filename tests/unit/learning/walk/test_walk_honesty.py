"""Over many walks the share of broken ones is at most δ, whatever an adversary commits."""

from collections.abc import Callable
from functools import lru_cache
from itertools import product

import numpy as np
import pytest

from tenfold.learning.walk.ladder import Ladder, geometric
from tenfold.learning.walk.ledger import Commit, resolve
from tenfold.learning.walk.simulation import (
    Adversary,
    Mistake,
    View,
    WalkDesign,
    Walked,
    Wrong,
    walk_against,
    walk_log,
)
from tests.unit.learning.walk.constant import constant

Solve = Callable[[int, float], Ladder]

LADDERS: dict[str, Solve] = {
    "constant 1": lambda k, c: constant(k, c, 1),
    "constant 2": lambda k, c: constant(k, c, 2),
    "constant 4": lambda k, c: constant(k, c, 4),
    "growth 1.25": lambda k, c: geometric(k, c, 1.25),
    "growth 1.5": lambda k, c: geometric(k, c, 1.5),
    "growth 2": lambda k, c: geometric(k, c, 2.0),
    "growth 3": lambda k, c: geometric(k, c, 3.0),
}
SIZES = {20: 400, 300: 400, 5_000: 100, 1_000_000: 12}
"""Images of a project, and how many walks are made of each design."""
ERRORS, RISKS = (0.01, 0.05, 0.2), (0.01, 0.05, 0.2)
SURE = 4.0
"""Standard deviations that chance is given."""


def design(
    images: int, error: float, risk: float, ladder: str, *, share: float = 1.0, chunk: int = 1
) -> WalkDesign:
    blank = WalkDesign(images, error, ())
    rates = LADDERS[ladder](blank.wrong_allowed, 1 - risk).rates
    return WalkDesign(images, error, (share * rates[0], *rates[1:]), chunk)


def chance(risks: np.ndarray) -> float:
    """Return by how much a share of broken walks may be off by chance alone."""
    return SURE * float(np.sqrt((risks * (1 - risks)).sum())) / len(risks)


# --- An adversary who never stops: the worst there is.


@lru_cache(maxsize=1)
def without_end() -> list[tuple[str, float, int, float]]:
    """Walk through every design, all labels wrong: ladder, δ, walks, share broken."""
    rng, rows = np.random.default_rng(1), []
    for (images, most), error, risk, ladder in product(SIZES.items(), ERRORS, RISKS, LADDERS):
        one = design(images, error, risk, ladder)
        # Behind K + 1 delivered errors and J audit errors nothing changes any more.
        length = min(images, one.wrong_allowed + 1 + len(one.rates))
        draws = max(4, min(most, 1_000_000 // length))
        coins = rng.random((draws, length), dtype=np.float32)
        broken = walk_log(np.ones(coins.shape, bool), coins, one.rates).broken(one.wrong_allowed)
        rows.append((ladder, risk, draws, broken))
    return rows


@pytest.mark.parametrize("risk", RISKS)
@pytest.mark.parametrize("ladder", LADDERS)
def test_who_never_stops_breaks_just_as_many_walks_as_is_said(ladder: str, risk: float) -> None:
    rows = [row for row in without_end() if row[:2] == (ladder, risk)]
    risks = np.concatenate([np.full(row[2], row[1]) for row in rows])
    broken = sum(row[2] * row[3] for row in rows) / len(risks)
    assert abs(broken - risk) <= chance(risks)


# --- Adversaries who look at what happened.


def nothing(view: View) -> Wrong:
    return np.zeros(len(view.errors), dtype=bool)


def all_wrong(view: View) -> Wrong:
    return ~nothing(view)


def often(view: View, share: np.ndarray | float) -> Wrong:
    return np.asarray(view.rng.random(len(view.errors)) < share)


def wrong_ones(view: View) -> int:
    """Return about as many wrong labels as the rates let through on average, and some more."""
    return int(1.5 * view.design.wrong_allowed) + 4


def never_stops(view: View) -> tuple[Wrong, Wrong]:
    return all_wrong(view), nothing(view)


def wrong_first(view: View) -> tuple[Wrong, Wrong]:
    return all_wrong(view) & (view.place < wrong_ones(view)), nothing(view)


def wrong_last(view: View) -> tuple[Wrong, Wrong]:
    late = view.place >= view.design.images - wrong_ones(view)
    return all_wrong(view) & late, nothing(view)


def now_and_then(view: View) -> tuple[Wrong, Wrong]:
    return often(view, 0.3), nothing(view)


def bursts_after_heads(view: View) -> tuple[Wrong, Wrong]:
    return (view.heads | (view.tails_since < 6)) | often(view, 0.1), nothing(view)


def bursts_after_tails(view: View) -> tuple[Wrong, Wrong]:
    return view.tails_since > 5, nothing(view)


def retrains(view: View) -> tuple[Wrong, Wrong]:
    share = np.clip(0.6 * 0.7**view.errors + 0.02 * view.tails_since, 0, 1)
    return often(view, share), nothing(view)


def gets_worse(view: View) -> tuple[Wrong, Wrong]:
    return often(view, np.clip(0.2 + 0.3 * view.errors, 0, 1)), nothing(view)


def stops_when_ahead(view: View) -> tuple[Wrong, Wrong]:
    ahead = view.slipped * view.design.rates[0] > 1.0 + view.errors
    return all_wrong(view), ahead & (view.slipped <= view.design.wrong_allowed)


def saves_the_last_rung(view: View) -> tuple[Wrong, Wrong]:
    last = view.errors == len(view.design.rates) - 1
    hopeless = last & (2 * view.slipped < view.design.wrong_allowed)
    return ~hopeless, nothing(view)


ADVERSARIES: tuple[Adversary, ...] = (
    never_stops, wrong_first, wrong_last, now_and_then, bursts_after_heads, bursts_after_tails,
    retrains, gets_worse, stops_when_ahead, saves_the_last_rung,
)  # fmt: skip
NAMES = tuple(one.__name__ for one in ADVERSARIES)
CHUNKS = (1, 7, 50)
DESIGNS = tuple(
    design(images, error, risk, ladder, chunk=chunk)
    for (images, error, risk, ladder), chunk in product(
        (
            (20, 0.2, 0.2, "growth 1.5"),
            (200, 0.05, 0.05, "growth 2"),
            (200, 0.05, 0.01, "constant 1"),
            (400, 0.05, 0.05, "growth 1.5"),
            (400, 0.1, 0.2, "growth 3"),
            (1000, 0.05, 0.1, "growth 1.25"),
        ),
        CHUNKS,
    )
)
DESIGN_RISKS = tuple(
    risk for risk, _ in product((0.2, 0.05, 0.01, 0.05, 0.2, 0.1), range(len(CHUNKS)))
)
DRAWS = 600


@pytest.mark.parametrize("adversary", ADVERSARIES, ids=NAMES)
def test_no_adversary_breaks_more_walks_than_is_said(adversary: Adversary) -> None:
    broken = np.array([
        walk_against(one, adversary, DRAWS, seed).broken(one.wrong_allowed)
        for seed, one in enumerate(DESIGNS)
    ])  # fmt: skip
    for share, risk in zip(broken, DESIGN_RISKS, strict=True):
        assert share <= risk + chance(np.full(DRAWS, risk))
    assert broken.mean() <= np.mean(DESIGN_RISKS) + chance(np.repeat(DESIGN_RISKS, DRAWS))
    if adversary is never_stops:
        assert broken.mean() >= np.mean(DESIGN_RISKS) - chance(np.repeat(DESIGN_RISKS, DRAWS))


def test_there_are_as_many_walks_as_are_needed_to_see_it() -> None:
    walks = sum(row[2] for row in without_end())
    assert walks + len(DESIGNS) * len(ADVERSARIES) * DRAWS >= 100_000


# --- Several pools, with K and δ split beforehand.

POOLS = ((300, 15, 0.03), (200, 7, 0.01), (500, 28, 0.01))
"""Images, part of K, part of δ: 50 of 1000 at 5 %."""


def in_pools(parts: tuple[tuple[int, int, float], ...], seed: int) -> float:
    total = np.zeros(4000, dtype=np.int64)
    for number, (images, allowed, risk) in enumerate(parts):
        coins = np.random.default_rng((seed, number)).random((len(total), images))
        rates = geometric(allowed, 1 - risk, 2.0).rates
        total += walk_log(np.ones(coins.shape, bool), coins, rates).slipped
    return float((total > 50).mean())


def test_pools_that_split_k_and_delta_keep_one_promise_together() -> None:
    assert in_pools(POOLS, 1) <= 0.05 + chance(np.full(4000, 0.05))


def test_pools_that_each_spend_all_of_k_and_delta_are_caught() -> None:
    greedy = tuple((images, 50, 0.05) for images, _, _ in POOLS)
    assert in_pools(greedy, 1) > 0.05 + chance(np.full(4000, 0.05))


# --- Each of these must be noticed.

MUTANT = design(400, 0.05, 0.05, "growth 1.5", chunk=20)
MUTANT_DRAWS = 8000


def too_many(walked: Walked, one: WalkDesign = MUTANT) -> bool:
    draws = len(walked.slipped)
    return walked.broken(one.wrong_allowed) > 0.05 + chance(np.full(draws, 0.05))


def test_without_a_mistake_nothing_is_noticed() -> None:
    assert not too_many(walk_against(MUTANT, never_stops, MUTANT_DRAWS, 5))


@pytest.mark.parametrize("mistake", Mistake)
def test_a_rule_that_is_not_kept_is_noticed(mistake: Mistake) -> None:
    assert too_many(walk_against(MUTANT, never_stops, MUTANT_DRAWS, 5, mistake))


@pytest.mark.parametrize("ladder", LADDERS)
def test_a_first_rate_that_is_a_sixth_too_low_is_noticed(ladder: str) -> None:
    one = design(400, 0.05, 0.05, ladder, share=0.85)
    coins = np.random.default_rng(3).random((40_000, 60), dtype=np.float32)
    assert too_many(walk_log(np.ones(coins.shape, bool), coins, one.rates), one)


def test_a_needlessly_timid_ladder_is_noticed() -> None:
    one = design(400, 0.05, 0.05, "growth 1.5", share=1.15)
    coins = np.random.default_rng(3).random((40_000, 60), dtype=np.float32)
    walked = walk_log(np.ones(coins.shape, bool), coins, one.rates)
    assert walked.broken(one.wrong_allowed) < 0.05 - chance(np.full(40_000, 0.05))


# --- The simulation walks as the ledger does.


def by_ledger(wrong: Wrong, coins: np.ndarray, rates: tuple[float, ...]) -> tuple[int, int, int]:
    log = [
        Commit(str(i), float(u), bool(w)) for i, (u, w) in enumerate(zip(coins, wrong, strict=True))
    ]
    found = resolve(log, Ladder(rates))
    assert not found.due
    slipped = sum(bool(wrong[int(one)]) for one in found.delivered)
    return slipped, found.errors, len(found.looked)


def test_the_simulation_delivers_what_the_ledger_delivers() -> None:
    rng, rates = np.random.default_rng(4), (0.1, 0.2, 0.4)
    wrong, coins = rng.random((200, 40)) < 0.4, rng.random((200, 40))
    walked = walk_log(wrong, coins, rates)
    for row in range(200):
        slipped, errors, looked = by_ledger(wrong[row], coins[row], rates)
        assert (walked.slipped[row], walked.errors[row]) == (slipped, errors)
        assert walked.looked[row] == looked


def test_a_step_by_step_walk_is_one_of_its_log() -> None:
    one = design(300, 0.05, 0.05, "growth 2", chunk=10)
    logs: list[Wrong] = []

    def noted(view: View) -> tuple[Wrong, Wrong]:
        chosen = now_and_then(view)
        logs.append(chosen[0])
        return chosen

    walked = walk_against(one, noted, 200, 9)
    rng = np.random.default_rng(9)
    wrong, coins = [], []
    for chosen in logs:
        rng.random(200)
        coins.append(rng.random(200))
        wrong.append(chosen)
    again = walk_log(np.array(wrong).T, np.array(coins).T, one.rates)
    assert (again.slipped == walked.slipped).all()
    assert (again.errors == walked.errors).all()
    assert (again.looked == walked.looked).all()
