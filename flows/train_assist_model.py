"""`train-assist-model`: runs on the GPU pool, or where chosen; called by `label_images`."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.cancel_job import cancel_job
from tasks.compute_job import compute_or_refuse


@flow(name="train-assist-model", on_cancellation=[cancel_job])
def train_assist_model(
    job: str, label: str = "train-assist-model", cluster: str = ""
) -> State[Any] | None:
    """Train the assist model on a snapshot of the tags.

    Args:
        job: name of the blob that describes the job.
        label: what the run is called in logs and artifacts.
        cluster: of the workspace on Azure; empty: the one in the settings.
    """
    return compute_or_refuse(job, label, cluster)
