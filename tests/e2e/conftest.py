"""A whole tenfold of its own: Prefect server, workers and page, on free ports."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image

from models.annotation import Annotation
from models.cycle import Step
from models.label import label_value
from models.person import Role
from models.project import FinishMode, Project, ProjectSettings, ProjectState, label_classes
from models.round import Round
from tenfold import orchestration, services
from tenfold.pipeline.context import Context, open_context
from tenfold.services.state import ServicesState
from tenfold.settings import get_settings

COLORS = {"blue": (40, 60, 220), "red": (220, 50, 40)}
Got = TypeVar("Got")

PATIENCE = 1200.0
"""Seconds to wait: a slow machine may need many, so this only ends what hangs."""


def until(look: Callable[[], Got | None], seconds: float = PATIENCE, what: str = "it") -> Got:
    """Look again and again until something true comes back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = look()
        if got:
            return got
        time.sleep(0.25)
    raise AssertionError(f"{what} did not come about within {seconds} s")


def draw_images(folder: Path, number: int) -> None:
    """Write small pictures that differ; a file's name begins with its class."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(number)
    for i in range(number):
        name = sorted(COLORS)[i % 2]
        noise = rng.integers(-30, 30, (48, 48, 3))
        pixels = np.clip(np.array(COLORS[name]) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}-{i:03d}.png")


@dataclass
class Home:
    """A running tenfold, and what tests do with it."""

    folder: Path
    links: services.Links
    ctx: Context
    page: httpx.Client

    def project(self, name: str, images: int = 6, **settings: object) -> Project:
        draw_images(self.folder / "sources" / name, images)
        return self.ctx.store.projects.create(
            ProjectSettings(
                name=name,
                task="classification",
                source=str(self.folder / "sources" / name),
                classes=label_classes(sorted(COLORS)),
                **{"finish": FinishMode.MANUAL, "keep_busy": False, **settings},
            )
        )

    def round(self, project: Project) -> Round | None:
        cycle = self.ctx.store.cycles.current(project.id)
        return self.ctx.store.rounds.current(cycle.id) if cycle else None

    def suspended(self, project: Project) -> tuple[str, Round]:
        """Wait until people are asked; return the run and the round."""
        run = until(lambda: self.run_of(project), what="a claimed cycle")

        def asked() -> Round | None:
            state = orchestration.run_state(run)
            assert state.kind not in ("failed", "crashed", "cancelled"), state
            return self.round(project) if state.kind == "suspended" else None

        return run, until(asked, what=f"a question about {project.name}")

    def run_of(self, project: Project) -> str | None:
        cycle = self.ctx.store.cycles.current(project.id)
        return cycle.flow_run_id if cycle else None

    def answer(self, project: Project, leave: int = 0, only: Round | None = None) -> None:
        """Answer what is handed out through the page, but for the last few images."""
        address = f"/api/projects/{project.name}"
        wanted = {"count": 100, "round_id": only.id if only else None}
        leased = self.page.post(f"{address}/lease", json=wanted)
        leased.raise_for_status()
        items = leased.json()["items"]
        for item in items[: len(items) - leave]:
            value = {"kind": "class", "label": item["path"].split("-")[0]}
            given = {"key": f"{item['sha256'][:16]}-{item['round_id'][:8]}", "value": value}
            given |= {"round_id": item["round_id"], "sha256": item["sha256"]}
            self.page.post(f"{address}/answers", json=given).raise_for_status()
        self.page.post(f"{address}/release", json={})

    def completed(self, run: str, seconds: float = PATIENCE) -> None:
        def over() -> bool:
            state = orchestration.run_state(run)
            assert state.kind not in ("failed", "cancelled"), state
            return state.kind == "completed"

        until(over, seconds, f"the end of run {run}")

    def labels(self, project: Project) -> dict[str, str]:
        """Return the delivered labels by source path."""
        return {
            self.ctx.store.images.get(project.id, row.sha256).paths[0]: label_value.dump_python(
                row.value
            )["label"]
            for row in self.ctx.store.snapshots.final_labels(project.id)
        }

    def history(self, project: Project) -> dict[str, list[Annotation]]:
        """Return what was ever said of each image, by its hash."""
        store = self.ctx.store
        images = store.images.iterate(project.id)
        return {i.sha256: store.labeling.history(project.id, i.sha256) for i in images}

    def steps(self, project: Project) -> list[Step]:
        """Return the steps of the project's cycle."""
        cycle = self.ctx.store.cycles.current(project.id)
        return self.ctx.store.cycles.steps(cycle.id) if cycle else []

    def reconnect(self) -> None:
        """Find the page and its people again after `tenfold up`, perhaps on another port."""
        self.links = self.services().links
        self.page.base_url = httpx.URL(self.links.page)

    def track(self) -> None:
        """Do now what happens every other minute."""
        run = self.start(orchestration.TRACK_COMPLETION, {})
        self.completed(run)

    def start(self, deployment: str, parameters: dict[str, str], **variables: object) -> str:
        """Start a run of a deployment; return its id."""
        from prefect.client.schemas.objects import FlowRun

        with orchestration.client() as client:
            found = client.read_deployment_by_name(deployment)
            run: FlowRun = client.create_flow_run_from_deployment(
                found.id, parameters=parameters, job_variables=dict(variables)
            )
            return str(run.id)

    def services(self) -> ServicesState:
        state = services.status()
        assert state is not None
        return state

    def service(self, name: str) -> psutil.Process:
        """Return the process of a service."""
        [service] = [each for each in self.services().services if each.name == name]
        process = service.process.find() if service.process else None
        assert process is not None, f"{name} doesn't run"
        return process

    def process_of_run(self, run: str) -> psutil.Process | None:
        """Return the process that executes a flow run."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("PREFECT__FLOW_RUN_ID") == run:
                    return process
            except (psutil.Error, OSError):
                continue
        return None

    def tenfold(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return tenfold(*arguments)


def tenfold(
    *arguments: str, env: dict[str, str] | None = None, seconds: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """Run the command line, in this process's environment or another."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("tenfold")), *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env=env,
    )


def own_variables(folder: Path) -> dict[str, str]:
    """Return what makes a process use a home of its own, on free ports, with one thread.

    Other networks take no further views: what becomes of these is tried without Prefect.
    """
    return {
        "TENFOLD_HOME": str(folder),
        "TENFOLD_PORT": "0",
        "TENFOLD_PREFECT_PORT": "0",
        "TENFOLD_THREADS": "1",
        "TENFOLD_VIEWS": "1",
        "OMP_NUM_THREADS": "1",
        "PREFECT_HOME": str(folder / "prefect"),
    }


def is_foreign(variable: str) -> bool:
    """Whether an environment variable would lead to somebody else's home or Prefect."""
    return variable.startswith(("PREFECT_", "TENFOLD_"))


def expected_labels(folder: Path) -> dict[str, str]:
    """Return the true labels of drawn images by file name."""
    return {path.name: path.name.split("-")[0] for path in folder.iterdir()}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("tenfold")
    patch = pytest.MonkeyPatch()
    for name in filter(is_foreign, list(os.environ)):
        patch.delenv(name)
    for name, value in own_variables(folder).items():
        patch.setenv(name, value)
    get_settings.cache_clear()
    open_context.cache_clear()
    try:
        links = services.up()
        ctx = open_context()
        admin = ctx.store.people.ensure("ann", Role.ADMIN)
        token = ctx.store.people.new_token(admin.id, "tests")[1]
        headers = {"Authorization": f"Bearer {token}"}
        pause_schedules()
        with httpx.Client(base_url=links.page, headers=headers, timeout=30) as page:
            yield Home(folder, links, ctx, page)
        ctx.store.close()
    finally:
        services.down()
        get_settings.cache_clear()
        open_context.cache_clear()
        patch.undo()


def pause_schedules() -> None:
    """Leave it to the tests when `track_completion` looks."""
    with orchestration.client() as client:
        for deployment in client.read_deployments():
            client.pause_deployment(deployment.id)


@pytest.fixture(scope="session")
def waiting(home: Home) -> dict[str, Project]:
    """Projects whose runs were started together; each waits for people, or soon will."""
    names = ("by-page", "by-cli", "by-form", "by-store")
    projects = {name: home.project(name) for name in names}
    projects["begun-anew"] = home.project("begun-anew", certificate="look")
    for name in projects:
        orchestration.work_on(name)
    return projects


@pytest.fixture(scope="session")
def orphaned(home: Home) -> tuple[Project, str]:
    """A project whose run was killed together with its worker: nobody is left who tells Prefect.

    It is paused, so that no other test's tracking takes it up.
    """
    project = home.project("orphaned")
    run = orchestration.work_on(project.name)
    process = until(lambda: home.process_of_run(run), what="a process of the run")
    until(lambda: home.steps(project), what="a step of the run")
    kill_together([process, home.service("worker-tenfold-cpu")])
    home.ctx.store.projects.set_state(project.name, ProjectState.PAUSED)
    return project, run


@pytest.fixture(scope="session")
def reviewed(home: Home) -> Project:
    """A project that begins with 8 of its 20 images; the rest is proposed and then checked."""
    project = home.project("reviewed", 20, finish=FinishMode.REVIEW, first_round=8, keep_busy=True)
    orchestration.work_on(project.name)
    return project


EARLY = ("orphaned", "reviewed")
"""Fixtures that begin at once what goes on by itself while other tests run."""


@pytest.fixture(scope="session", autouse=True)
def _early(request: pytest.FixtureRequest) -> None:
    wanted = {n for item in request.session.items for n in getattr(item, "fixturenames", ())}
    for name in EARLY:
        if name in wanted:
            request.getfixturevalue(name)


def kill_together(processes: list[psutil.Process]) -> None:
    """End processes at one moment, as a power cut would."""
    for process in processes:
        kill(process)
    psutil.wait_procs(processes, timeout=10)


def kill(process: psutil.Process) -> None:
    """End a process at once, as a crash would."""
    os.kill(process.pid, signal.SIGKILL)
