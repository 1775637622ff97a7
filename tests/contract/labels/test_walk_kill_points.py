"""A walk that is killed at any commit of the store goes on with the same coins and commits."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from models.annotation import Answer
from models.label import ClassLabel
from models.round import ApprovedVia, RoundKind
from tenfold.errors import ConflictError, RoundNotFinishedError
from tenfold.learning.walk import coins
from tenfold.learning.walk.verify import verify_walk
from tenfold.store import ImageFilter, faults, open_store, walk_parts
from tenfold.store.tables import images, walk_chunks, walk_commits, walks
from tests.contract.labels.test_kill_points import STATE
from tests.contract.labels.walks import LADDER, SEED, Walker

WALK_STATE = (
    *STATE,
    (walks, ("images", "wrong_allowed", "rates", "seed", "seal_commitment")),
    (walk_chunks, ("first", "key", "size")),
    (walk_commits, ("position", "sha256", "value", "model_version", "wrong")),
)


HALVED = {"rounds", "items", "approvals"}
"""Tables that say in how many rounds people were asked."""


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


def _count(reached: "count[int]") -> None:
    next(reached)


def _crashing(world: Any, wanted: int, moment: Any) -> None:
    reached = count(1)

    def crash(_: int) -> None:
        if next(reached) == wanted:
            raise CrashError

    with faults.listening(moment, crash), pytest.raises(CrashError):
        _run(world)


@pytest.mark.parametrize(("moment", "part"), [("before", 4), ("after", 1000)])
def test_a_walk_that_is_killed_at_any_commit_ends_as_if_it_were_not(
    world: Any,
    make_world: Callable[[], Any],
    moment: str,
    part: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coins, "seal", lambda: SEED)
    monkeypatch.setattr(walk_parts, "PART", part)
    world.person("ann")
    reached = count()
    with faults.listening("after", lambda _: _count(reached)):
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
        found = _state(other)
        # Asked again halfway through a chunk, people get its rest in a round of its own.
        for table in expected.keys() - (HALVED if part < len(world.shas) else set()):
            assert found[table] == expected[table], f"killed {moment} commit {wanted}: {table}"
        assert other.tallies() == other.recount()
        log = other.store.walks.commits(walk.id)
        assert verify_walk(other.store.certificates.latest(walk.cycle_id), log) == []


@pytest.fixture
def walker(world: Any, monkeypatch: pytest.MonkeyPatch) -> Walker:
    """A walk whose coins are known, written four labels at a time."""
    monkeypatch.setattr(coins, "seal", lambda: SEED)
    monkeypatch.setattr(walk_parts, "PART", 4)
    return Walker(world)


def _kill_after(wanted: int, work: Callable[[], object]) -> None:
    reached = count(1)

    def crash(_: int) -> None:
        if next(reached) == wanted:
            raise CrashError

    with faults.listening("after", crash), pytest.raises(CrashError):
        work()


def test_a_chunk_that_is_given_up_on_the_way_ends_where_it_is(world: Any, walker: Walker) -> None:
    walk = walker.open()
    _kill_after(3, lambda: walker.commit(walk, world.shas[:18]))
    state = world.store.walks.state(walk.id)
    assert state.committed == tuple(world.shas[:8])
    heads = walker.heads(walk, world.shas[:8])
    assert set(state.due) == set(heads) != set()
    with pytest.raises(RoundNotFinishedError):
        walker.commit(walk, world.shas[8:], "walk-8")
    opened = world.store.walks.follow_up(world.claim, walk.id, "walk-8-again-0")
    assert [item.sha256 for item in world.lease("ann", 50)] == sorted(heads)
    walker.answer_through(walk, opened)
    assert world.store.walks.asked_last(walk.id)
    walker.answer_through(walk, walker.commit(walk, world.shas[8:], "walk-8"))
    assert walker.commit(walk, world.shas[:18]) is None
    assert world.store.walks.state(walk.id).committed == tuple(world.shas)
    signed = walker.deliver(walk)
    assert verify_walk(signed, world.store.walks.commits(walk.id)) == []


def _half_delivered(world: Any, walker: Walker) -> tuple[Any, list[str]]:
    """A delivery that was killed after its second part; return the walk and what it accepted."""
    walk = walker.open()
    walker.answer_through(walk, walker.commit(walk, world.shas))
    _kill_after(3, lambda: walker.deliver(walk))
    with world.store.database.read() as connection:
        query = select(images.c.sha256).where(images.c.state == "accepted")
        return walk, sorted(connection.scalars(query))


def test_nobody_sees_a_half_delivered_walk(world: Any, walker: Walker) -> None:
    walk, accepted = _half_delivered(world, walker)
    assert len(accepted) == 8
    store, project = world.store, world.project.id
    assert store.certificates.latest(walk.cycle_id) is None
    assert store.walks.of(walk.cycle_id).closed_at is None
    assert {row.by for row in store.snapshots.final_labels(project)} == {"audited"}
    assert {view.by for view in store.images.page(project)} == {None, "audited"}
    assert store.images.page(project, ImageFilter(state="accepted")) == []
    signed = walker.deliver(walk)
    assert signed.accepted == signed.inputs.delivered > len(accepted)
    found = {row.sha256 for row in store.snapshots.final_labels(project) if row.by == "accepted"}
    assert found > set(accepted)
    assert len(found) == signed.accepted
    assert len(store.labeling.history(project, accepted[0])) == 1


def test_an_answer_that_comes_while_a_delivery_goes_on_stands(
    world: Any, walker: Walker, url: str
) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:])
    world.answer_all(first.id)
    world.store.rounds.approve(first.id, "rev", ApprovedVia.PAGE)
    held = world.lease("ann", 50)
    walk = walker.open()
    heads = set(walker.heads(walk, world.shas[1:]))
    walker.answer_through(walk, walker.commit(walk, world.shas[1:]))
    spared = [item for item in held if item.sha256 not in heads]
    for place, late in enumerate((spared[0], spared[-1])):  # one accepted already, one not yet
        _answer_after(2, late, world.person("ann").id, url, lambda: walker.deliver(walk))
        assert world.store.certificates.latest(walk.cycle_id) is None, place
    signed = walker.deliver(walk)
    assert signed.accepted == signed.inputs.delivered - 2
    for late in (spared[0], spared[-1]):
        assert world.final(late.sha256) == ("cow", "person")
    assert world.tallies() == world.recount()
    assert verify_walk(signed, world.store.walks.commits(walk.id)) == []


def _answer_after(
    wanted: int, item: Any, person: int, url: str, deliver: Callable[[], object]
) -> None:
    """Answer in another process's place once so many parts are written."""
    reached = count(1)
    page = open_store(url)
    given = Answer(
        key=item.sha256[:30],
        round_id=item.round_id,
        sha256=item.sha256,
        value=ClassLabel(label="cow"),
    )

    def answer(_: int) -> None:
        if next(reached) == wanted:
            page.labeling.submit(person, given)

    with faults.listening("after", answer), pytest.raises(ConflictError, match="something else"):
        deliver()
    page.close()


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


def _seed(shas: list[str], heads: bool) -> str:
    """Return a seed with which people are asked about some of the images, or about none."""
    seeds = (f"{number:064x}" for number in count())
    return next(
        seed
        for seed in seeds
        if any(coins.coin(seed, sha) < LADDER.rates[-1] for sha in shas) is heads
    )


@pytest.mark.parametrize("asked", [True, False])
def test_a_walk_that_was_delivered_stays_as_it_is(
    world: Any, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = _seed(world.shas[12:20], heads=asked)
    monkeypatch.setattr(coins, "seal", lambda: seed)
    world.person("ann")
    _run(world)
    before = _state(world)
    world.claim = world.store.cycles.claim(world.claim.cycle_id, "again")
    _run(world)
    assert _state(world) == before
