"""A run that died with its worker goes on by itself: no command, no button, nobody there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from models.project import Project, ProjectState
from models.record import now
from tenfold import orchestration
from tests.e2e.conftest import Home, expected_labels, until

pytestmark = [pytest.mark.e2e]

SOON = timedelta(seconds=12)
"""Prefect looks every five seconds for schedules that have changed, and a worker ahead of time."""


@contextmanager
def tracking_soon() -> Iterator[None]:
    """Let `track_completion` be scheduled as in earnest, but for its first time, which is soon."""
    from prefect.client.schemas.schedules import IntervalSchedule

    with orchestration.client() as client:
        deployment = client.read_deployment_by_name(orchestration.TRACK_COMPLETION)
        [schedule] = client.read_deployment_schedules(deployment.id)
        assert schedule.active
        assert isinstance(schedule.schedule, IntervalSchedule)
        moved = IntervalSchedule(interval=schedule.schedule.interval, anchor_date=now() + SOON)
        client.update_deployment_schedule(deployment.id, schedule.id, schedule=moved)
        client.resume_deployment(deployment.id)
        try:
            yield
        finally:
            client.pause_deployment(deployment.id)


def noticed(run: str) -> bool:
    """Whether Prefect has marked a run as crashed for want of heartbeats."""
    state = orchestration.run_state(run)
    assert state.kind in ("running", "crashed"), state
    return state.kind == "crashed"


def test_a_run_that_died_with_its_worker_goes_on_by_itself(
    home: Home, orphaned: tuple[Project, str]
) -> None:
    project, run = orphaned
    until(lambda: noticed(run), what="a run that is crashed")
    with orchestration.client() as client:
        crashed = client.read_flow_run(UUID(run)).state
    assert crashed is not None
    assert crashed.message == "The process has died."
    home.ctx.store.projects.set_state(project.name, ProjectState.ACTIVE)
    with tracking_soon():
        until(lambda: home.round(project), what="a question")
    again, asked = home.suspended(project)
    assert again == run
    home.answer(project)
    home.page.post(f"/api/rounds/{asked.id}/approve", json={}).raise_for_status()
    home.completed(run)
    assert home.labels(project) == expected_labels(home.folder / "sources" / project.name)
    cycle = home.ctx.store.cycles.current(project.id)
    assert cycle is not None
    assert cycle.restarts == 1
