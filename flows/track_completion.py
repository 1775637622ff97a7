"""`track-completion`: now and then, starts what should be going on and says where things stand."""

from prefect import flow

from tasks.sweep_runs import sweep_runs
from tasks.track_projects import track_projects


@flow(name="track-completion", flow_run_name="track completion")
def track_completion() -> None:
    """Wake runs whose answer is there, start crashed ones again, show how far each project is."""
    sweep_runs()
    track_projects()
