"""Step 4: features of every image, computed on the GPU pool."""

from prefect import get_run_logger, task

from models.cycle import Claim
from tasks.child_run import run_child
from tasks.steps import HOUR, step
from tenfold.pipeline.context import open_context
from tenfold.pipeline.jobs import embed_job, take_in_embed


@task(**step("embed dataset", seconds=48 * HOUR))
def embed_dataset(claim: Claim) -> None:
    """Have the dataset version's images embedded, once."""
    ctx = open_context()
    job = embed_job(ctx, claim)
    if job is None:
        return
    done = run_child(ctx, claim, "embed", job)
    take_in_embed(ctx, claim, job)
    get_run_logger().info("%d images embedded, %d were, %.1f s", done.done, done.kept, done.seconds)
