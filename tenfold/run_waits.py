"""Why a project's own flow run doesn't go on, where it is the machine's turn."""

from typing import TYPE_CHECKING
from uuid import UUID

from models.cycle import Cycle, CycleState
from models.job import JobWait
from models.project import Project
from models.record import now
from tenfold.errors import TransientServiceError
from tenfold.orchestration import (
    LABEL_IMAGES,
    client,
    pool_state,
    run_tag,
    settled,
    state_of,
)
from tenfold.services.catalog import CPU_POOL
from tenfold.services.environment import prefect_api
from tenfold.services.pool_waits import FIRST_LOOK_SECONDS, pool_wait
from tenfold.settings import get_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

LABEL_FLOW = LABEL_IMAGES.partition("/")[0]


def run_wait(project: Project, cycle: Cycle | None) -> JobWait | None:
    """Return what keeps the flow run of a project; None where it goes on, or nobody started one.

    Args:
        project: whose run it is.
        cycle: its current one, if it has any.

    Raises:
        ServiceError: Prefect refuses to say.
    """
    api = prefect_api(get_settings())
    try:
        with client() as prefect:
            run = _newest(prefect, project, cycle)
            if run is None:
                return None
            if run.state is not None and run.state.is_scheduled():
                return _not_taken_up(prefect, run, api)
    except TransientServiceError:
        if cycle is not None and cycle.state is CycleState.COMPLETE:
            return None
        return JobWait(
            why=f"Prefect doesn't answer at {api}, so no step begins. This starts it:",
            command="tenfold up",
        )
    return _ended(run, cycle)


def _newest(
    prefect: "SyncPrefectClient", project: Project, cycle: Cycle | None
) -> "FlowRun | None":
    """Return the run that was started last; a cycle knows its own only once a worker began it."""
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterTags,
    )
    from prefect.client.schemas.sorting import FlowRunSort

    found = prefect.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[LABEL_FLOW])),
        flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[run_tag(project.name)])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=1,
    )
    if not found and cycle is not None and cycle.flow_run_id is not None:  # of an earlier name
        return prefect.read_flow_run(UUID(cycle.flow_run_id))
    return found[0] if found else None


def _not_taken_up(prefect: "SyncPrefectClient", run: "FlowRun", api: str) -> JobWait | None:
    due = run.next_scheduled_start_time or (run.state.timestamp if run.state else None)
    if due is None or (now() - due).total_seconds() < FIRST_LOOK_SECONDS:
        return None
    pool = run.work_pool_name or CPU_POOL
    return pool_wait(pool, pool_state(prefect, pool), api)


def _ended(run: "FlowRun", cycle: Cycle | None) -> JobWait | None:
    """Say that the run of a cycle that is not delivered has ended."""
    if cycle is None or cycle.state is not CycleState.RUNNING or cycle.flow_run_id != str(run.id):
        return None
    state = state_of(run)
    if not settled(state) and state.kind != "cancelled":
        return None
    said = f": {state.message}" if state.message else "."
    return JobWait(why=f"Its flow run {_BECAME[state.kind]}{said} Wake it to have it go on.")


_BECAME = {"failed": "failed", "crashed": "crashed", "cancelled": "was cancelled"}
