"""How well people agree who tagged the same images blind."""

from models.label import LabelValue
from models.record import Moment, Record, Sha256


class LabelerAgreement(Record):
    """One person, measured by the others."""

    person: str
    images: int
    """Images of closed rounds that they and somebody else answered."""
    with_others: float
    """Mean share of the others' answers to the same image that say the same."""
    with_consensus: float | None
    """Share of their answers that agree with the majority, where there is one; theirs counts."""
    quality: float | None = None
    """How far they can be believed, from 0 to 1, by the others and a model together (CROWDLAB);
    None before a model has weighed their answers."""


class PairAgreement(Record):
    """Two people."""

    one: str
    other: str
    images: int
    """Images that both answered."""
    agreed: int
    kappa: float | None
    """Cohen's; None where it isn't defined."""
    mean_iou: float | None = None
    """Of shapes: mean over the images of how much of what both drew coincides."""


class Agreement(Record):
    """All people of a project together."""

    images: int
    """Images of closed rounds that at least two people answered."""
    agreed: int
    """Images of which all of them say the same."""
    kappa: float | None
    """Cohen's of two people, Fleiss' of more; None where it isn't defined."""
    measure: str
    """Which of the two it is."""
    mean_iou: float | None = None
    """Of shapes: mean over images and pairs of people; None of classes."""
    pairs: tuple[PairAgreement, ...]
    labelers: tuple[LabelerAgreement, ...]


class Said(Record):
    """Who said what of an image."""

    person: str
    value: LabelValue | None = None
    skip: str | None = None


class Disagreement(Record):
    """An image of which people don't say the same."""

    sha256: Sha256
    round_id: str
    said: tuple[Said, ...]
    width: int
    height: int
    """Of the upright image, in pixels."""


class Answers(Record):
    """What several people said of one image in a manual round that is closed."""

    sha256: Sha256
    round_id: str
    said: tuple[Said, ...]
    """In the order in which they were given."""


class Decided(Record):
    """What disagreeing answers come to."""

    sha256: Sha256
    round_id: str
    value: LabelValue


class Weighing(Record):
    """How people's answers were weighed the last time."""

    model_version: str
    images: int
    """Images that several people tagged."""
    decided: int
    """Of these, images of which they didn't say the same."""
    quality: dict[str, float]
    """Of each person, from 0 to 1."""
    made_at: Moment
