"""What happens when a run on the GPU pool is cancelled."""

import logging
from typing import Any

from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow

from tenfold.blobs import open_blobs
from tenfold.compute import open_compute
from tenfold.settings import get_settings

logger = logging.getLogger("prefect.tenfold")


def cancel_job(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """End the job where it is computed elsewhere; a hook of the flows on the GPU pool."""
    del flow, state
    settings, job = get_settings(), flow_run.parameters["job"]
    open_compute(settings).cancel(job, open_blobs(settings))
    logger.info("Whatever went on of %s is cancelled with run %s", job, flow_run.name)
