"""A job of the workspace, followed to its end."""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from models.job import JobWait
from tenfold.azure.errors import explained, if_there
from tenfold.azure.workspace import open_workspace
from tenfold.outcome import Outcome, Progress
from tenfold.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml.entities import Job

log = logging.getLogger(__name__)

WAITING = frozenset({"NotStarted", "Starting", "Provisioning", "Queued", "Preparing"})
TERMINAL = frozenset({"Completed", "Failed", "Canceled", "NotResponding"})


def find(settings: Settings, name: str) -> "Job | None":
    """Return the workspace's job of a name, None where there is none."""
    jobs = open_workspace(settings).jobs
    found: Job | None = if_there(f"job {name}", lambda: jobs.get(name))
    return found


def watch(
    settings: Settings,
    job: "Job",
    outcome: Outcome,
    report: Callable[[int, int], None],
    hear: Callable[[JobWait | None], None],
) -> str:
    """Look at a job until it is over, and return its state.

    Args:
        settings: whose workspace, and how often to look.
        job: as it was submitted or found.
        outcome: where the job says how far it is.
        report: is told how far it is.
        hear: is told why it doesn't begin, and None once it has.
    """
    name, status = str(job.name), ""
    log.info("%s: %s", name, link(job))
    told: Progress | None = None
    while True:
        if state_of(job) != status:
            status = state_of(job)
            log.info("%s is %s", name, status)
            hear(node_wait(job, status))
        now = outcome.progress()
        if now is not None and now != told:
            told = now
            report(now.done, now.total)
        if status in TERMINAL:
            return status
        time.sleep(settings.azure_poll_seconds)
        with explained(f"job {name}"):
            job = open_workspace(settings).jobs.get(name)


def node_wait(job: "Job", status: str) -> JobWait | None:
    """Return why a job doesn't begin; None where it has, or is over."""
    if status not in WAITING:
        return None
    return JobWait(
        why=(
            f"It is {status} on the cluster {getattr(job, 'compute', '')}: Azure starts a node for "
            "it, which takes some minutes where none runs. If it stays so, see whether the quota "
            "is used up:"
        ),
        command="tenfold doctor --profile azure",
    )


def state_of(job: "Job") -> str:
    """Return where a job stands; the client gives a text or a member of an enumeration."""
    return str(getattr(job.status, "value", job.status))


def cancel(settings: Settings, name: str) -> None:
    """Ask Azure to end a job; it is over a while later."""
    with explained(f"job {name}"):
        open_workspace(settings).jobs.begin_cancel(name)


def link(job: "Job") -> str:
    """Return where a person sees the job and its logs."""
    return str(job.studio_url or job.id)
