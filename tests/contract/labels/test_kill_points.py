"""What is repeated after a crash, at any commit, changes nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from models.cycle import Claim
from models.round import ApprovedVia, RoundKind
from tenfold.store import faults, open_store
from tenfold.store.tables import (
    annotations,
    approvals,
    certificates,
    images,
    items,
    labeler_counts,
    prelabels,
    rounds,
    seen,
    steps,
    tallies,
)

WORKER = Path(__file__).with_name("worker.py")


class CrashError(Exception):
    pass


STATE = (
    (images, ("sha256", "added_in", "state", "final_value", "final_by", "excluded", "touched")),
    (tallies, ("name", "n")),
    (rounds, ("number", "key", "kind", "state", "size", "answered", "backlog")),
    (items, ("sha256", "position", "slot", "state", "leased_until")),
    (annotations, ("sha256", "kind", "value", "skip", "key", "second_opinion", "proposed")),
    (approvals, ("by", "via", "returned")),
    (certificates, ("id", "position")),
    (labeler_counts, ("answers", "skipped", "corrected", "seconds")),
    (prelabels, ("model_version", "sha256", "confidence")),
    (seen, ("sha256", "model_version")),
    (steps, ("key", "state", "done", "total")),
)
"""What must be the same however often it was begun again; ids and moments differ."""


def _state(world: Any) -> Any:
    found = {}
    with world.store.database.read() as connection:
        for table, columns in STATE:
            rows = connection.execute(table.select()).all()
            # The backlog's key names the round before it, whose id is drawn anew.
            found[table.name] = sorted(
                repr([str(getattr(row, name))[:12] for name in columns])
                for row in rows
                if not (table is tallies and row.n == 0)
            )
    return found


def _step(world: Any, key: str, work: Callable[[int], Any]) -> Any:
    if world.store.cycles.begin_step(world.claim, key, key) is not None:
        work()
        world.store.cycles.finish_step(world.claim, key, {})


def _answer_all(world: Any, round_id: str, word: str) -> Any:
    while found := world.lease("ann", 2, round_id=round_id):
        for item in found:
            key = f"{word}-{item.sha256[:20]}"
            world.answer(round_id, item.sha256, word, "ann", key=key)


def _pipeline(world: Any) -> Any:
    """A whole cycle; run again from its top, it goes on where it stopped."""
    store, shas = world.store, world.shas
    _step(world, "ingest", lambda: world.add("x", "y", "z"))
    _step(world, "register", lambda: store.datasets.next_version(world.claim))
    first = store.rounds.open(world.claim, RoundKind.MANUAL, shas[:3], key="round-1")
    if store.rounds.approval(first.id) is None:
        _answer_all(world, first.id, "cat")
        store.rounds.approve(first.id, "rev", ApprovedVia.PAGE, next_backlog=shas[3:9])
    _step(world, "prelabel", lambda: world.model(1, "dog"))
    model = f"{world.project.id}-m1"
    review = store.rounds.open(
        world.claim,
        RoundKind.REVIEW,
        shas[3:5],
        key="round-2",
        model_version=model,
        needs_approval=False,
    )
    _answer_all(world, review.id, "dog")
    store.rounds.settle(review.id)
    audit = store.rounds.open_audit(
        world.claim, model, 3, key="audit", seed=5, pool=store.images.pool(world.project.id, 1)
    )
    if store.rounds.approval(audit.id) is None:
        _answer_all(world, audit.id, "cow")
        store.rounds.approve(audit.id, "rev", ApprovedVia.PAGE)
    certificate = world.certificate(model, audit.id)
    store.certificates.accept(world.claim, certificate, shas[10:])
    store.cycles.complete(world.claim)


def _run_with_crash(world: Any, wanted: int, moment: str) -> Any:
    reached = count(1)

    def crash(_: object) -> Any:
        if next(reached) == wanted:
            raise CrashError

    with faults.listening(moment, crash):
        try:
            _pipeline(world)
        except CrashError:
            pass
        else:
            return False
    # Another run takes over, as it does after a crash.
    world.claim = world.store.cycles.claim(world.claim.cycle_id, "run-after-crash")
    _pipeline(world)
    return True


@pytest.fixture
def commits_and_state(world: Any) -> Any:
    """How many commits a whole cycle takes, and the state that it ends in."""
    world.person("ann")
    reached = count()
    with faults.listening("after", lambda _: next(reached)):
        _pipeline(world)
    return next(reached), _state(world)


def test_repeating_a_finished_cycle_changes_nothing(world: Any, commits_and_state: Any) -> None:
    _, before = commits_and_state
    world.claim = world.store.cycles.claim(world.claim.cycle_id, "again")
    _pipeline(world)
    assert _state(world) == before


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_commit_loses_nothing_and_doubles_nothing(
    moment: str, commits_and_state: Any, make_world: Callable[[], Any], world: Any
) -> None:
    commits, expected = commits_and_state
    assert commits > 30
    for wanted in range(1, commits + 1):
        other = make_world()
        other.person("ann")
        assert _run_with_crash(other, wanted, moment)
        found = _state(other)
        for table, rows in expected.items():
            mine = [row.replace(world.project.id[:12], other.project.id[:12]) for row in rows]
            assert found[table] == sorted(mine), f"{table} after a crash {moment} commit {wanted}"
        assert other.tallies() == other.recount()


@pytest.mark.parametrize("at", ["3:before", "12:after"])
def test_a_labeler_killed_at_a_commit_and_started_again_loses_no_answer(
    world: Any, url: str, at: str
) -> None:
    opened = world.open(world.shas)
    command = [sys.executable, WORKER, url, "animals", "ann"]
    environment = {**os.environ, "TENFOLD_KILL_AT": at}
    killed = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert killed.returncode == faults.KILLED
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert world.store.rounds.get(opened.id).answered == 20
    for sha in world.shas:
        assert len(world.store.labeling.history(world.project.id, sha)) == 1
    assert world.tallies() == world.recount()


def test_a_kill_point_that_is_none_is_refused() -> None:
    from tenfold.errors import SettingsError

    for setting in ("7", "before:7", "7:during", ""):
        with pytest.raises(SettingsError, match="kill point"):
            faults.arm(setting)


def test_an_answer_is_on_disk_once_it_is_acknowledged(world: Any, url: str) -> None:
    opened = world.open(world.shas[:2])
    world.answer(opened.id, world.shas[0], "dog")
    other = open_store(url)
    found = other.labeling.history(world.project.id, world.shas[0])
    assert [one.value.label for one in found] == ["dog"]
    other.close()


def test_a_stale_run_cannot_finish_what_the_newer_one_began(world: Any) -> None:
    from tenfold.errors import StaleClaimError

    stale: Claim = world.claim
    world.claim = world.store.cycles.claim(stale.cycle_id, "newer")
    _pipeline(world)
    before = _state(world)
    world.claim = stale
    with pytest.raises(StaleClaimError):
        _pipeline(world)
    assert _state(world) == before
