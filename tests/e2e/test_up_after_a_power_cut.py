"""Everything is killed at one moment, in the middle of a training; `tenfold up`, and it goes on."""

from collections import Counter
from uuid import UUID

import psutil
import pytest

from models.annotation import Annotation
from models.cycle import Step, StepState
from models.project import Project
from models.round import Round
from tasks.cancel_children import children
from tenfold import orchestration, services
from tenfold.services.processes import descendants
from tests.e2e.conftest import Home, expected_labels, kill_together, until

pytestmark = [pytest.mark.e2e]

IMAGES, FIRST, MEANWHILE = 20, 8, 3


def approve(home: Home, asked: Round) -> None:
    home.page.post(f"/api/rounds/{asked.id}/approve", json={}).raise_for_status()


def training(home: Home, project: Project) -> Step | None:
    """Return the training that runs now."""
    found = [each for each in home.steps(project) if each.name == "train"]
    return found[-1] if found and found[-1].state is StepState.RUNNING else None


def done(home: Home, project: Project) -> dict[str, Step]:
    return {s.key: s for s in home.steps(project) if s.state is StepState.DONE}


def said(home: Home, project: Project) -> list[Annotation]:
    """Return every answer that was ever given, oldest first."""
    histories = home.history(project).values()
    return sorted((each for history in histories for each in history), key=lambda each: each.id)


def runs_of(run: str) -> Counter[tuple[str, str]]:
    """Count a run's child runs by what they do and how they stand."""
    return Counter(
        (child.name.split("-")[0], orchestration.state_of(child).kind)
        for child in children(UUID(run))
    )


def trainer(home: Home, run: str) -> psutil.Process | None:
    """Return the process that trains, once its run is Running."""
    for child in children(UUID(run)):
        if child.name.startswith("train-") and orchestration.state_of(child).kind == "running":
            return home.process_of_run(str(child.id))
    return None


def cut_power(home: Home) -> set[int]:
    """Kill all that descends from `tenfold up` at once; return what was killed."""
    victims = descendants(home.services().token)
    kill_together(victims)
    return {process.pid for process in victims}


def test_after_a_power_cut_in_a_training_nothing_is_lost_and_nothing_done_twice(
    home: Home, reviewed: Project
) -> None:
    project = reviewed
    run, asked = home.suspended(project)
    assert asked.size == FIRST
    home.answer(project, only=asked)
    approve(home, asked)
    until(lambda: training(home, project), what="a training")
    home.answer(project, leave=FIRST - MEANWHILE)  # of the backlog, while the machine works
    before, finished = said(home, project), done(home, project)
    assert len(before) == FIRST + MEANWHILE
    process = until(lambda: trainer(home, run), what="a process that trains")
    parent = home.process_of_run(run)
    assert parent is not None
    running = home.services()
    own = {service.process.pid for service in running.services if service.process}

    killed = cut_power(home)
    assert killed >= {process.pid, parent.pid, running.supervisor.pid, *own}
    assert services.status() is None
    assert home.ctx.store.models.list(project.id) == []

    started = home.tenfold("up")
    assert started.returncode == 0, started.stderr
    home.reconnect()
    until(lambda: orchestration.settled(orchestration.run_state(run)), what="a settled crash")
    home.track()
    again, review = home.suspended(project)
    assert again == run
    assert review.size == IMAGES - len(before)
    home.answer(project)
    approve(home, review)
    home.completed(run)

    assert home.labels(project) == expected_labels(home.folder / "sources" / project.name)
    after = said(home, project)
    assert after[: len(before)] == before
    assert Counter(each.sha256 for each in after).most_common(1)[0][1] == 1
    assert len(after) == IMAGES
    check_steps(home, project, finished)
    check_runs(run)
    [model] = home.ctx.store.models.list(project.id)
    assert model.trained_on == len(before)
    dashboard = home.page.get(f"/projects/{project.name}").text
    assert "Complete: every image has its label." in dashboard


def check_steps(home: Home, project: Project, finished: dict[str, Step]) -> None:
    """What was done before the cut stands as it was; the rest was done once."""
    steps = home.steps(project)
    assert {key: step for key, step in done(home, project).items() if key in finished} == finished
    names = Counter(step.name for step in steps if step.state is StepState.DONE)
    once = ("ingest", "upload", "register", "embed", "train", "prelabel", "complete")
    assert [names[name] for name in once] == [1] * len(once)
    assert [s.name for s in steps if s.state is StepState.RUNNING] == []
    cycle = home.ctx.store.cycles.current(project.id)
    assert cycle is not None
    assert (cycle.number, cycle.restarts) == (1, 1)


def check_runs(run: str) -> None:
    """Only what the cut interrupted was run a second time."""
    counted = runs_of(run)
    assert counted.pop(("train", "crashed")) == 1
    assert counted == {(kind, "completed"): 1 for kind in ("embed", "train", "prelabel")}
