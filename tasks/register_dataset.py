"""Step 3: the immutable manifest of a dataset version."""

from prefect import get_run_logger, task

from models.cycle import Claim
from tasks.steps import HOUR, step
from tenfold.pipeline.context import open_context
from tenfold.pipeline.register import register


@task(**step("register dataset", seconds=2 * HOUR))
def register_dataset(claim: Claim) -> int:
    """Write and register the cycle's dataset version; return its number."""
    number = register(open_context(), claim)
    get_run_logger().info("Dataset version %d", number)
    return number
