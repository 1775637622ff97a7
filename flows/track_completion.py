"""`track-completion`: every minute, starts what should be going on and says where things stand."""

from prefect import flow

from tasks.active_projects import active_projects
from tasks.sweep_runs import sweep_runs
from tasks.track_project import track_project


@flow(name="track-completion", flow_run_name="track completion")
def track_completion() -> None:
    """Wake runs whose answer is there, start crashed ones again, show how far each project is."""
    sweep_runs()
    for project in active_projects():
        track_project(project)
