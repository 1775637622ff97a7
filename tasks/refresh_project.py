"""Whether a source has enough new images for another cycle."""

from prefect import get_run_logger, task

from models.cycle import CycleState
from tasks.steps import HOUR, step
from tenfold import orchestration
from tenfold.pipeline.context import open_context
from tenfold.pipeline.refreshing import count_new

ENOUGH_SHARE, ENOUGH_IMAGES = 0.05, 20
"""A small pool costs nearly as large an audit as a big one, so new images gather first."""


@task(**step("refresh project", seconds=2 * HOUR))
def refresh_project(project: str) -> int:
    """Begin a cycle if enough is new in the source; return how many files are new or changed.

    While a cycle is open, nothing is taken in: the images that people are asked about stay as
    they are, and the next cycle takes the rest.
    """
    ctx = open_context()
    found = ctx.store.projects.get(project)
    cycle = ctx.store.cycles.current(found.id)
    if cycle is None or cycle.state is not CycleState.COMPLETE:
        return 0
    new = count_new(ctx.store, ctx.settings, found)
    known = ctx.store.images.count(found.id)
    enough = new >= max(ENOUGH_IMAGES, ENOUGH_SHARE * known)
    get_run_logger().info("%s: %d files are new or changed, %d images known", project, new, known)
    if enough:
        orchestration.work_on(project)
    return new
