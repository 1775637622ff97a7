"""A walk that is killed at any commit of the store goes on with the same coins and commits."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from models.round import ApprovedVia, RoundKind
from tenfold.learning.walk import coins
from tenfold.learning.walk.verify import verify_walk
from tenfold.store import faults
from tenfold.store.tables import walk_chunks, walk_commits, walks
from tests.contract.labels.test_kill_points import STATE
from tests.contract.labels.walks import SEED, Walker

WALK_STATE = (
    *STATE,
    (walks, ("images", "wrong_allowed", "rates", "seed", "seal_commitment")),
    (walk_chunks, ("first", "key", "size")),
    (walk_commits, ("position", "sha256", "value", "model_version", "wrong")),
)


class CrashError(Exception):
    pass


def _run(world: Any) -> Any:
    """A cycle with a walk of two chunks; run again from its top, it goes on where it stopped."""
    walker = Walker(world)
    store, shas, claim = world.store, world.shas, world.claim
    first = store.rounds.open(claim, RoundKind.MANUAL, shas[:2], key="round-1")
    if store.rounds.approval(first.id) is None:
        _answer(world, first.id)
        store.rounds.approve(first.id, "rev", ApprovedVia.PAGE, next_backlog=shas[2:6])
    walk = walker.open()
    for begin, end in ((2, 12), (12, 20)):
        opened = walker.commit(walk, shas[begin:end], f"walk-{begin}")
        while opened is not None:
            if store.rounds.approval(opened.id) is None:
                _answer(world, opened.id)
                store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
            asked = len([r for r in store.rounds.list(claim.cycle_id) if r.walk_id])
            opened = store.walks.follow_up(claim, walk.id, f"walk-{begin}-again-{asked}")
    if store.walks.of(claim.cycle_id).closed_at is None:
        walker.deliver(walk)
    store.cycles.complete(claim)
    return walk


def _answer(world: Any, round_id: str) -> None:
    """Answer what is left; two images are dogs, whatever the model says."""
    while found := world.lease("ann", 3, round_id=round_id):
        for item in found:
            word = "dog" if item.sha256 in world.shas[4:6] else "cat"
            world.answer(round_id, item.sha256, word, key=f"answer-{item.sha256[:20]}")


def _state(world: Any) -> dict[str, list[str]]:
    found = {}
    with world.store.database.read() as connection:
        for table, columns in WALK_STATE:
            rows = connection.execute(table.select()).all()
            found[table.name] = sorted(
                repr([_shown(world, name, getattr(row, name)) for name in columns])
                for row in rows
                if getattr(row, "n", 1) != 0
            )
    return found


def _shown(world: Any, column: str, value: Any) -> str:
    """Ids are drawn anew in every world; a backlog's key names a round, a certificate its walk."""
    if column == "id" or str(value).startswith("backlog after"):
        return ""
    return str(value).replace(world.project.id, "project")


def _crashing(world: Any, wanted: int, moment: Any) -> None:
    reached = count(1)

    def crash(_: int) -> None:
        if next(reached) == wanted:
            raise CrashError

    with faults.listening(moment, crash), pytest.raises(CrashError):
        _run(world)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_walk_that_is_killed_at_any_commit_ends_as_if_it_were_not(
    world: Any, make_world: Callable[[], Any], moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coins, "seal", lambda: SEED)
    world.person("ann")
    reached = count()
    with faults.listening("after", lambda _: next(reached) and None):
        _run(world)
    expected, commits = _state(world), next(reached)
    assert len(expected["walk_commits"]) == 18
    assert commits > 25
    for wanted in range(1, commits + 1):
        other = make_world()
        other.person("ann")
        _crashing(other, wanted, moment)
        other.claim = other.store.cycles.claim(other.claim.cycle_id, "after the crash")
        walk = _run(other)
        assert _state(other) == expected, f"killed {moment} commit {wanted}"
        assert other.tallies() == other.recount()
        log = other.store.walks.commits(walk.id)
        assert verify_walk(other.store.certificates.latest(walk.cycle_id), log) == []


def test_the_coins_are_the_same_after_a_crash(world: Any) -> None:
    walker = Walker(world)
    seed = walker.seed(walker.open())
    reached = count(1)

    def crash(_: int) -> None:
        if next(reached) > 6:
            raise CrashError

    with faults.listening("after", crash), pytest.raises(CrashError):
        _run(world)
    world.claim = world.store.cycles.claim(world.claim.cycle_id, "after the crash")
    walk = _run(world)
    assert world.store.certificates.latest(walk.cycle_id).inputs.seed == seed


def test_a_walk_that_was_delivered_stays_as_it_is(world: Any) -> None:
    world.person("ann")
    _run(world)
    before = _state(world)
    world.claim = world.store.cycles.claim(world.claim.cycle_id, "again")
    _run(world)
    assert _state(world) == before
