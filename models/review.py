"""What reviewers go through: answers of people, and images that somebody wants looked at."""

from enum import StrEnum

from models.annotation import AnnotationKind, SkipReason
from models.label import LabelValue
from models.record import Moment, Record, Sha256


class ReviewState(StrEnum):
    """Which answers a reviewer wants to see."""

    OPEN = "open"
    """Neither accepted nor corrected nor sent back."""
    SENT_BACK = "sent back"
    ALL = "all"


class ReviewFilter(Record):
    """Which answers to show; every condition that is given must hold."""

    state: ReviewState = ReviewState.OPEN
    person: str | None = None
    label: str | None = None
    """A class in the answer."""
    commented: bool = False
    """Only answers that came with a comment: flagged ones."""


class ReviewRequest(Record):
    """An image that was sent back to its labeler, or that reviewers are asked to look at."""

    id: int
    by: str
    comment: str
    at: Moment


class ImageRequest(ReviewRequest):
    """One of all that was ever asked of an image."""

    annotation_id: int | None
    """The answer that was sent back; None where reviewers were asked to look."""
    to: str | None
    """Whoever gave that answer."""
    open: bool
    """Nothing was said of the image since."""


class ReviewItem(Record):
    """An image that a reviewer accepts, corrects or sends back."""

    sha256: Sha256
    width: int
    height: int
    path: str
    state: str
    """Of the image now: `manual`, `reviewed`, …"""
    value: LabelValue | None = None
    skip: SkipReason | None = None
    proposed: LabelValue | None = None
    """What the labeler was shown."""
    annotation_id: int | None = None
    """The answer; None where nobody has answered, and somebody wants the image looked at."""
    kind: AnnotationKind | None = None
    person: str | None = None
    comment: str = ""
    seconds: float = 0.0
    created_at: Moment | None = None
    request: ReviewRequest | None = None
    """What was asked of it, and isn't dealt with yet."""


class Waiting(Record):
    """What is asked outside rounds and not done yet."""

    for_reviewers: int
    """Images that somebody sent to review."""
    sent_back: int
    """Answers that their labelers are to give again."""
