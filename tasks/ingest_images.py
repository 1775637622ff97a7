"""Step 1: list the source, decode every image once, set aside what is none."""

from prefect import get_run_logger, task

from models.cycle import Claim
from tasks.steps import HOUR, artifact_key, progress, step
from tenfold.pipeline.context import open_context
from tenfold.pipeline.ingest import IngestReport, ingest


@task(**step("ingest images", seconds=12 * HOUR))
def ingest_images(claim: Claim) -> IngestReport:
    """Take in what is new or changed in the project's source."""
    ctx = open_context()
    key = artifact_key("ingest", ctx.project(claim).name)
    with progress(key, "files looked at") as report:
        found = ingest(ctx, claim, report)
    get_run_logger().info(
        "%d images, %d new; %d files set aside, %d exact copies, %d labels imported",
        found.images,
        found.new,
        found.quarantined,
        found.duplicates,
        found.imported,
    )
    return found
