"""Flow runs: start, look at, wake, try again. The only module of the library that knows Prefect.

Prefect is imported inside the functions, since the page and the command line import this module.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from models.compute import ComputeTarget
from models.cycle import Cycle, CycleState
from models.job import JobReport, JobWait
from models.record import Moment, Record, now
from models.round import ApprovedVia, Round, RoundState
from tenfold.errors import (
    ModelError,
    NotFoundError,
    ServiceError,
    SettingsError,
    TransientServiceError,
)
from tenfold.services.catalog import CPU_POOL, GPU_POOL
from tenfold.services.environment import environment, prefect_api
from tenfold.services.pool_waits import FIRST_LOOK_SECONDS, LOOK_SECONDS, pool_wait
from tenfold.services.state import nudge
from tenfold.settings import get_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas import OrchestrationResult
    from prefect.client.schemas.objects import FlowRun, State, WorkPool

    from tenfold.store import Store

RunKind = Literal[
    "running", "suspended", "completed", "failed", "crashed", "cancelled", "scheduled", "unknown"
]

KINDS: dict[str, RunKind] = {
    "SCHEDULED": "scheduled",
    "PENDING": "scheduled",
    "RUNNING": "running",
    "PAUSED": "suspended",
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CRASHED": "crashed",
    "CANCELLED": "cancelled",
    "CANCELLING": "cancelled",
}

ALIVE: tuple[RunKind, ...] = ("running", "suspended", "scheduled")

LABEL_IMAGES = "label-images/tenfold"
TRACK_COMPLETION = "track-completion/tenfold"
JOB_FLOWS = {
    "embed": "embed-images/tenfold",
    "train": "train-assist-model/tenfold",
    "prelabel": "prelabel-images/tenfold",
}
"""Deployment that runs a job, by the job's kind."""

WhatNext = Literal[
    "go on", "go on, and put what is not tagged back into the pool", "ask again later"
]
"""What the form of a waiting run offers."""
GO_ON: WhatNext = "go on"
RETURN_REST: WhatNext = "go on, and put what is not tagged back into the pool"
ASK_LATER: WhatNext = "ask again later"

POOL_STATES = {
    "READY": "A worker is there.",
    "NOT_READY": "No worker is there now: jobs wait until one is.",
    "PAUSED": "It is paused in Prefect: jobs wait until it goes on.",
}
"""What Prefect's word for a pool comes to."""

REFUSED = "Refused"
"""State name of a job that can't be done, whatever is tried."""

CRASH_SETTLES = timedelta(seconds=10)
"""A worker writes a crash twice, five seconds apart; what was started in between is lost."""
RESUME_SECONDS = 6.0
"""A run is Suspended a moment before its form is there."""
ATTEMPTS = 3
JOB_SECONDS = 24 * 3600.0


Hear = Callable[[JobWait | None], None]
"""Told why a job doesn't begin, and None once it has."""


class RunState(Record):
    """Where a flow run stands."""

    kind: RunKind
    message: str = ""
    url: str = ""
    name: str = ""
    """Prefect's own word, such as `AwaitingRetry`."""
    since: Moment | None = None

    @property
    def alive(self) -> bool:
        """Whether it goes on by itself, or when it is resumed."""
        return self.kind in ALIVE


def run_tag(project_name: str) -> str:
    """Return the tag by which a project's runs are found."""
    return f"project:{project_name}"


def start_run(project_name: str, key: str | None = None) -> str:
    """Start a run of `label_images`; return its id. Started twice with one key, it is one run."""
    with client() as prefect:
        deployment = prefect.read_deployment_by_name(LABEL_IMAGES)
        run = prefect.create_flow_run_from_deployment(
            deployment.id,
            parameters={"project": project_name},
            name=f"label {project_name}",
            idempotency_key=key,
            tags=[run_tag(project_name)],
        )
        nudge(get_settings())
        return str(run.id)


def run_state(flow_run_id: str) -> RunState:
    """Return where a run stands; `unknown` where Prefect has no such run."""
    try:
        with client() as prefect:
            return state_of(prefect.read_flow_run(UUID(flow_run_id)))
    except NotFoundError:
        return RunState(kind="unknown", message="Prefect knows no such run.")


def flow_run_url(flow_run_id: str) -> str:
    """Return the address of a run in Prefect's pages."""
    return f"{prefect_api(get_settings()).removesuffix('/api')}/runs/flow-run/{flow_run_id}"


def resume(
    flow_run_id: str,
    *,
    by: str,
    note: str = "",
    via: ApprovedVia = ApprovedVia.PAGE,
    what_next: WhatNext = GO_ON,
) -> bool:
    """Wake a suspended run; return whether it was this call that did.

    False means that it wasn't suspended: somebody else woke it, or it never stopped.

    Raises:
        ServiceError: Prefect refuses the answer, with its reason.
        TransientServiceError: Prefect doesn't answer.
    """
    given = {"approved_by": by or via.value, "note": note, "what_next": what_next}
    deadline = time.monotonic() + RESUME_SECONDS
    with client() as prefect:
        while True:
            result: OrchestrationResult[Any] = prefect.resume_flow_run(
                UUID(flow_run_id), run_input=given
            )
            if result.status.value == "ACCEPT":
                nudge(get_settings())
                return True
            reason = getattr(result.details, "reason", None) or "no reason given"
            if result.status.value == "ABORT" and "not paused" in reason:
                return False
            if time.monotonic() > deadline:
                raise ServiceError(f"Prefect doesn't let run {flow_run_id} go on: {reason}")
            time.sleep(0.3)


def retry(flow_run_id: str) -> bool:
    """Have a failed or crashed run executed again; return whether Prefect agreed."""
    from prefect.states import AwaitingRetry

    with client() as prefect:
        result: OrchestrationResult[Any] = prefect.set_flow_run_state(
            UUID(flow_run_id), AwaitingRetry()
        )
        nudge(get_settings())
        return result.status.value == "ACCEPT"


def give_up(flow_run_id: str) -> None:
    """Cancel a run, where it is alive; one that is at work ends at once with its children."""
    from prefect.states import Cancelled, Cancelling

    state = run_state(flow_run_id)
    if state.alive:
        ending: State[Any] = Cancelling() if state.kind == "running" else Cancelled()
        with client() as prefect:
            prefect.set_flow_run_state(UUID(flow_run_id), ending, force=True)


def wake(project_name: str) -> bool:
    """Wake the project's run if what it waits for is there; return whether it was woken.

    To be called after the last answer of a round, and after an approval.
    """
    store = _store()
    project = store.projects.get(project_name)
    cycle = store.cycles.current(project.id)
    if cycle is None or cycle.flow_run_id is None or not may_go_on(store, cycle):
        return False
    last = last_round(store, cycle)
    approval = store.rounds.approval(last.id) if last else None
    by, via = (approval.by, approval.via) if approval else ("answered", ApprovedVia.RULE)
    return resume(cycle.flow_run_id, by=by, via=via)


def work_on(project_name: str) -> str:
    """See to it that a project is worked on; return the id of the run that does.

    Starts a run where none is alive, wakes a suspended one whose answer is there, and has a
    crashed or failed one executed again. What goes on already is left alone, and so is a run
    that crashed a few seconds ago: it is taken up by the next call, or by `track_completion`.
    """
    store = _store()
    project = store.projects.get(project_name)
    cycle = store.cycles.current(project.id)
    if cycle is None or cycle.state is CycleState.COMPLETE or cycle.flow_run_id is None:
        return _start_for(project_name, cycle)
    state = run_state(cycle.flow_run_id)
    if state.kind == "suspended":
        wake(project_name)
    if state.alive or (state.kind == "crashed" and not settled(state)):
        return cycle.flow_run_id
    if settled(state) and retry(cycle.flow_run_id):
        return cycle.flow_run_id
    return _start_for(project_name, cycle)


def settled(state: RunState) -> bool:
    """Whether a failed or crashed run may be executed again now."""
    if state.kind == "failed":
        return True
    old = state.since is not None and now() - state.since >= CRASH_SETTLES
    return state.kind == "crashed" and old


def may_go_on(store: "Store", cycle: Cycle) -> bool:
    """Whether what people were asked for is there: approved, or answered where that suffices."""
    last = last_round(store, cycle)
    return last is None or last.state is RoundState.CLOSED or last.goes_on_by_itself


def last_round(store: "Store", cycle: Cycle) -> Round | None:
    """Return the newest round of a cycle that isn't a backlog."""
    asked = [each for each in store.rounds.list(cycle.id) if not each.backlog]
    return max(asked, key=lambda each: each.number, default=None)


def job_pools(usual: str) -> list[ComputeTarget]:
    """Return the work pools that jobs can be computed on; `usual` is the one if none is chosen."""
    with client() as prefect:
        pools = prefect.read_work_pools()
    return [_target(pool, usual) for pool in pools if pool.name != CPU_POOL]


def _target(pool: "WorkPool", usual: str) -> ComputeTarget:
    state = pool.status.value if pool.status else "NOT_READY"
    return ComputeTarget(
        name=pool.name,
        usual=pool.name == usual,
        ready=state == "READY",
        said=POOL_STATES.get(state, state),
    )


def job_deployment(kind: str, pool: str | None) -> str:
    """Return the deployment that runs jobs of a kind on a pool.

    On another than the usual pool it is the same as there, and made when it is needed.

    Raises:
        SettingsError: Prefect has no such pool.
    """
    usual = JOB_FLOWS[kind]
    if pool is None:
        return usual
    with client() as prefect:
        found = prefect.read_deployment_by_name(usual)
        if pool == found.work_pool_name:
            return usual
        types = {each.name: each.type for each in prefect.read_work_pools()}
        if pool not in types:
            raise SettingsError(
                f"Prefect has no work pool {pool} any more, which {kind} jobs were to go to.",
                "Choose another compute among the project's details, then go on.",
            )
        alike = types[pool] == types.get(found.work_pool_name or "")
        prefect.create_deployment(
            flow_id=found.flow_id,
            name=f"{found.name}-on-{pool}",
            version=found.version,
            description=found.description,
            entrypoint=found.entrypoint,
            path=found.path,
            tags=found.tags,
            work_pool_name=pool,
            pull_steps=found.pull_steps,
            parameter_openapi_schema=found.parameter_openapi_schema,
            enforce_parameter_schema=found.enforce_parameter_schema,
            job_variables=found.job_variables if alike else {},
        )
        return f"{usual}-on-{pool}"


def run_job(
    job_blob: str,
    kind: str,
    key: str,
    name: str,
    *,
    target: str | None = None,
    hear: Hear = lambda _: None,
) -> JobReport:
    """Run a job as a child flow run, and wait for it.

    Args:
        job_blob: blob with the job.
        kind: `embed`, `train` or `prelabel`.
        key: the same for the same job: a parent that is executed again finds the same child.
        name: of the child flow run.
        target: where it is computed, as `tenfold.compute_targets` has it; None: where usual. An
            attempt that has begun stays where it is.
        hear: told every few seconds why the job doesn't begin.

    Raises:
        TransientServiceError: the child doesn't end, or every attempt crashed.
        ModelError: the job can't be done, whatever is tried.
        SettingsError: the target isn't there.
    """
    from prefect.deployments import run_deployment

    on_azure = get_settings().profile == "azure"
    pool = None if on_azure else target
    deployment = job_deployment(kind, pool)
    queue = _Queue(pool or GPU_POOL, hear)
    cluster = {"cluster": target} if on_azure and target else {}
    begun, tried, number = now(), 0, 0
    while tried < ATTEMPTS:
        number += 1
        run: FlowRun = run_deployment(  # type: ignore[assignment]  # of its async twin
            deployment,
            parameters={"job": job_blob, "label": name, **cluster},
            flow_run_name=f"{name}-a{number}",
            timeout=0,
            as_subflow=True,
            idempotency_key=f"{key}:a{number}",
        )
        nudge(get_settings())
        state = _wait_for(run.id, JOB_SECONDS, queue)
        report = _read_report(job_blob) if state.kind == "completed" else None
        if report is not None:
            return report
        if state.since is not None and state.since >= begun:
            _give_up_if_hopeless(state, name)
            tried += 1
    raise ServiceError(
        f"{name} ended {ATTEMPTS} times without a result: {state.message}", state.url
    )


class _Queue:
    """Says why runs that a pool is to take up don't begin."""

    def __init__(self, pool: str, hear: Hear) -> None:
        self._pool = pool
        self._hear = hear
        self._next = 0.0

    def look(self, prefect: "SyncPrefectClient", run: "FlowRun", waited: float) -> None:
        """Tell why a run waits, if it does: a while after it was there, and then now and then."""
        if run.state is None or not run.state.is_scheduled():
            self._hear(None)
            self._next = 0.0
        elif waited >= max(self._next, FIRST_LOOK_SECONDS):
            self._next = waited + LOOK_SECONDS
            pool = run.work_pool_name or self._pool
            self._hear(pool_wait(pool, pool_state(prefect, pool), prefect_api(get_settings())))


def pool_state(prefect: "SyncPrefectClient", pool: str) -> str | None:
    """Return Prefect's word for where a pool stands; None where it has no such pool."""
    from prefect.exceptions import ObjectNotFound

    try:
        status = prefect.read_work_pool(pool).status
    except ObjectNotFound:
        return None
    return status.value if status else "NOT_READY"


def _wait_for(flow_run_id: UUID, seconds: float, queue: _Queue) -> RunState:
    """Look at a run until it has ended, or for so many seconds; return where it stands then.

    The longer it takes, the more seldom: nobody notices a twentieth.
    """
    begun = time.monotonic()
    with client() as prefect:
        while True:
            run = prefect.read_flow_run(flow_run_id)
            waited = time.monotonic() - begun
            queue.look(prefect, run, waited)
            if (run.state is not None and run.state.is_final()) or waited >= seconds:
                return state_of(run)
            time.sleep(min(1.0, 0.1 + waited / 20))


def _give_up_if_hopeless(state: RunState, name: str) -> None:
    if state.alive:
        raise TransientServiceError(f"{name} doesn't come to its end.", state.url)
    if state.kind == "cancelled":
        raise ServiceError(f"{name} was cancelled.", "`tenfold run` goes on with it.")
    if state.name == REFUSED:
        raise ModelError(f"{name}: {state.message}")


def _read_report(job_blob: str) -> JobReport | None:
    from tenfold.compute import job_report_blob
    from tenfold.errors import BlobNotFoundError
    from tenfold.pipeline.context import open_context

    try:
        text = open_context().blobs.get(job_report_blob(job_blob))
    except BlobNotFoundError:
        return None
    return JobReport.model_validate_json(text)


def _start_for(project_name: str, cycle: Cycle | None) -> str:
    """Start a run for what comes after `cycle` as it stands: two callers start one."""
    standing = f"{cycle.id}:{cycle.fence}" if cycle else "first"
    for number in range(1, 100):
        run_id = start_run(project_name, key=f"label:{project_name}:{standing}:{number}")
        if run_state(run_id).alive:
            return run_id
    raise ServiceError(f"No run can be started for {project_name}: a hundred ended at once.")


def state_of(run: "FlowRun") -> RunState:
    """Return where a run stands that was read already."""
    state = run.state
    if state is None:
        return RunState(kind="scheduled", url=flow_run_url(str(run.id)))
    return RunState(
        kind=KINDS.get(state.type.value, "unknown"),
        message=state.message or "",
        url=flow_run_url(str(run.id)),
        name=state.name or "",
        since=state.timestamp,
    )


def _store() -> "Store":
    from tenfold.pipeline.context import open_context

    return open_context().store


@contextmanager
def client() -> "Iterator[SyncPrefectClient]":
    """Open a client of this home's Prefect, whose errors are ours."""
    for name, value in environment().items():
        if name.startswith("PREFECT_") and name != "PREFECT_API_URL":  # that would say: not ours
            os.environ.setdefault(name, value)
    import httpx
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.exceptions import ObjectNotFound
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY

    api = prefect_api(get_settings())
    auth = PREFECT_API_AUTH_STRING.value()
    try:
        with SyncPrefectClient(
            api,
            auth_string=auth.get_secret_value() if auth else None,
            api_key=PREFECT_API_KEY.value(),
        ) as opened:
            yield opened
    except ObjectNotFound as error:
        raise NotFoundError("Prefect doesn't know it.", "Is `tenfold up` done?") from error
    except httpx.HTTPStatusError as error:
        raise ServiceError(f"Prefect refused: {error.response.text[:300]}") from error
    except (httpx.HTTPError, RuntimeError) as error:
        raise TransientServiceError(
            f"Prefect doesn't answer at {api}: {error}", "Start it with `tenfold up`."
        ) from error
