"""What happens when a run of `label_images` is cancelled."""

import logging
from typing import Any
from uuid import UUID

from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow
from prefect.states import Cancelling

from tenfold import orchestration

logger = logging.getLogger("prefect.tenfold")


def cancel_children(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Cancel the child runs, which Prefect leaves alone; a hook of the parent flow."""
    del flow, state
    alive = [child for child in children(flow_run.id) if orchestration.state_of(child).alive]
    with orchestration.client() as prefect:
        for child in alive:
            prefect.set_flow_run_state(child.id, Cancelling())
    logger.info("%d child runs were cancelled with run %s", len(alive), flow_run.name)


def children(flow_run_id: UUID) -> list[FlowRun]:
    """Return the runs that a run has called."""
    parent = FlowRunFilterParentFlowRunId(any_=[flow_run_id])
    with orchestration.client() as prefect:
        return prefect.read_flow_runs(flow_run_filter=FlowRunFilter(parent_flow_run_id=parent))
