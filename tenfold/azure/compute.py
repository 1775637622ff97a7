"""Train, embed and pre-label jobs on a cluster of the workspace."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from models.job import JobReport, JobWait
from tenfold.azure import watching
from tenfold.azure.logs import last_words
from tenfold.azure.submission import Work, read_work, submit
from tenfold.errors import (
    BlobError,
    ConflictError,
    JobCancelledError,
    JobFailedError,
    ModelError,
    ServiceError,
    TransientServiceError,
)
from tenfold.outcome import Outcome, folder_of
from tenfold.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml.entities import Job

    from tenfold.blobs.port import BlobStore

log = logging.getLogger(__name__)

PREEMPTIONS = 10
"""How often a job whose node was taken away is submitted again by one call."""

_TAKEN_AWAY = ("preempt", "evict", "low priority", "low-priority")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of the jobs on Azure that are to do a job of tenfold."""

    work: Work
    number: int

    @property
    def name(self) -> str:
        """Return its name on Azure."""
        return self.work.name(self.number)


class AzureCompute:
    """Submits a job, or adopts what an earlier process has submitted, and watches it.

    It holds nothing: killed at any moment and called again, it finds the same job by its name.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def run(
        self, job_blob: str, blobs: "BlobStore", report: Callable[[int, int], None]
    ) -> JobReport:
        """Have a job computed on the cluster; as `Compute.run`.

        Raises:
            JobFailedError: the job ended without a result; another attempt may do.
            JobCancelledError: somebody has ended it on Azure.
            ServiceError: Azure refuses it.
            TransientServiceError: Azure doesn't answer now.
        """
        work = read_work(job_blob, blobs)
        hear = partial(_leave_word, Outcome(blobs, folder_of(job_blob)))
        taken_away = 0
        for attempt in self._attempts(work):
            job, before = self._stand(attempt, blobs)
            outcome = work.outcome(blobs, attempt.number)
            state = watching.watch(self._settings, job, outcome, report, hear)
            done = outcome.report()
            if done is not None:
                return done
            if refusal := outcome.refusal():
                raise ModelError(refusal)
            if before:
                continue
            taken_away += 1
            self._go_on_or_raise(attempt, job, state, taken_away)
        raise AssertionError

    def cancel(self, job_blob: str, blobs: "BlobStore") -> None:
        """Cancel whatever of a job is going on."""
        for attempt in self._attempts(read_work(job_blob, blobs)):
            job = watching.find(self._settings, attempt.name)
            if job is None:
                return
            if watching.state_of(job) not in watching.TERMINAL:
                watching.cancel(self._settings, attempt.name)
                log.info("%s is cancelled", attempt.name)

    def _attempts(self, work: Work) -> Iterator[Attempt]:
        return (Attempt(work, number) for number in count(1))

    def _stand(self, attempt: Attempt, blobs: "BlobStore") -> "tuple[Job, bool]":
        """Return the job of an attempt, and whether it was over already."""
        found = watching.find(self._settings, attempt.name)
        if found is not None:
            return found, watching.state_of(found) in watching.TERMINAL
        try:
            return submit(self._settings, attempt.work, attempt.number, blobs), False
        except (ServiceError, ConflictError) as error:
            found = watching.find(self._settings, attempt.name)
            if found is not None:
                return found, False  # the answer was lost, or somebody else was faster
            if isinstance(error, ConflictError):  # two machines that upload the same code
                raise TransientServiceError(str(error)) from error
            raise

    def _go_on_or_raise(self, attempt: Attempt, job: "Job", state: str, times: int) -> None:
        """Return where the job is to be submitted again.

        Raises:
            JobFailedError: it failed, with the last lines of its log.
            JobCancelledError: somebody has ended it.
        """
        place = watching.link(job)
        if state == "Canceled":
            raise JobCancelledError(f"{attempt.name} was cancelled on Azure.", place)
        said = last_words(self._settings, attempt.name)
        if self._was_taken_away(state, said) and times <= PREEMPTIONS:
            log.warning("%s lost its node, it is submitted again: %s", attempt.name, place)
            return
        raise JobFailedError(f"{attempt.name} is {state} on Azure: {place}\n{said}")

    def _was_taken_away(self, state: str, said: str) -> bool:
        lost = state == "NotResponding" or any(word in said.lower() for word in _TAKEN_AWAY)
        return self._settings.azure_low_priority and lost


def _leave_word(beside: Outcome, wait: JobWait | None) -> None:
    """Note beside a job why it doesn't begin."""
    with contextlib.suppress(BlobError):  # it is only shown
        beside.write_wait(wait)
