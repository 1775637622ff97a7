"""Processes by id and start time, and all that descend from one `tenfold up`."""

import contextlib
import os
import time
from collections.abc import Iterable

import psutil

from models.record import Record

CLOCK_SECONDS = 0.05
"""How exactly the system tells when a process began."""

TOKEN_VARIABLE = "TENFOLD_SERVICES_TOKEN"  # noqa: S105  # a mark, not a secret
"""Inherited by every process of one `up`; so a flow run whose worker was killed is found, too."""


class ProcessMark(Record):
    """A process that can't be mistaken for a later one with the same id."""

    pid: int
    started: float
    """Seconds since the epoch, as the system tells it."""

    @classmethod
    def of(cls, pid: int) -> "ProcessMark":
        """Mark a running process.

        Raises:
            ProcessLookupError: there is none.
        """
        try:
            return cls(pid=pid, started=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            raise ProcessLookupError(pid) from None

    def find(self) -> psutil.Process | None:
        """Return the process where it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < CLOCK_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.find() is not None


def descendants(token: str) -> list[psutil.Process]:
    """Return every process of this user that carries the token, but for the caller's own."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _token_of(process) == token
    ]


def _token_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(TOKEN_VARIABLE)
    except (psutil.Error, OSError):
        return None


def end(processes: Iterable[psutil.Process], *, grace_seconds: float) -> None:
    """Ask processes to end, wait, and kill those that are left."""
    asked = list(processes)
    for process in asked:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(asked, timeout=grace_seconds)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5)


def end_family(token: str, *, grace_seconds: float, keep: Iterable[int] = ()) -> None:
    """End all that carries the token, until nothing new has come up in between.

    Args:
        token: of one `up`.
        grace_seconds: how long they may take before they are killed.
        keep: process ids that are left alone.
    """
    kept = set(keep)
    deadline = time.monotonic() + grace_seconds + 10
    while time.monotonic() < deadline:
        family = [process for process in descendants(token) if process.pid not in kept]
        if not family:
            return
        end(family, grace_seconds=grace_seconds)
