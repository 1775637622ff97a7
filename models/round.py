"""Rounds: images opened for people, and the leases and approvals that go with them."""

from enum import StrEnum
from typing import Literal

from models.draft import Begun
from models.label import LabelValue
from models.record import Moment, Record, Sha256


class RoundKind(StrEnum):
    """Tag from nothing, check a pre-label, or tag blind to measure the model."""

    MANUAL = "manual"
    REVIEW = "review"
    AUDIT = "audit"


class RoundState(StrEnum):
    """Open for answers; answered, waiting for an approval; closed."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class ItemState(StrEnum):
    """Where an image of a round stands."""

    WAITING = "waiting"
    ANSWERED = "answered"
    RETURNED = "returned"
    """Went back to the pool unanswered."""


class ApprovedVia(StrEnum):
    """By which way a round was approved."""

    PAGE = "page"
    CLI = "cli"
    PREFECT_FORM = "prefect form"
    RULE = "rule"
    """Closed by itself when it was answered, as the project wants it."""


class Assigning(StrEnum):
    """Who gets the images of a round that are meant for somebody."""

    FIRST = "first"
    """They first; others once nothing else is left."""
    ONLY = "only"
    """They and nobody else."""


class Share(Record):
    """What of a round is meant for one person."""

    person_id: int
    person: str
    images: int
    answered: int


class Doubt(Record):
    """A person's tag that a model contradicts which was trained without it."""

    sha256: Sha256
    tagged: LabelValue
    likelier: LabelValue
    """What the model says instead."""
    believed: float
    """Probability that the model gives the tag."""
    sure: float
    """Probability that the model gives what it says."""


class Round(Record):
    """A set of images opened for people."""

    id: str
    project_id: str
    cycle_id: str
    number: int
    """Counts from 1 within the cycle; a backlog has a number of its own."""
    kind: RoundKind
    state: RoundState
    backlog: bool = False
    """Opened only so that nobody waits; needs no approval and holds nothing up."""
    size: int
    """Answers wanted: images × overlap."""
    overlap: int = 1
    """How many people answer each image, blind."""
    answered: int
    model_version: str | None = None
    """The frozen model version whose pre-labels are checked or measured."""
    second_look: bool = False
    """Whether people's own tags are looked at again: a review of what they said once."""
    walk_id: str | None = None
    """Of an audit round: the walk whose commits are looked at; None: a look of its own."""
    seed: int = 0
    needs_approval: bool = True
    reason: str = ""
    """Why these images, in a sentence."""
    asks: int = 0
    """How often Prefect was asked to suspend for it."""
    assigning: Assigning | Literal[""] = ""
    """Whether images of it are meant for somebody, and who gets those then."""
    opened_at: Moment
    answered_at: Moment | None = None
    closed_at: Moment | None = None

    @property
    def missing(self) -> int:
        """Answers that are still wanted."""
        return self.size - self.answered

    @property
    def goes_on_by_itself(self) -> bool:
        """Whether it is answered and waits for nobody's approval."""
        answered = self.state is RoundState.ANSWERED
        return answered and not self.needs_approval and not self.backlog


class Approval(Record):
    """Who let the pipeline go on after a round, when and how."""

    round_id: str
    by: str
    via: ApprovedVia
    note: str = ""
    returned: int = 0
    """Images that went back to the pool unanswered."""
    at: Moment


class Returned(Record):
    """Why a reviewer sent an image back to its labeler, and what the labeler had said."""

    by: str
    comment: str
    value: LabelValue | None = None
    """None where they had skipped it."""


class LeasedItem(Record):
    """One image handed to one labeler for a limited time."""

    round_id: str
    round_kind: RoundKind
    sha256: Sha256
    width: int
    height: int
    columns: dict[str, str] = {}
    path: str = ""
    prelabel: LabelValue | None = None
    """Only in review rounds; in a second look what a model says that didn't see the tag."""
    tagged: LabelValue | None = None
    """Only in a second look: the tag that it is about, and that stands unless it is replaced."""
    confidence: float | None = None
    model_version: str | None = None
    returned: Returned | None = None
    """Only of an image that a reviewer sent back: the person's next answer replaces their first."""
    begun: Begun | None = None
    """What the person has begun on it and not sent, be it on another device."""
    leased_until: Moment
