"""Killed processes are started again, and nothing is lost or done twice."""

import random
import time
from uuid import UUID

import pytest

from models.project import Project
from models.round import ApprovedVia
from tasks.cancel_children import children as child_runs
from tenfold import orchestration
from tenfold.services.processes import ProcessMark
from tests.e2e.conftest import Home, expected_labels, kill, until

pytestmark = [pytest.mark.e2e]


def finish(home: Home, project: Project, run: str) -> None:
    """Answer and approve what is asked, and check what is delivered."""
    again, asked = home.suspended(project)
    assert again == run
    home.answer(project)
    home.ctx.store.rounds.approve(asked.id, by="ann", via=ApprovedVia.PAGE)
    orchestration.wake(project.name)
    home.completed(run)
    assert home.labels(project) == expected_labels(home.folder / "sources" / project.name)


def crashed(run: str) -> None:
    """Wait until Prefect has noticed, and the crash has settled."""
    until(lambda: orchestration.settled(orchestration.run_state(run)), what="a settled crash")


def children(run: str) -> list[str]:
    """Return the names of a run's child runs."""
    return [child.name for child in child_runs(UUID(run))]


def test_cancelling_a_run_cancels_its_children_and_running_it_again_goes_on(home: Home) -> None:
    from prefect.states import Cancelling

    project = home.project("cancelled")
    run = orchestration.work_on(project.name)
    until(lambda: children(run), what="a child run")
    with orchestration.client() as client:
        client.set_flow_run_state(UUID(run), Cancelling())
    until(lambda: all_ended(run), what="the end of parent and child")
    again = orchestration.work_on(project.name)
    assert again != run
    until(lambda: home.run_of(project) == again, what="a new owner")
    finish(home, project, again)


def all_ended(run: str) -> bool:
    states = [orchestration.state_of(child) for child in child_runs(UUID(run))]
    ended = [state.name in ("Cancelled", "Completed") for state in states]
    return all(ended) and orchestration.run_state(run).name == "Cancelled"


def test_a_killed_parent_goes_on_and_embeds_nothing_twice(home: Home) -> None:
    project = home.project("killed")
    run = orchestration.work_on(project.name)
    until(lambda: children(run), what="a child run")
    process = home.process_of_run(run)
    assert process is not None
    kill(process)
    crashed(run)
    home.track()
    finish(home, project, run)
    assert children(run) == ["embed-killed-a1"]
    cycle = home.ctx.store.cycles.current(project.id)
    assert cycle is not None
    assert (cycle.number, cycle.restarts) == (1, 1)


def test_runs_killed_around_any_commit_deliver_the_same(home: Home) -> None:
    chance = random.Random(7)
    points = [f"{chance.randint(1, 12)}:{moment}" for moment in ("before", "after")]
    projects = {point: home.project(f"kill-{point.replace(':', '-')}") for point in points}
    runs = {
        point: start_killed_at(home, point, project.name) for point, project in projects.items()
    }
    for point, project in projects.items():
        replace_crashed(home, runs[point], project)
    for project in projects.values():
        finish(home, project, home.run_of(project) or "")


def replace_crashed(home: Home, run: str, project: Project) -> None:
    """Have another run take over from one that died."""
    until(lambda: orchestration.run_state(run).kind == "crashed", what="a crash")
    home.start(orchestration.LABEL_IMAGES, {"project": project.name})
    until(lambda: home.run_of(project) not in (None, run), what="a new owner")


def start_killed_at(home: Home, point: str, name: str) -> str:
    """Start a run whose process ends itself around one of its commits."""
    env = {"TENFOLD_KILL_AT": point}
    return home.start(orchestration.LABEL_IMAGES, {"project": name}, env=env)


def test_the_supervisor_starts_page_server_and_worker_again(home: Home) -> None:
    project = home.project("outage")
    run = orchestration.work_on(project.name)
    home.suspended(project)
    before = marks(home)
    for name in ("page", "prefect-server", "worker-tenfold-cpu"):
        kill(home.service(name))
    until(lambda: all_new(before, marks(home)), what="three new processes")
    until(lambda: home.services().ready, what="services that answer")
    finish(home, project, run)


def marks(home: Home) -> dict[str, ProcessMark | None]:
    return {service.name: service.process for service in home.services().services}


def all_new(before: dict[str, ProcessMark | None], after: dict[str, ProcessMark | None]) -> bool:
    time.sleep(0.1)
    names = ("page", "prefect-server", "worker-tenfold-cpu")
    return all(after[name] is not None and after[name] != before[name] for name in names)
