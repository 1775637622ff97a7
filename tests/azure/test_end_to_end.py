"""A whole project in the azure profile: flow runs by Prefect, jobs by the stand-in's cluster."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from models.annotation import FinalKind
from models.report import RunReport
from tenfold.pipeline.context import Context, make_context
from tenfold.services.fork_server import NO_RUN, RUN_VARIABLE
from tenfold.services.state import read_state
from tenfold.settings import Settings
from tests.azure.standin import Cloud
from tests.azure.standin.jobs import Job
from tests.e2e.conftest import (
    PATIENCE,
    draw_images,
    is_foreign,
    kill,
    own_variables,
    tenfold,
    until,
)

pytestmark = [pytest.mark.e2e, pytest.mark.azurite]

IMAGES, SPARE = 200, "spare"
NEW = (
    *("--task", "classification", "--classes", "blue,red", "--first-round", "30"),
    *("--certificate", "look", "--error", "0.1", "--confidence", "0.8"),
    *("--no-keep-busy", "--no-second-look", "--trains-on", SPARE),
)


@dataclass
class Project:
    """What was done, and where to look at it."""

    cloud: Cloud
    ctx: Context
    report: RunReport
    runs: list[dict[str, Any]]
    """Prefect's flow runs."""
    states: dict[str, list[str]]
    """Names of the states that a flow run went through, by its id."""
    killed: str
    """Id of the flow run whose process was killed."""
    api: str
    """Address of Prefect's API."""
    tenfold: Callable[..., subprocess.CompletedProcess[str]]
    """Runs the command line beside it."""

    @property
    def id(self) -> str:
        return self.ctx.store.projects.get("colors").id

    def jobs(self, kind: str) -> list[Job]:
        return self.cloud.jobs(f"{self.id}-{kind}")

    def document(self, kind: str, version: int) -> dict[str, Any]:
        wanted = f"/{kind}/tenfold-{self.id}/versions/{version}"
        [found] = [d for path, d in self.cloud.documents.kept.items() if path.endswith(wanted)]
        return found


@pytest.fixture(scope="module")
def cloud_variables(standin: Cloud) -> dict[str, str]:
    workspace = standin.new_workspace()
    standin.add_cluster(workspace, SPARE)
    return {
        **standin.settings(workspace),
        **standin.variables,
        "TENFOLD_AZURE_LOW_PRIORITY": "true",
    }


@pytest.fixture(scope="module")
def project(
    standin: Cloud, cloud_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Have a project run, its parent killed while a job goes on, and its training preempted."""
    folder = tmp_path_factory.mktemp("azure-e2e")
    variables = {**own_variables(folder / "home"), **cloud_variables}
    env = {n: v for n, v in os.environ.items() if not is_foreign(n)} | variables
    settings = Settings.model_validate(
        {n.removeprefix("TENFOLD_").lower(): v for n, v in variables.items() if is_ours(n)}
    )
    draw_images(folder / "photos", IMAGES)
    standin.faults.on_job("preempted", "-train-")
    try:
        killed = run_and_kill_once(standin, folder, env)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in standin.variables.items():
                patch.setenv(name, value)
            ctx = make_context(settings)
            api = prefects_address(settings)
            report = RunReport.model_validate_json((folder / "report.json").read_text())
            command = partial(tenfold, env=env)
            yield Project(standin, ctx, report, *prefects_view(api), killed, api, command)
            ctx.store.close()
    finally:
        tenfold("down", env=env)
        standin.reset()


def is_ours(variable: str) -> bool:
    return variable.startswith("TENFOLD_")


def run_and_kill_once(cloud: Cloud, folder: Path, env: dict[str, str]) -> str:
    """Run `tenfold run` to its end; return the flow run whose process was killed meanwhile."""
    rows = [f"{path.name},{path.name.split('-')[0]}" for path in (folder / "photos").iterdir()]
    (folder / "answers.csv").write_text("\n".join(["path,label", *rows]))
    made = tenfold("new", "colors", "--source", str(folder / "photos"), *NEW, env=env)
    assert made.returncode == 0, made.stderr
    command = [str(Path(sys.executable).with_name("tenfold")), "run", "colors"]
    command += ["--answers", str(folder / "answers.csv"), "--report", str(folder / "report.json")]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as running:
        parent = until(lambda: parent_of_embedding(cloud, env), what="a job on Azure")
        flow_run = parent.environ()[RUN_VARIABLE]
        kill(parent)
        _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, said
    return flow_run


def parent_of_embedding(cloud: Cloud, env: dict[str, str]) -> psutil.Process | None:
    """Return the process of the pipeline's flow run, once its first job is on Azure."""
    if not any("-embed-" in job.name and job.status == "Running" for job in cloud.jobs()):
        return None
    api = prefects_address(Settings(home=Path(env["TENFOLD_HOME"])))
    for process in psutil.process_iter():
        try:
            found = process.environ()
        except (psutil.Error, OSError):
            continue
        run = found.get(RUN_VARIABLE, NO_RUN)
        ours = found.get("TENFOLD_HOME") == env["TENFOLD_HOME"] and run != NO_RUN
        if ours and httpx.get(f"{api}/flow_runs/{run}").json()["name"] == "label colors":
            return process
    return None


def prefects_address(settings: Settings) -> str:
    state = read_state(settings)
    assert state is not None
    return state.prefect_api.rstrip("/")


def prefects_view(api: str) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Return Prefect's flow runs and the states that each went through."""
    runs = httpx.post(f"{api}/flow_runs/filter", json={}).json()
    states = {}
    for run in runs:
        went = httpx.get(f"{api}/flow_run_states/", params={"flow_run_id": run["id"]}).json()
        states[run["id"]] = [each["name"] for each in went]
    return runs, states


def test_it_ends_with_every_image_labeled(project: Project) -> None:
    finals = list(project.ctx.store.snapshots.final_labels(project.id))
    assert len(finals) == IMAGES == project.report.images
    truth = {
        row.sha256: project.ctx.store.images.get(project.id, row.sha256).paths[0].split("-")[0]
        for row in finals
    }
    wrong = [row for row in finals if getattr(row.value, "label", "") != truth[row.sha256]]
    assert len(wrong) <= IMAGES // 10
    assert sum(row.by is FinalKind.ACCEPTED for row in finals) == project.report.accepted > 0


def test_the_flow_run_was_suspended_and_resumed_and_survived_its_process(project: Project) -> None:
    states = project.states[project.killed]
    assert "Suspended" in states
    assert "Crashed" in states
    assert states[-1] == "Completed"


def test_the_killed_parents_job_was_adopted(project: Project) -> None:
    assert [job.name[-2:] for job in project.jobs("embed")] == ["a1"]
    assert project.jobs("embed")[0].starts == 1


def test_the_preempted_training_was_submitted_again(project: Project) -> None:
    first, second, *_ = project.jobs("train")
    assert (first.status, second.status) == ("Failed", "Completed")
    assert first.name.removesuffix("a1") == second.name.removesuffix("a2")


def test_every_step_of_computing_was_a_job_and_a_child_flow_run(project: Project) -> None:
    children = [run for run in project.runs if run["parent_task_run_id"]]
    done = [job for kind in ("embed", "train", "prelabel") for job in project.jobs(kind)]
    assert {run["state_name"] for run in children} == {"Completed"}
    assert len([job for job in done if job.status == "Completed"]) == len(children) >= 3


def test_models_are_trained_on_the_cluster_that_the_project_names(project: Project) -> None:
    assert {job.cluster for job in project.jobs("train")} == {SPARE}
    others = project.jobs("embed") + project.jobs("prelabel")
    assert {job.cluster for job in others} == {"tenfold-gpu"}


def test_the_flow_runs_log_links_the_jobs_and_tells_of_the_lost_node(project: Project) -> None:
    logged = httpx.post(f"{project.api}/logs/filter", json={"limit": 200}).json()
    lines = [line["message"] for line in logged if line["name"].startswith("tenfold.azure")]
    first = project.jobs("train")[0].name
    assert any(line.startswith(f"{first}: https://ml.azure.com/runs/") for line in lines)
    assert any(line.startswith(f"{first} lost its node") for line in lines)


def test_dataset_and_models_are_registered(project: Project) -> None:
    data = project.document("data", 1)["properties"]
    assert data["tags"]["images"] == str(IMAGES)
    models = project.ctx.store.models.list(project.id)
    last = project.document("models", models[-1].number)["properties"]["tags"]
    assert last["trained_on"] == str(models[-1].trained_on)
    assert project.report.certificate is not None
    assert last["certificate"] == project.report.certificate.id


def test_cancelling_the_flow_run_cancels_its_job(project: Project, tmp_path: Path) -> None:
    project.cloud.faults.on_job("hangs", "-embed-")
    draw_images(tmp_path / "others", 2)
    made = project.tenfold("new", "others", "--source", str(tmp_path / "others"), *NEW)
    assert made.returncode == 0, made.stderr
    project.tenfold("run", "others", "--timeout", "1")
    other = project.ctx.store.projects.get("others")
    until(lambda: running_jobs(project.cloud, other.id), what="a job that hangs")
    [job] = running_jobs(project.cloud, other.id)
    cycle = project.ctx.store.cycles.current(other.id)
    assert cycle is not None
    wanted = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    httpx.post(f"{project.api}/flow_runs/{cycle.flow_run_id}/set_state", json=wanted)
    until(lambda: job.status == "Canceled", what="the end of the job")
    assert not job.wanted


def running_jobs(cloud: Cloud, project_id: str) -> list[Job]:
    return [job for job in cloud.jobs(project_id) if job.status == "Running"]
