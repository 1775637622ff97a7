"""Annotations: what one person, an import or an accepted model said of one image."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.label import LabelValue
from models.record import Moment, Record, Sha256


class AnnotationKind(StrEnum):
    """How an annotation came about."""

    MANUAL = "manual"
    REVIEW = "review"
    AUDIT = "audit"
    CORRECTION = "correction"
    """Made outside a round, on the data view."""
    ADJUDICATION = "adjudication"
    CONSENSUS = "consensus"
    """What people who don't say the same come to, weighed against each other and a model."""
    IMPORT = "import"
    ACCEPTED = "accepted"
    """A pre-label that the certificate covers."""


class FinalKind(StrEnum):
    """Whose word the final label is."""

    ADJUDICATED = "adjudicated"
    REVIEWED = "reviewed"
    CONSENSUS = "consensus"
    PERSON = "person"
    AUDITED = "audited"
    IMPORTED = "imported"
    ACCEPTED = "accepted"

    @property
    def human(self) -> bool:
        """Whether a person of this project looked at it."""
        return self not in (FinalKind.ACCEPTED, FinalKind.IMPORTED)


class SkipReason(StrEnum):
    """Why a person gave no label."""

    UNSURE = "not sure"
    UNREADABLE = "unreadable"
    NOT_RELEVANT = "not relevant"
    NO_CLASS_FITS = "no class fits"


class Answer(Record):
    """What a labeler sends: a label value, or a reason for none."""

    key: Annotated[str, Field(min_length=8, max_length=64)]
    """Idempotency key, made by the sender: sent twice, it counts once."""
    round_id: str
    sha256: Sha256
    value: LabelValue | None = None
    skip: SkipReason | None = None
    comment: str = ""
    seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """How long the person worked on it."""
    actions: Annotated[int, Field(ge=0)] = 0
    """Keys and clicks; for boxes the corrections made to what was proposed."""
    classes_version: int | None = None
    """The list of classes that the sender knew."""

    @model_validator(mode="after")
    def _value_or_skip(self) -> Self:
        if (self.value is None) == (self.skip is None):
            raise ValueError("an answer has either a value or a reason to skip, and not both")
        return self


class Annotation(Record):
    """One annotation; never changed or removed, only superseded by a later one."""

    id: int
    project_id: str
    sha256: Sha256
    kind: AnnotationKind
    value: LabelValue | None = None
    skip: SkipReason | None = None
    comment: str = ""
    person_id: int | None = None
    person: str | None = None
    round_id: str | None = None
    proposed: LabelValue | None = None
    """What was shown to the person, if anything."""
    model_version: str | None = None
    """Whose proposal was shown or accepted."""
    seconds: float = 0.0
    actions: int = 0
    classes_version: int = 1
    second_opinion: bool = False
    """A later valid answer to what was answered already; kept, but not the label."""
    undone: bool = False
    """Taken back by the person who gave it; kept, but it no longer counts."""
    created_at: Moment
