"""Runs of projects that were renamed or removed meanwhile."""

from types import SimpleNamespace
from typing import Any

import pytest

from models.cycle import Claim
from tasks import claim_cycle as step
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
