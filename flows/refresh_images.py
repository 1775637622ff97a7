"""`refresh-images`: now and then, looks for new images in the sources of all projects."""

from prefect import flow

from tasks.active_projects import active_projects
from tasks.refresh_project import refresh_project


@flow(name="refresh-images", flow_run_name="refresh images")
def refresh_images() -> None:
    """Begin a cycle for every completed project whose source has enough that is new."""
    for project in active_projects():
        refresh_project(project)
