"""A job as a child flow run, where the project wants it computed."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from threading import Event, Thread

from models.cycle import Claim
from models.job import JobReport, JobWait
from tenfold import orchestration
from tenfold.errors import TenfoldError
from tenfold.outcome import Progress
from tenfold.pipeline.context import Context
from tenfold.pipeline.jobs import note_progress, note_wait

LOOK_SECONDS = 2.0


def run_child(ctx: Context, claim: Claim, kind: str, job: str) -> JobReport:
    """Run a job and wait for it; found again by a run that replaces this one.

    How far it is, or why it doesn't begin, is noted with its step meanwhile.

    Args:
        ctx: stores and settings.
        claim: the cycle whose step the job is.
        kind: `embed`, `train` or `prelabel`.
        job: blob with the job.

    Raises:
        ModelError: the job can't be done with what it was given.
        ServiceError: every attempt failed.
    """
    job_id = PurePosixPath(job).parent.name
    with _followed(ctx, claim, job) as hear:
        project = ctx.project(claim)
        target = project.trains_on if kind == "train" else project.infers_on
        name = f"{kind}-{project.name}"
        key = f"{job_id}:{kind}"
        return orchestration.run_job(job, kind, key, name, target=target, hear=hear)


@dataclass(slots=True)
class _Heard:
    """What Prefect lets know of a job."""

    wait: JobWait | None = None

    def hear(self, wait: JobWait | None) -> None:
        self.wait = wait


@contextmanager
def _followed(ctx: Context, claim: Claim, job: str) -> Iterator[orchestration.Hear]:
    over, heard = Event(), _Heard()
    follower = Thread(target=_follow, args=(ctx, claim, job, heard, over), daemon=True)
    follower.start()
    try:
        yield heard.hear
    finally:
        over.set()
        follower.join()


def _follow(ctx: Context, claim: Claim, job: str, heard: _Heard, over: Event) -> None:
    told: Progress | None = None
    wait: JobWait | None = None
    while not over.wait(LOOK_SECONDS):
        with contextlib.suppress(TenfoldError):  # it is only shown; what matters fails elsewhere
            wait = note_wait(ctx, claim, job, heard.wait, wait)
            told = note_progress(ctx, claim, job, told)
