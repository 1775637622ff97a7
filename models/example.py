"""What a reviewer shows to labelers: pinned examples, and flags that labelers raised."""

from models.label import LabelValue
from models.record import Moment, Record, Sha256


class Example(Record):
    """An image that a reviewer pinned to the instructions, as right or as wrong."""

    sha256: Sha256
    good: bool
    """False: it shows what is not meant."""
    note: str
    person: str
    pinned_at: Moment


class Flag(Record):
    """A comment that a labeler sent with an answer, and that no reviewer has dealt with yet."""

    annotation_id: int
    sha256: Sha256
    comment: str
    value: LabelValue | None
    """What the labeler answered; None where they skipped."""
    person: str
    created_at: Moment
