"""Step 6: the assist model, trained on the GPU pool."""

from prefect import get_run_logger, task
from prefect.events import emit_event

from models.cycle import Claim
from tasks.child_run import run_child
from tasks.steps import HOUR, step
from tenfold.errors import ModelError
from tenfold.pipeline.context import open_context
from tenfold.pipeline.jobs import take_in_model, train_job


@task(**step("train assist model", seconds=48 * HOUR))
def train_assist_model(claim: Claim) -> str | None:
    """Have a model trained on today's tags; return its version's id, None where none was."""
    ctx = open_context()
    job = train_job(ctx, claim)
    if job is None:
        return None
    project = ctx.project(claim)
    try:
        run_child(ctx, claim, "train", job)
    except ModelError as error:
        ctx.store.cycles.fail_step(claim, job.split("/")[-2], str(error))
        get_run_logger().warning("No model could be trained, more tags are needed: %s", error)
        return None
    model = take_in_model(ctx, claim, job)
    get_run_logger().info(
        "Model %d, trained on %d images in %.1f s: %s",
        model.number,
        model.trained_on,
        model.seconds,
        model.metrics,
    )
    emit_event(
        "model.trained",
        resource={"prefect.resource.id": f"tenfold.model.{model.id}"},
        payload={"project": project.name, "number": model.number, "metrics": model.metrics},
    )
    return model.id
