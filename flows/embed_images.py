"""`embed-images`: runs on the GPU pool, called by `label_images`."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks.cancel_job import cancel_job
from tasks.compute_job import compute_or_refuse


@flow(name="embed-images", on_cancellation=[cancel_job])
def embed_images(job: str, label: str = "embed-images") -> State[Any] | None:
    """Compute the features of a dataset version's images.

    Args:
        job: name of the blob that describes the job.
        label: what the run is called in logs and artifacts.
    """
    return compute_or_refuse(job, label)
