"""What a child flow does: one job, blobs in and blobs out."""

import logging
from typing import Any

from prefect import get_run_logger, task
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Failed

from tasks.steps import HOUR, MAY_PASS, artifact_key, progress, step
from tenfold.blobs import open_blobs
from tenfold.compute import compute_job as compute
from tenfold.errors import JobCancelledError, ServiceError, TenfoldError
from tenfold.orchestration import REFUSED
from tenfold.settings import get_settings

logging.getLogger("tenfold.azure").setLevel(logging.INFO)
"""Told in the run's log, see PREFECT_LOGGING_EXTRA_LOGGERS in `tenfold.services.environment`."""


@task(**step("compute job", seconds=24 * HOUR))
def compute_job(job: str, label: str, cluster: str = "") -> None:
    """Compute a job, going on where an earlier attempt ended."""
    settings = get_settings()
    if cluster:
        settings = settings.model_copy(update={"azure_cluster": cluster})
    with progress(artifact_key(label), "done") as report:
        done = compute(job, open_blobs(settings), settings, report)
    get_run_logger().info(
        "%s: %d done, %d were done before, %.1f s on %s %s",
        done.kind,
        done.done,
        done.kept,
        done.seconds,
        done.device,
        done.metrics,
    )


def compute_or_refuse(job: str, label: str, cluster: str = "") -> State[Any] | None:
    """Compute a job; a job that can't be done ends as Refused, which is not tried again."""
    try:
        compute_job(job, label, cluster)
    except JobCancelledError as error:
        return Cancelled(message=str(error))
    except (*MAY_PASS, ServiceError):  # another attempt may do, or people must mend something
        raise
    except TenfoldError as error:
        get_run_logger().error("The job can't be done: %s", error)  # for people
        return Failed(name=REFUSED, message=str(error))
    return None
