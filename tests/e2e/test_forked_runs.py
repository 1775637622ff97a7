"""Forked flow runs end, crash, are cancelled and speak as those in processes of their own."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from tenfold import orchestration
from tenfold.services.state import log_file
from tenfold.settings import get_settings
from tests.e2e.conftest import Home, kill, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="forks are made on Linux only"),
]

WORKER = "worker-tenfold-cpu"

FLOW = """
import json, os, pathlib, time
from prefect import flow, get_run_logger
from prefect.settings import get_current_settings
from tenfold.settings import get_settings

@flow(name="behave")
def behave(how: str) -> None:
    get_run_logger().info("told to %s", how)
    print("printed while told to", how, flush=True)
    note = pathlib.Path(os.environ["PREFECT__FLOW_RUN_ID"])
    note.with_suffix(".draft").write_text(json.dumps({
        "folder": os.getcwd(), "parent": os.getppid(), "threads": get_settings().threads,
        "heartbeat": get_current_settings().flows.heartbeat_frequency,
        "extra": os.environ.get("EXTRA"), "name": os.environ.get("PREFECT__FLOW_NAME"),
    }))
    note.with_suffix(".draft").rename(note.with_suffix(".json"))
    if how == "exit":
        os._exit(3)
    if how == "be killed":
        os.kill(os.getpid(), 9)
    if how == "raise":
        raise ValueError("on purpose")
    if how.startswith("wait"):
        for _ in range(6000):
            time.sleep(0.1)
            if pathlib.Path("go").exists():
                break
"""


@pytest.fixture(scope="session")
def behave(home: Home) -> Iterator[str]:
    """Deploy a flow that does what it is told, as `deployments.setup` deploys ours."""
    (home.folder / "behave_flow.py").write_text(FLOW)
    step = "prefect.deployments.steps.set_working_directory"
    with orchestration.client() as client:
        client.create_deployment(
            flow_id=client.create_flow_from_name("behave"),
            name="tenfold",
            entrypoint="behave_flow.py:behave",
            work_pool_name="tenfold-cpu",
            pull_steps=[{step: {"directory": str(home.folder)}}],
            job_variables={"command": "python -m prefect.engine"},
            enforce_parameter_schema=False,
        )
    yield "behave/tenfold"
    (home.folder / "go").touch()


def said(home: Home, run: str) -> dict[str, object]:
    """Return what a run noted of its surroundings."""
    note = home.folder / f"{run}.json"
    until(note.exists, what=f"a note of run {run}")
    found: dict[str, object] = json.loads(note.read_text())
    return found


def ended(run: str) -> orchestration.RunState:
    until(lambda: not orchestration.run_state(run).alive, what=f"the end of run {run}")
    return orchestration.run_state(run)


def fork_server(home: Home) -> psutil.Process:
    """Return the process that a worker has split off."""
    worker = home.service(WORKER)
    [server] = [child for child in worker.children() if child.cmdline() == worker.cmdline()]
    return server


def end_worker(home: Home, run: str) -> None:
    """Ask the worker to end; wait until its run's process has, and there is another worker."""
    worker = home.service(WORKER)
    worker.terminate()
    until(lambda: home.process_of_run(run) is None, what="the end of the run's process")
    until(lambda: not worker.is_running(), what="the end of the worker")

    def another() -> bool:
        [state] = [each for each in home.services().services if each.name == WORKER]
        return state.ready and state.process is not None and state.process.pid != worker.pid

    until(another, what="another worker")


def test_a_run_is_forked_with_its_own_surroundings(home: Home, behave: str) -> None:
    run = home.start(behave, {"how": "end"})
    assert said(home, run) == {
        "folder": str(home.folder),
        "parent": fork_server(home).pid,
        "threads": 1,
        "heartbeat": 30,
        "extra": None,
        "name": "behave",
    }
    assert ended(run).kind == "completed"


def test_a_run_with_an_environment_of_its_own_is_a_new_process(home: Home, behave: str) -> None:
    run = home.start(behave, {"how": "end"}, env={"EXTRA": "here", "TENFOLD_THREADS": "2"})
    found = said(home, run)
    assert (found["extra"], found["threads"]) == ("here", 2)
    assert found["parent"] == home.service(WORKER).pid
    assert ended(run).kind == "completed"


@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        ("exit", "crashed", "status code: 3"),
        ("be killed", "crashed", "status code: -9"),
        ("raise", "failed", "on purpose"),
    ],
)
def test_how_a_run_ends_is_known(
    home: Home, behave: str, how: str, kind: str, message: str
) -> None:
    run = home.start(behave, {"how": how})
    state = ended(run)
    assert said(home, run)["parent"] == fork_server(home).pid
    assert state.kind == kind
    assert message in state.message


def test_what_a_run_says_is_in_its_log_and_in_the_workers(home: Home, behave: str) -> None:
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

    run = home.start(behave, {"how": "end, and say so"})
    assert ended(run).kind == "completed"
    of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[UUID(run)]))

    def told() -> bool:
        with orchestration.client() as client:
            return any("told to end" in log.message for log in client.read_logs(of_run))

    until(told, what="a line in the run's log")
    until(
        lambda: "printed while told to end, and say so" in log_of_worker(),
        what="a line in the worker's log",
    )


def log_of_worker() -> str:
    return Path(log_file(get_settings(), WORKER)).read_text()


def test_cancelling_ends_a_forked_run(home: Home, behave: str) -> None:
    from prefect.states import Cancelling

    run = home.start(behave, {"how": "wait to be cancelled"})
    said(home, run)
    process = home.process_of_run(run)
    assert process is not None
    assert process.ppid() == fork_server(home).pid
    with orchestration.client() as client:
        client.set_flow_run_state(UUID(run), Cancelling())
    until(lambda: orchestration.run_state(run).name == "Cancelled", what="a cancelled run")
    until(lambda: not process.is_running(), what="the end of its process")


def test_runs_go_on_without_their_fork_server_and_end_with_their_worker(
    home: Home, behave: str
) -> None:
    from prefect.states import Cancelled

    one, other = (home.start(behave, {"how": f"wait {n}"}) for n in ("a while", "long"))
    assert {said(home, run)["parent"] for run in (one, other)} == {fork_server(home).pid}
    kill(fork_server(home))
    (home.folder / "go").touch()
    assert {ended(run).kind for run in (one, other)} == {"completed"}
    (home.folder / "go").unlink()

    cold = home.start(behave, {"how": "wait for the worker's end"})
    assert said(home, cold)["parent"] == home.service(WORKER).pid
    end_worker(home, cold)

    warm = home.start(behave, {"how": "wait for the next worker's end"})
    assert said(home, warm)["parent"] == fork_server(home).pid
    end_worker(home, warm)
    with orchestration.client() as client:
        for run in (cold, warm):
            client.set_flow_run_state(UUID(run), Cancelled(), force=True)
