"""Runs of projects that were renamed or removed meanwhile."""

from types import SimpleNamespace
from typing import Any

import pytest

from models.class_list import Afterwards, ClassDraft
from models.cycle import Claim
from tasks import claim_cycle as step
from tasks.track_projects import keep_going
from tenfold import orchestration
from tenfold.errors import NotFoundError, StaleClaimError

from .conftest import Bench


@pytest.fixture
def run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The flow run of the bench's cycle, started under the project's first name."""
    at = SimpleNamespace(flow_run=SimpleNamespace(id="run-1", parameters={"project": "p"}))
    said: list[str] = []
    logger = SimpleNamespace(info=lambda *_: None, warning=lambda text, *a: said.append(text % a))
    monkeypatch.setattr(step, "runtime", at)
    monkeypatch.setattr(step, "open_context", lambda: bench.ctx)
    monkeypatch.setattr(step, "get_run_logger", lambda: logger)
    return said


def test_a_run_goes_on_with_its_project_under_another_name(bench: Bench, run: Any) -> None:
    bench.ctx.store.projects.rename("p", "q")
    claim = step.claim_cycle.fn("p")
    assert isinstance(claim, Claim)
    assert claim.project_id == bench.project.id


def test_a_run_of_a_removed_project_ends_quietly(bench: Bench, run: list[str]) -> None:
    bench.ctx.store.removals.remove(bench.project.id, "eva")
    with step.ends_quietly_when_superseded():
        bench.ctx.store.cycles.check(bench.claim)
    with step.ends_quietly_when_superseded():
        step.claim_cycle.fn("p")
    assert "was removed" in run[-1]
    with pytest.raises(StaleClaimError):
        bench.ctx.store.cycles.check(bench.claim)


@pytest.mark.usefixtures("run")
def test_a_run_of_a_project_that_never_was_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(id="run-9", parameters={"project": "nobody"})
    monkeypatch.setattr(step, "runtime", SimpleNamespace(flow_run=other))
    with pytest.raises(NotFoundError), step.ends_quietly_when_superseded():
        step.claim_cycle.fn("nobody")


def test_a_cycle_that_was_begun_for_an_ended_one_gets_its_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(orchestration, "work_on", started.append)
    store = bench.ctx.store
    fresh = store.projects.create(bench.project.model_copy(update={"name": "q"}))
    first = store.cycles.ensure(fresh.id)
    assert keep_going(bench.ctx, fresh, first) == "never started"
    bench.answer(2)
    wanted = [ClassDraft(name=name) for name in ("a", "b", "c")]
    store.classes.change(bench.project.id, wanted, by="eva", afterwards=Afterwards.START_OVER)
    cycle = store.cycles.current(bench.project.id)
    assert cycle is not None
    assert cycle.number == 2
    assert keep_going(bench.ctx, bench.project, cycle) == "started"
    assert started == ["p"]
