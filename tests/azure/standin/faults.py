"""What is to go wrong: with requests, and with jobs."""

import re
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from tests.azure.standin.messages import Answer, Request, refusal

RequestFault = Literal["throttled", "busy", "broken", "conflict", "forbidden", "slow", "lost"]
JobFault = Literal["fails", "hangs", "preempted", "requeued", "crashes"]

_ANSWERS = {
    "throttled": refusal(429, "TooManyRequests", "Too many requests.", Retry_After="0"),
    "busy": refusal(503, "ServiceUnavailable", "The service is busy."),
    "broken": refusal(500, "InternalServerError", "An internal error occurred."),
    "conflict": refusal(409, "BlobAlreadyExists", "The specified blob already exists."),
    "forbidden": refusal(
        403, "AuthorizationFailed", "The client does not have authorization to perform action."
    ),
}


@dataclass
class Planned:
    """A fault that is to happen a number of times."""

    kind: str
    where: re.Pattern[str]
    left: int
    seconds: float = 0.0


@dataclass
class Faults:
    """Faults that are planned, and what was asked so far."""

    requests: list[Planned] = field(default_factory=list)
    jobs: list[Planned] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def on_request(
        self, kind: RequestFault, where: str, times: int = 1, seconds: float = 0.0
    ) -> None:
        """Plan a fault of requests; `where` is searched in `METHOD /path`."""
        self.requests.append(Planned(kind, re.compile(where, re.IGNORECASE), times, seconds))

    def on_job(self, kind: JobFault, where: str = "", times: int = 1) -> None:
        """Plan a fault of jobs; `where` is searched in their names."""
        self.jobs.append(Planned(kind, re.compile(where), times))

    def clear(self) -> None:
        """Plan nothing any more."""
        with self.lock:
            self.requests.clear()
            self.jobs.clear()
            self.asked.clear()

    def count(self, where: str) -> int:
        """Return how many requests were made that `where` is found in."""
        return sum(bool(re.search(where, line, re.IGNORECASE)) for line in self.asked)

    def before(self, request: Request) -> Answer | None:
        """Return the fault that a request meets instead of its answer."""
        line = f"{request.method} {request.path}"
        with self.lock:
            self.asked.append(line)
        if slow := self._take(self.requests, line, ("slow",)):
            time.sleep(slow.seconds)
        met = self._take(self.requests, line, tuple(_ANSWERS))
        return _ANSWERS[met.kind] if met else None

    def loses(self, request: Request) -> bool:
        """Whether the answer is lost, although what was asked for was done."""
        line = f"{request.method} {request.path}"
        return self._take(self.requests, line, ("lost",)) is not None

    def of_job(self, name: str) -> str | None:
        """Return what is to go wrong with a job that is about to run."""
        met = self._take(self.jobs, name, ("fails", "hangs", "preempted", "requeued", "crashes"))
        return met.kind if met else None

    def _take(self, planned: list[Planned], line: str, kinds: tuple[str, ...]) -> Planned | None:
        with self.lock:
            for fault in planned:
                if fault.kind in kinds and fault.left > 0 and fault.where.search(line):
                    fault.left -= 1
                    return fault
        return None
