"""`embed-images`: runs on the GPU pool, or where chosen; called by `label_images`."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.cancel_job import cancel_job
from tasks.compute_job import compute_or_refuse


@flow(name="embed-images", on_cancellation=[cancel_job])
def embed_images(job: str, label: str = "embed-images", cluster: str = "") -> State[Any] | None:
    """Compute the features of a dataset version's images.

    Args:
        job: name of the blob that describes the job.
        label: what the run is called in logs and artifacts.
        cluster: of the workspace on Azure; empty: the one in the settings.
    """
    return compute_or_refuse(job, label, cluster)
