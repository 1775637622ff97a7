"""Flow runs that a dead worker left behind."""

from prefect import get_run_logger, task

from tasks.steps import MINUTE, step
from tenfold import orchestration


@task(**step("sweep runs", seconds=5 * MINUTE))
def sweep_runs() -> int:
    """Schedule runs anew that are pending for too long; return how many."""
    number = orchestration.reschedule_pending()
    if number:
        get_run_logger().warning("%d runs were pending for too long and are scheduled anew", number)
    return number
