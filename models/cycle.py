"""Cycles and their steps."""

from enum import StrEnum

from models.job import JobWait
from models.record import Moment, Record


class CycleState(StrEnum):
    """Whether a cycle is still to be worked on."""

    RUNNING = "running"
    COMPLETE = "complete"
    ENDED = "ended"
    """Given up on the way, for a reason; the next cycle delivers its images."""


class Cycle(Record):
    """One passage of a dataset version from ingest to delivery."""

    id: str
    project_id: str
    number: int
    state: CycleState = CycleState.RUNNING
    dataset_version: int | None = None
    flow_run_id: str | None = None
    """The flow run that it belongs to."""
    fence: int = 0
    """Grows with every claim; a write with an older number is refused."""
    restarts: int = 0
    created_at: Moment
    completed_at: Moment | None = None
    ended_at: Moment | None = None
    """Since when its certificate, if it has one, claims nothing any more."""
    ended_because: str | None = None


class Claim(Record):
    """The right of one execution of a flow run to write to a cycle."""

    project_id: str
    cycle_id: str
    flow_run_id: str
    fence: int


class StepState(StrEnum):
    """Where a step stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Step(Record):
    """One step of a cycle, known by its name and the hash of its inputs."""

    cycle_id: str
    name: str
    key: str
    """Name and inputs; a step whose key is done is not done again."""
    state: StepState
    flow_run_id: str | None = None
    done: int = 0
    total: int = 0
    detail: dict[str, str | int | float | None] = {}
    started_at: Moment
    finished_at: Moment | None = None

    @property
    def wait(self) -> JobWait | None:
        """Why its job doesn't begin, as it was last heard; None where it goes on."""
        why = self.detail.get("waits")
        if self.state is not StepState.RUNNING or not why:
            return None
        return JobWait(why=str(why), command=str(self.detail.get("command") or ""))

    @property
    def seconds(self) -> float:
        """Seconds from start to finish; 0 while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else 0.0
