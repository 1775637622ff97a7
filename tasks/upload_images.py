"""Step 2: every image into the blob container under its hash, once."""

from prefect import get_run_logger, task

from models.cycle import Claim
from tasks.steps import HOUR, artifact_key, progress, step
from tenfold.pipeline.context import open_context
from tenfold.pipeline.upload import UploadReport, upload


@task(**step("upload images", seconds=12 * HOUR))
def upload_images(claim: Claim) -> UploadReport:
    """Send what the container doesn't hold yet."""
    ctx = open_context()
    key = artifact_key("upload", ctx.project(claim).name)
    with progress(key, "images in the container") as report:
        sent = upload(ctx, claim, report)
    get_run_logger().info(
        "%d images sent (%.1f MB), %d were there", sent.sent, sent.bytes_sent / 1e6, sent.kept
    )
    return sent
