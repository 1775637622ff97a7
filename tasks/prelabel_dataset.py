"""Step 7: a proposal for every image without a final label, made on the GPU pool."""

from prefect import get_run_logger, task
from prefect.events import emit_event

from models.cycle import Claim
from tasks.child_run import run_child
from tasks.steps import HOUR, artifact_key, progress, step
from tenfold.pipeline.context import open_context
from tenfold.pipeline.jobs import prelabel_job, take_in_prelabels


@task(**step("pre-label dataset", seconds=48 * HOUR))
def prelabel_dataset(claim: Claim) -> int:
    """Have the newest model propose labels; return how many were taken in."""
    ctx = open_context()
    job = prelabel_job(ctx, claim)
    if job is None:
        return 0
    project = ctx.project(claim).name
    run_child(ctx, claim, "prelabel", job)
    with progress(artifact_key("prelabels", project), "pre-labels taken in") as report:
        taken = take_in_prelabels(ctx, claim, job, report)
    get_run_logger().info("%d images are pre-labeled", taken)
    emit_event(
        "labels.proposed",
        resource={"prefect.resource.id": f"tenfold.project.{claim.project_id}"},
        payload={"project": project, "images": taken},
    )
    return taken
