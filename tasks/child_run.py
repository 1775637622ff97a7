"""A job as a child flow run on the GPU pool."""

from pathlib import PurePosixPath

from models.job import JobReport
from tenfold import orchestration


def run_child(kind: str, job: str, project: str) -> JobReport:
    """Run a job on the GPU pool and wait for it; found again by a run that replaces this one.

    Args:
        kind: `embed`, `train` or `prelabel`.
        job: blob with the job.
        project: whose it is, for the child's name.

    Raises:
        ModelError: the job can't be done with what it was given.
        ServiceError: every attempt failed.
    """
    job_id = PurePosixPath(job).parent.name
    return orchestration.run_job(job, kind, f"{job_id}:{kind}", f"{kind}-{project}")
