"""Makes work pools, automations and deployments: `python -m deployments.setup`.

What is there already and unchanged is left alone, so it may run as often as one likes.
"""

import hashlib
import importlib.util
import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tenfold import __version__
from tenfold.services.catalog import CPU_POOL, GPU_POOL, POOLS
from tenfold.services.state import read_state
from tenfold.services.worker import wait_for_server
from tenfold.settings import Settings, get_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.flows import Flow

CPU_RUNS = 16
"""Flow runs at once on the CPU pool: a parent that waits for a child holds one of them."""
REFRESH = "refresh"
"""Slug of the schedule that TENFOLD_REFRESH_MINUTES sets."""
ZOMBIES = "tenfold: crash flow runs without a heartbeat"
HEARTBEAT_WITHIN = timedelta(seconds=90)
"""Three heartbeats: a long call that holds the interpreter's lock delays them."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of prefect.yaml."""

    name: str
    entrypoint: str
    pool: str
    description: str
    tags: tuple[str, ...]
    job_variables: dict[str, Any]
    schedules: tuple[dict[str, Any], ...]
    pull: tuple[dict[str, Any], ...]

    @property
    def flow_name(self) -> str:
        """The flow's name: that of its function, with dashes."""
        return self.entrypoint.rsplit(".", 1)[-1].replace("_", "-")

    def version(self) -> str:
        """Return a text that changes when the deployment or its flow's code does."""
        module = importlib.util.find_spec(self.entrypoint.rsplit(".", 1)[0])
        code = Path(module.origin).read_bytes() if module and module.origin else b""
        said = json.dumps(asdict(self), sort_keys=True)
        return f"{__version__}+{hashlib.sha256(said.encode() + code).hexdigest()[:12]}"


def main() -> None:
    """Set up the Prefect server that PREFECT_API_URL names."""
    from prefect.client.orchestration import get_client

    settings = get_settings()
    wait_for_server()
    with get_client(sync_client=True) as client:
        make_pools(client, {CPU_POOL: CPU_RUNS, GPU_POOL: count_gpus(settings)})
        crash_lost_runs(client, settings)
        deploy(client, read_deployments(settings))
        make_automations(client)


def definition_file() -> Path:
    """Return prefect.yaml: beside the packages in a checkout, inside them when installed."""
    here = Path(__file__).resolve().parent
    beside = here.parent / "prefect.yaml"
    return beside if beside.is_file() else here / "prefect.yaml"


def read_deployments(settings: Settings) -> list[Deployment]:
    """Read the deployments of prefect.yaml."""
    content = yaml.safe_load(definition_file().read_text())
    return [
        Deployment(
            name=item["name"],
            entrypoint=item["entrypoint"],
            pool=item["work_pool"]["name"],
            description=item.get("description", ""),
            tags=tuple(item.get("tags", ())),
            job_variables=item["work_pool"].get("job_variables", {}),
            schedules=tuple(_schedule(each, settings) for each in item.get("schedules", ())),
            pull=tuple(content["pull"]),
        )
        for item in content["deployments"]
    ]


def _schedule(schedule: dict[str, Any], settings: Settings) -> dict[str, Any]:
    if schedule.get("slug") == REFRESH:
        return {**schedule, "interval": 60 * settings.refresh_minutes}
    return schedule


def count_gpus(settings: Settings) -> int:
    """Return how many GPU runs may go on at once: one a GPU or node, and one without any."""
    if settings.profile == "azure":
        return settings.azure_nodes
    program = shutil.which("nvidia-smi")
    if settings.device == "cpu" or program is None:
        return 1
    listed = subprocess.run(  # noqa: S603  # found on the PATH
        (program, "-L"), capture_output=True, text=True, timeout=20, check=False
    )
    return max(1, listed.stdout.count("GPU "))


def make_pools(client: "SyncPrefectClient", limits: dict[str, int]) -> None:
    """Make the work pools, or set the limits of those that are there."""
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    for name, limit in limits.items():
        try:
            client.create_work_pool(
                WorkPoolCreate(
                    name=name, type="process", base_job_template=template, concurrency_limit=limit
                )
            )
        except ObjectAlreadyExists:
            client.update_work_pool(name, WorkPoolUpdate(concurrency_limit=limit))


def deploy(client: "SyncPrefectClient", deployments: list[Deployment]) -> list[str]:
    """Bring the server up to date; return the flows that were deployed anew."""
    flow_of = {flow.id: flow.name for flow in client.read_flows()}
    present = {(flow_of.get(d.flow_id), d.name): d.version for d in client.read_deployments()}
    changed = [d for d in deployments if present.get((d.flow_name, d.name)) != d.version()]
    for deployment in changed:
        _deploy(client, deployment)
    return [deployment.flow_name for deployment in changed]


def _deploy(client: "SyncPrefectClient", deployment: Deployment) -> None:
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import IntervalSchedule
    from prefect.flows import load_flow_from_entrypoint
    from prefect.utilities.callables import parameter_schema

    flow: Flow[..., Any] = load_flow_from_entrypoint(deployment.entrypoint)
    schedules = [
        DeploymentScheduleCreate(
            schedule=IntervalSchedule(interval=timedelta(seconds=each["interval"])),
            slug=each["slug"],
            active=each.get("active", True),
        )
        for each in deployment.schedules
    ]
    client.create_deployment(
        flow_id=client.create_flow_from_name(flow.name),
        name=deployment.name,
        version=deployment.version(),
        description=deployment.description,
        entrypoint=deployment.entrypoint,
        tags=list(deployment.tags),
        schedules=schedules,
        work_pool_name=deployment.pool,
        pull_steps=list(deployment.pull),
        parameter_openapi_schema=parameter_schema(flow).model_dump(),
        enforce_parameter_schema=True,
        job_variables=deployment.job_variables,
    )


def make_automations(client: "SyncPrefectClient") -> None:
    """Have flow runs marked as crashed whose heartbeat stopped: their worker died with them."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    if client.read_automations_by_name(ZOMBIES):
        return
    ends = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused")
    others = ("heartbeat", "Resuming", "AwaitingRetry")
    client.create_automation(
        AutomationCore(
            name=ZOMBIES,
            description="A run whose process and worker both died stays Running without this.",
            trigger=EventTrigger(
                after={"prefect.flow-run.heartbeat"},
                expect={f"prefect.flow-run.{name}" for name in (*ends, *others)},
                match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=HEARTBEAT_WITHIN,
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="The process has died.")],
        )
    )


def crash_lost_runs(client: "SyncPrefectClient", settings: Settings) -> int:
    """Mark runs as crashed that were going on when the last `up` ended; return how many.

    Only where the server is this home's own: `up` ends every process of the one before, so what
    is still Running on this home's pools in the server's eyes can't be.
    """
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled, Crashed

    state = read_state(settings)
    if state is None or not state.own_prefect:
        return 0
    types = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    going_on = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types))
        )
    )
    ours = [run for run in going_on if run.work_pool_name in {*POOLS, None}]
    lost = [run for run in ours if run.state and run.state.timestamp < state.started_at]
    for run in lost:
        ended = Cancelled if run.state_type is StateType.CANCELLING else Crashed
        client.set_flow_run_state(run.id, ended(message="tenfold was stopped."), force=True)
    return len(lost)


if __name__ == "__main__":
    main()
