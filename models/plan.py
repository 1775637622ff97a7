"""What a certified project is expected to cost people, for several promises."""

from models.record import Moment, Record


class Offer(Record):
    """A promise and its price."""

    error: float
    """ε: at most this share of the delivered labels is wrong."""
    wrong_allowed: int
    """K."""
    least: int
    """Images that people look at with any method that assumes nothing of the model."""
    looks: int | None = None
    """Images that people are expected to look at in all; None before there is a model."""
    minutes: float | None = None
    """Of people's time in all, at their pace so far."""


class Plan(Record):
    """What is expected, as of the last decision of the pipeline."""

    project_id: str
    cycle_id: str
    images: int
    """N: labels that are delivered."""
    confidence: float
    """1 − δ."""
    looked: int
    """Images that people have looked at."""
    seconds_each: float
    """Of a person, an image; usual ones before anybody has answered."""
    offers: tuple[Offer, ...]
    """The project's own promise first."""
    foreseen: int | None = None
    """Looks in all that were expected with the first model, for the project's own promise."""
    finished: bool = False
    """Whether `looked` is what it came to."""
    each_class: bool = False
    """Whether the promise is kept in each class; `looks` are then those of all audits together, and
    of what they are expected to leave over."""
    made_at: Moment
