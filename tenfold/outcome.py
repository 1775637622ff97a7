"""What a job leaves of itself in the blob store.

The job writes and whoever watches it reads: how far it is, and in the end its report or why it
can't be done. On Azure each attempt has a folder of its own beside the job.
"""

import contextlib
import time
from dataclasses import dataclass

from models.job import JobReport, JobWait
from models.record import Record
from tenfold.blobs.port import BlobStore
from tenfold.errors import BlobError, BlobNotFoundError

WRITTEN_EVERY_SECONDS = 5.0


class Progress(Record):
    """How far a job is."""

    done: int
    total: int


def folder_of(job_blob: str) -> str:
    """Return the folder of a job, in which its file lies."""
    return job_blob.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The folder of a job, or of one attempt at it."""

    blobs: BlobStore
    prefix: str

    def write_report(self, report: JobReport) -> None:
        """Note that the job is done."""
        self._write("report.json", report.model_dump_json(indent=1))

    def report(self) -> JobReport | None:
        """Return the report of a job that is done."""
        text = self._read("report.json")
        return None if text is None else JobReport.model_validate_json(text)

    def write_refusal(self, why: str) -> None:
        """Note that the job can't be done, whatever is tried."""
        self._write("refused.txt", why)

    def refusal(self) -> str | None:
        """Return why the job can't be done."""
        text = self._read("refused.txt")
        return None if text is None else text.decode()

    def write_progress(self, progress: Progress) -> None:
        """Note how far the job is."""
        self._write("progress.json", progress.model_dump_json())

    def progress(self) -> Progress | None:
        """Return how far the job was when it last said so."""
        text = self._read("progress.json")
        return None if text is None else Progress.model_validate_json(text)

    def write_wait(self, wait: JobWait | None) -> None:
        """Note why the job doesn't begin; None: it has."""
        self._write("wait.json", "" if wait is None else wait.model_dump_json())

    def wait(self) -> JobWait | None:
        """Return why the job doesn't begin, where whoever watches it said so."""
        text = self._read("wait.json")
        return JobWait.model_validate_json(text) if text else None

    def _write(self, name: str, text: str) -> None:
        self.blobs.put(f"{self.prefix}/{name}", text.encode())

    def _read(self, name: str) -> bytes | None:
        try:
            return self.blobs.get(f"{self.prefix}/{name}")
        except BlobNotFoundError:
            return None


class SparseProgress:
    """Writes how far a job is now and then, at the first call at once."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Note what is done and how much there is."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + WRITTEN_EVERY_SECONDS
            with contextlib.suppress(BlobError):  # a job goes on without it
                self._outcome.write_progress(Progress(done=done, total=total))
