"""Flow runs that a dead worker left behind, and those that only track."""

from datetime import timedelta

from prefect import get_run_logger
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Scheduled

from models.record import now
from tenfold import orchestration
from tenfold.orchestration import TRACK_COMPLETION

PENDING_TOO_LONG = timedelta(minutes=10)
TRACKING_KEPT = timedelta(hours=1)
"""Tracking runs every other minute: what it did long ago interests nobody."""
AT_ONCE = 50


def sweep_runs() -> None:
    """Schedule runs anew that are pending for too long, and delete old runs of tracking.

    Called by the flow itself: two tasks every other minute would fill Prefect's database.
    """
    number = reschedule_pending(PENDING_TOO_LONG)
    if number:
        get_run_logger().warning("%d runs were pending for too long and are scheduled anew", number)
    delete_tracking(TRACKING_KEPT)


def reschedule_pending(older_than: timedelta) -> int:
    """Schedule runs anew whose worker died before it began them; return how many."""
    pending = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PENDING]))
    with orchestration.client() as prefect:
        runs = prefect.read_flow_runs(flow_run_filter=FlowRunFilter(state=pending))
        old = [run for run in runs if run.state and now() - run.state.timestamp > older_than]
        for run in old:
            prefect.set_flow_run_state(run.id, Scheduled(), force=True)
        return len(old)


def delete_tracking(older_than: timedelta) -> int:
    """Delete finished runs of tracking that began longer ago; return how many."""
    flow_name, name = TRACK_COMPLETION.split("/")
    before = FlowRunFilterStartTime(before_=now() - older_than)
    with orchestration.client() as prefect:
        old = prefect.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow_name])),
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
            flow_run_filter=FlowRunFilter(start_time=before),
            limit=AT_ONCE,
        )
        finished = [run for run in old if run.state and run.state.is_final()]
        for run in finished:
            prefect.delete_flow_run(run.id)
        return len(finished)
