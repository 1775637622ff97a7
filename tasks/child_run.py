"""A job as a child flow run, where the project wants it computed."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from threading import Event, Thread

from models.cycle import Claim
from models.job import JobReport
from tenfold import orchestration
from tenfold.errors import TenfoldError
from tenfold.outcome import Progress
from tenfold.pipeline.context import Context
from tenfold.pipeline.jobs import note_progress

LOOK_SECONDS = 2.0


def run_child(ctx: Context, claim: Claim, kind: str, job: str) -> JobReport:
    """Run a job and wait for it; found again by a run that replaces this one.

    How far it is, is noted with its step meanwhile.

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
    with _followed(ctx, claim, job):
        project = ctx.project(claim)
        target = project.trains_on if kind == "train" else project.infers_on
        name = f"{kind}-{project.name}"
        return orchestration.run_job(job, kind, f"{job_id}:{kind}", name, target=target)


@contextmanager
def _followed(ctx: Context, claim: Claim, job: str) -> Iterator[None]:
    over = Event()
    follower = Thread(target=_follow, args=(ctx, claim, job, over), daemon=True)
    follower.start()
    try:
        yield
    finally:
        over.set()
        follower.join()


def _follow(ctx: Context, claim: Claim, job: str, over: Event) -> None:
    told: Progress | None = None
    while not over.wait(LOOK_SECONDS):
        with contextlib.suppress(TenfoldError):  # it is only shown; what matters fails elsewhere
            told = note_progress(ctx, claim, job, told)
