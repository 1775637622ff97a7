"""Flow runs, as the page sees them. Prefect is loaded only where a run is asked about."""

import logging
import zlib

from models.project import Project
from models.pulse import Pulse
from models.report import Progress
from tenfold.errors import TenfoldError
from tenfold.web.context import Web

log = logging.getLogger("tenfold.web")


def work_on(project_name: str) -> str:
    """Start, wake or retry the project's flow run, and return its id.

    Raises:
        ServiceError: Prefect doesn't answer.
    """
    from tenfold import orchestration

    return str(orchestration.work_on(project_name))


def wake(project_name: str) -> None:
    """As `work_on`, where a failure holds nothing up: `track_completion` will do it later."""
    try:
        work_on(project_name)
    except (TenfoldError, ImportError, OSError) as error:
        log.warning("The run of %s was not woken; it will be later: %s", project_name, error)


def give_up(flow_run_id: str) -> None:
    """Cancel a run that works on what is no longer there, where it is alive still.

    A failure holds nothing up: its next write is refused, and it ends by itself.
    """
    try:
        from tenfold import orchestration

        orchestration.give_up(flow_run_id)
    except (TenfoldError, ImportError, OSError, ValueError) as error:
        log.warning("Run %s was not cancelled; it ends by itself: %s", flow_run_id, error)


def take_in_new(web: Web, project: Project) -> None:
    """Start the next cycle of a completed project where its source has something new."""
    from tenfold.pipeline.refreshing import count_new

    try:
        if count_new(web.store, web.settings, project):
            wake(project.name)
    except TenfoldError as error:
        log.warning("The source of %s was not looked at: %s", project.name, error)


def begin_anew(project_name: str, flow_run_id: str) -> None:
    """Cancel the run of a cycle that was ended, and start one for the next."""
    give_up(flow_run_id)
    wake(project_name)


def wake_if_answered(web: Web, project_name: str, round_id: str) -> None:
    """Wake the flow run where this was the last answer of a round that needs no approval."""
    try:
        if not web.store.rounds.get(round_id).goes_on_by_itself:
            return
        from tenfold import orchestration

        orchestration.wake(project_name)
    except (TenfoldError, ImportError, OSError) as error:
        log.warning("The run of %s was not woken; it will be later: %s", project_name, error)


def run_url(flow_run_id: str | None) -> str | None:
    """Return where people look at a flow run; None where it isn't known."""
    if not flow_run_id:
        return None
    try:
        from tenfold import orchestration

        return str(orchestration.flow_run_url(flow_run_id))
    except (TenfoldError, ImportError):
        return None


def progress_of(web: Web, project: Project) -> Progress:
    """Return where a project stands, with its flow run's address and what is known to keep it."""
    progress = web.store.progress.of(project)
    found: dict[str, object] = {"wait": web.waits.known(project.id)}
    if not progress.flow_run_url:
        cycle = web.store.cycles.current(project.id)
        found["flow_run_url"] = run_url(cycle.flow_run_id) if cycle else None
    return progress.model_copy(update=found)


def pulse_of(web: Web, project_id: str) -> Pulse:
    """Return a project's pulse, which also changes with what keeps its flow run.

    Raises:
        NotFoundError: no such project.
    """
    pulse = web.store.pulses.of(project_id)
    if not pulse.machine:
        web.waits.forget(project_id)
        return pulse
    wait = web.waits.look(project_id)
    if wait is None:
        return pulse
    kept = zlib.crc32(wait.model_dump_json().encode())
    return pulse.model_copy(update={"mark": f"{pulse.mark}-{kept:08x}"})
