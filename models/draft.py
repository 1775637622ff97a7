"""What somebody has begun on an image and not sent."""

from models.label import LabelValue
from models.record import Moment, Record, Sha256


class Draft(Record):
    """What a person has drawn or chosen so far; no answer, and nobody's label."""

    round_id: str
    sha256: Sha256
    value: LabelValue
    classes_version: int | None = None
    """The list of classes that the page knew."""


class Begun(Record):
    """A draft as it is given back to its person."""

    value: LabelValue
    at: Moment
    """When it was kept."""
