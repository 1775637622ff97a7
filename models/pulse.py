"""What open pages must hear of a project at once."""

from models.project import ProjectState
from models.record import Record
from models.round import RoundKind, RoundState


class OpenRound(Record):
    """A round that isn't closed."""

    id: str
    kind: RoundKind
    state: RoundState
    backlog: bool
    missing: int
    """Answers that are still wanted."""


class Pulse(Record):
    """A project at one moment: equal to an earlier one where nothing has changed."""

    state: ProjectState
    classes_version: int
    rounds: tuple[OpenRound, ...]
    machine: bool = False
    """Whether no round waits for people, so that what happens next is the machine's to do."""
    mark: str
    """Changes with whatever the dashboard shows."""
