"""What happens when a run of `label_images` is cancelled."""

import logging
from typing import Any

from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow

from tenfold import orchestration

logger = logging.getLogger("prefect.tenfold")


def cancel_children(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Cancel the child runs, which Prefect leaves alone; a hook of the parent flow."""
    del flow, state
    number = orchestration.cancel_children(str(flow_run.id))
    logger.info("%d child runs were cancelled with run %s", number, flow_run.name)
