"""Where train, embed and pre-label jobs are computed."""

from collections.abc import Callable
from typing import Protocol

from models.job import JobReport, job_adapter
from tenfold.blobs import BlobStore
from tenfold.outcome import Outcome, SparseProgress, folder_of
from tenfold.settings import Settings

Report = Callable[[int, int], None]
"""Called with what is done and how much there is."""


class Compute(Protocol):
    """Runs a job to its end; what it computed lies in the blob store then."""

    def run(self, job_blob: str, blobs: BlobStore, report: Report) -> JobReport:
        """Run the job that a blob describes, going on where an earlier attempt ended.

        Raises:
            ModelError: the job can't be done with what it was given.
            TransientBlobError: the blob store doesn't answer now.
            JobFailedError: it was computed elsewhere and ended there without a result.
            JobCancelledError: somebody has ended it there.
        """
        ...

    def cancel(self, job_blob: str, blobs: BlobStore) -> None:
        """End what of a job goes on after the process that ran it is gone."""
        ...


class LocalCompute:
    """Computes in this process."""

    def run(self, job_blob: str, blobs: BlobStore, report: Report) -> JobReport:
        """Run the job here; as `Compute.run`."""
        from tenfold.learning.jobs import run_job

        job = job_adapter.validate_json(blobs.get(job_blob))
        return run_job(job, blobs, report)

    def cancel(self, job_blob: str, blobs: BlobStore) -> None:
        """Do nothing: the job has ended with its process."""


def open_compute(settings: Settings) -> Compute:
    """Return the compute that the settings mean."""
    if settings.profile != "azure":
        return LocalCompute()  # where the worker runs
    from tenfold.azure.compute import AzureCompute

    return AzureCompute(settings)


def job_report_blob(job_blob: str) -> str:
    """Return where a job's report is left: beside the job."""
    return f"{folder_of(job_blob)}/report.json"


def compute_job(job_blob: str, blobs: BlobStore, settings: Settings, report: Report) -> JobReport:
    """Run a job, leave beside it how far it is, and last of all its report.

    Errors as of `Compute.run`.
    """
    beside = SparseProgress(Outcome(blobs, folder_of(job_blob)))

    def tell(done: int, total: int) -> None:
        report(done, total)
        beside(done, total)

    done = open_compute(settings).run(job_blob, blobs, tell)
    text = done.model_dump_json(indent=1).encode()
    blobs.put(job_report_blob(job_blob), text, media_type="application/json")
    return done
