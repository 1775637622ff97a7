from typing import Any

import pytest

from models.cycle import CycleState, StepState
from models.dataset import DatasetVersion, LabelSnapshot, SnapshotPurpose
from models.job import JobWait
from models.record import now
from models.round import ApprovedVia, RoundKind
from tenfold.errors import ConflictError, NotFoundError, StaleClaimError
from tenfold.store import Store


def test_ensure_returns_the_running_cycle_and_begins_another_after_it(world: Any) -> None:
    cycles, project_id = world.store.cycles, world.project.id
    first = cycles.ensure(project_id)
    assert cycles.ensure(project_id) == first == cycles.current(project_id)
    done = cycles.complete(world.claim)
    assert done.state is CycleState.COMPLETE
    assert done.completed_at is not None
    second = cycles.ensure(project_id)
    assert (second.number, second.state) == (2, CycleState.RUNNING)
    assert [c.number for c in cycles.list(project_id)] == [1, 2]
    assert cycles.current(project_id) == second


def test_completing_twice_changes_nothing(world: Any) -> None:
    assert world.store.cycles.complete(world.claim) == world.store.cycles.complete(world.claim)


def test_a_cycle_with_an_open_round_is_not_complete(world: Any) -> None:
    world.open(world.shas[:2])
    with pytest.raises(ConflictError, match="Round 1"):
        world.store.cycles.complete(world.claim)


def test_a_claim_ends_the_one_before(world: Any) -> None:
    newer = world.store.cycles.claim(world.claim.cycle_id, "run-2")
    assert newer.fence == world.claim.fence + 1
    assert world.store.cycles.current(world.project.id).flow_run_id == "run-2"
    world.store.cycles.check(newer)
    with pytest.raises(StaleClaimError):
        world.store.cycles.check(world.claim)
    with pytest.raises(NotFoundError):
        world.store.cycles.claim("nothing", "run-3")


def _writes(world: Any, model: str, round_id: str) -> Any:
    """Every write of the pipeline, with a claim."""
    store, project_id = world.store, world.project.id
    snapshot = LabelSnapshot(
        id="late",
        project_id=project_id,
        cycle_id=world.claim.cycle_id,
        dataset_version=1,
        purpose=SnapshotPurpose.TRAINING,
        labels=0,
        blob="b",
        sha256=world.sha("s"),
        created_at=now(),
    )
    version = DatasetVersion(
        id="late",
        project_id=project_id,
        number=9,
        images=0,
        size=0,
        manifest="m",
        sha256=world.sha("m"),
        uri="",
        created_at=now(),
    )
    late = store.models.get(model).model_copy(update={"id": "late", "number": 9})
    return {
        "check": store.cycles.check,
        "begin_step": lambda claim: store.cycles.begin_step(claim, "late", "late"),
        "progress": lambda claim: store.cycles.progress(claim, "early", 5),
        "finish_step": lambda claim: store.cycles.finish_step(claim, "early", {}),
        "fail_step": lambda claim: store.cycles.fail_step(claim, "early", "x"),
        "complete": store.cycles.complete,
        "images": lambda claim: store.images.add(claim, [world.image("late")], {}, []),
        "mark_gone": lambda claim: store.images.mark_gone(claim, ["0.png"]),
        "next_version": store.datasets.next_version,
        "dataset": lambda claim: store.datasets.add(claim, version),
        "open": lambda claim: store.rounds.open(
            claim, RoundKind.MANUAL, world.shas[:2], key="late"
        ),
        "open_audit": lambda claim: store.rounds.open_audit(
            claim, model, 2, key="late", seed=1, pool=world.shas
        ),
        "open_second_look": lambda claim: store.rounds.open_second_look(
            claim, [], model_version=model, needs_approval=False, reason="", fewest=1
        ),
        "decide": lambda claim: store.agreement.decide(claim, [], model),
        "import": lambda claim: store.imports.from_source(
            claim, [(world.shas[0], store.models.prelabels(model).__next__().value)]
        ),
        "model": lambda claim: store.models.add(claim, late),
        "prelabels": lambda claim: store.models.add_prelabels(
            claim, model, list(store.models.prelabels(model))[:1]
        ),
        "snapshot": lambda claim: store.snapshots.add(claim, snapshot),
        "accept": lambda claim: store.certificates.accept(
            claim, world.certificate(model, round_id), world.shas[:3]
        ),
    }


def _everything(store: Store) -> Any:
    from tenfold.store.tables import metadata

    with store.database.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select()).all()))
            for table in metadata.sorted_tables
        }


def test_every_write_of_a_run_that_was_taken_over_is_refused_and_changes_nothing(
    world: Any,
) -> None:
    model = world.model()
    world.store.cycles.begin_step(world.claim, "early", "early")
    world.add("new")
    stale = world.claim
    world.store.cycles.claim(stale.cycle_id, "run-2")
    before = _everything(world.store)
    for name, write in _writes(world, model, "r").items():
        with pytest.raises(StaleClaimError, match="run-1"):
            pytest.fail(f"{name} went through: {write(stale)}")
    assert _everything(world.store) == before


def test_the_same_writes_go_through_with_the_newest_claim(world: Any) -> None:
    model = world.model()
    world.store.cycles.begin_step(world.claim, "early", "early")
    world.add("new")
    writes = _writes(world, model, "r")
    writes.pop("complete")
    for write in writes.values():
        write(world.claim)


def test_a_step_that_is_done_is_not_begun_again(world: Any) -> None:
    cycles, claim = world.store.cycles, world.claim
    step = cycles.begin_step(claim, "embed", "embed-v1", total=10)
    assert (step.state, step.total, step.flow_run_id) == (StepState.RUNNING, 10, "run-1")
    cycles.progress(claim, "embed-v1", 4)
    assert cycles.steps(claim.cycle_id)[0].done == 4
    cycles.progress(claim, "embed-v1", 5, 12)
    assert cycles.done_step(claim.cycle_id, "embed-v1") is None
    cycles.finish_step(claim, "embed-v1", {"images": 12, "rate": 1.5, "why": None})
    done = cycles.done_step(claim.cycle_id, "embed-v1")
    assert (done.done, done.total) == (5, 12)
    assert done.detail == {"images": 12, "rate": 1.5, "why": None}
    assert done.seconds >= 0
    assert cycles.begin_step(claim, "embed", "embed-v1") is None
    assert cycles.begin_step(claim, "embed", "embed-v2") is not None


def test_a_failed_step_says_why_and_may_begin_again(world: Any) -> None:
    cycles, claim = world.store.cycles, world.claim
    cycles.begin_step(claim, "train", "train-1")
    cycles.fail_step(claim, "train-1", "out of memory")
    failed = cycles.steps(claim.cycle_id)[0]
    assert (failed.state, failed.detail) == (StepState.FAILED, {"error": "out of memory"})
    newer = cycles.claim(claim.cycle_id, "run-2")
    again = cycles.begin_step(newer, "train", "train-1")
    assert (again.state, again.flow_run_id, again.finished_at) == (
        StepState.RUNNING,
        "run-2",
        None,
    )
    assert len(cycles.steps(claim.cycle_id)) == 1


def test_a_step_that_was_interrupted_does_not_run_for_ever(world: Any) -> None:
    cycles, claim = world.store.cycles, world.claim
    cycles.begin_step(claim, "ingest", "ingest")
    cycles.finish_step(claim, "ingest", {"images": 3})
    cycles.begin_step(claim, "train", "train-1")
    newer = cycles.claim(claim.cycle_id, "run-2")
    cycles.begin_step(newer, "train", "train-2")
    ingest, first, second = cycles.steps(claim.cycle_id)
    assert (ingest.state, ingest.detail) == (StepState.DONE, {"images": 3})
    assert (first.state, first.seconds) == (StepState.FAILED, 0.0)
    assert "interrupted" in str(first.detail["error"])
    assert second.state is StepState.RUNNING
    again = cycles.begin_step(newer, "train", "train-1")
    assert again is not None
    assert (again.state, again.detail) == (StepState.RUNNING, {})


def test_steps_are_listed_in_the_order_in_which_they_began(world: Any) -> None:
    for name in ("ingest", "upload", "embed"):
        world.store.cycles.begin_step(world.claim, name, name)
    world.store.cycles.begin_step(world.claim, "ingest", "ingest")
    names = [step.name for step in world.store.cycles.steps(world.claim.cycle_id)]
    assert names == ["ingest", "upload", "embed"]


def test_restarts_are_counted(world: Any) -> None:
    counted = [world.store.cycles.count_restart(world.claim.cycle_id) for _ in range(3)]
    assert counted == [1, 2, 3]


def test_completing_returns_what_is_left_of_the_backlog(world: Any) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:4])
    world.answer_all(first.id)
    world.store.rounds.approve(first.id, "ann", ApprovedVia.PAGE)
    assert world.store.progress.of(world.project).backlog == 3
    world.store.cycles.complete(world.claim)
    assert world.store.progress.of(world.project).backlog == 0
    assert world.lease() == []


def test_who_stops_a_step_keeps_its_run_from_writing_more(world: Any) -> None:
    cycles, project = world.store.cycles, world.project.id
    assert cycles.stop(project, "eva") is None
    cycles.begin_step(world.claim, "embed", "embed-1", 20)
    cycles.finish_step(world.claim, "embed-1")
    cycles.begin_step(world.claim, "train", "train-1", 9)
    stopped = cycles.stop(project, "eva")
    assert stopped.flow_run_id == "run-1"
    embed, train = cycles.steps(world.claim.cycle_id)
    assert embed.state is StepState.DONE
    assert (train.state, train.detail["error"]) == (StepState.FAILED, "eva stopped it.")
    with pytest.raises(StaleClaimError):
        cycles.progress(world.claim, "train-1", 3)
    assert cycles.stop(project, "eva") is None
    again = cycles.claim(world.claim.cycle_id, "run-2")
    assert cycles.begin_step(again, "train", "train-1", 9).state is StepState.RUNNING


def test_why_a_job_waits_stands_with_its_step_until_it_goes_on_or_ends(world: Any) -> None:
    cycles, wait = world.store.cycles, JobWait(why="No worker is there:", command="start one")
    cycles.begin_step(world.claim, "train", "train-1", 9)
    cycles.note_wait(world.claim, "train-1", wait)
    [step] = cycles.steps(world.claim.cycle_id)
    assert (step.wait, step.total) == (wait, 9)
    cycles.note_wait(world.claim, "train-1", None)
    [step] = cycles.steps(world.claim.cycle_id)
    assert step.wait is None
    cycles.note_wait(world.claim, "train-1", wait)
    cycles.finish_step(world.claim, "train-1", {"seconds": 3})
    cycles.note_wait(world.claim, "train-1", wait)
    [step] = cycles.steps(world.claim.cycle_id)
    assert (step.wait, step.detail) == (None, {"seconds": 3})
