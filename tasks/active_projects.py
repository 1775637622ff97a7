"""Which projects are worked on."""

from prefect import task

from models.project import ProjectState
from tasks.steps import MINUTE, step
from tenfold.pipeline.context import open_context


@task(**step("active projects", seconds=MINUTE))
def active_projects() -> list[str]:
    """Return the names of all active projects."""
    projects = open_context().store.projects.list()
    return [project.name for project in projects if project.state is ProjectState.ACTIVE]
