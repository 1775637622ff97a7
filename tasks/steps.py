"""What all tasks have in common: when to try again, and how progress is shown."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from prefect import get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff
from sqlalchemy.exc import OperationalError

from tenfold.errors import TransientBlobError, TransientServiceError

MAY_PASS = (TransientBlobError, TransientServiceError, OperationalError, httpx.HTTPError)
"""Errors that the same call may not meet again. Bad input and a lost claim are none of them."""

RETRIES = 4
MINUTE, HOUR = 60, 3600
SHOWN_EVERY_SECONDS = 3.0
LOGGED_EVERY_SECONDS = 30.0

Report = Callable[[int, int], None]


def may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a failed task is tried again."""
    del task, task_run
    return isinstance(state.result(raise_on_failure=False), MAY_PASS)


def step(name: str, *, seconds: int) -> dict[str, Any]:
    """Return the options of a task that is a step of the pipeline.

    Args:
        name: as a person reads it.
        seconds: its time limit.
    """
    return {
        "name": name,
        "task_run_name": name,
        "retries": RETRIES,
        "retry_delay_seconds": exponential_backoff(2),
        "retry_jitter_factor": 0.5,
        "retry_condition_fn": may_pass,
        "timeout_seconds": seconds,
        "persist_result": False,
    }


def artifact_key(*parts: str) -> str:
    """Return an artifact's key: lower case, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")


class ProgressArtifact:
    """How far a step is, as an artifact and now and then in the log.

    Nothing is shown of a step that had nothing to do.
    """

    def __init__(self, key: str, what: str) -> None:
        """Prepare it.

        Args:
            key: of the artifact, as of `artifact_key`.
            what: is being counted, such as "images uploaded".
        """
        self._key, self._what = key, what
        self._begun = self._shown = self._logged = time.monotonic()
        self._artifact: Any = None
        self._done = self._total = 0

    def report(self, done: int, total: int) -> None:
        """Note what is done and how much there is."""
        self._done, self._total, at = done, total, time.monotonic()
        if self._artifact is None:
            self._artifact = create_progress_artifact(
                progress=0.0, key=self._key, description=self._text()
            )
        elif at - self._shown >= SHOWN_EVERY_SECONDS:
            self._shown = at
            self._show()
        if at - self._logged >= LOGGED_EVERY_SECONDS:
            self._logged = at
            self._log()

    def finish(self) -> None:
        """Show where it ended."""
        if self._artifact is not None:
            self._show()
            self._log()

    def _text(self) -> str:
        return f"{self._done} of {self._total} {self._what}"

    def _show(self) -> None:
        percent = 100.0 * self._done / self._total if self._total else 100.0
        update_progress_artifact(
            self._artifact, progress=min(100.0, percent), description=self._text()
        )

    def _log(self) -> None:
        seconds = max(time.monotonic() - self._begun, 1e-3)
        get_run_logger().info(
            "%s in %.1f s, %.1f a second", self._text(), seconds, self._done / seconds
        )


@contextmanager
def progress(key: str, what: str) -> Iterator[Report]:
    """Show how far a step is while it runs; yields what the step reports to."""
    artifact = ProgressArtifact(key, what)
    yield artifact.report
    artifact.finish()
