"""The walk: labels that were committed, and the sealed coins that decide who is looked at."""

from models.label import LabelValue
from models.record import Fraction, Moment, Record, Sha256


class Walk(Record):
    """A walk through the labels of one cycle. Its seed is sealed until it is closed."""

    id: str
    project_id: str
    cycle_id: str
    images: int
    """N: labels that the cycle delivers, counted when the walk was opened."""
    error: Fraction
    """ε."""
    confidence: Fraction
    """1 − δ."""
    wrong_allowed: int
    """K = ⌊ε·N⌋."""
    rates: tuple[float, ...]
    """r_0 … r_(J−1): at which rate committed labels are looked at, by the audit errors so far."""
    overlap: int = 1
    """How many people answer each image that is looked at."""
    seal_commitment: Sha256
    """SHA-256 of the sealed seed; the seed itself stays in the label store until the end."""
    opened_at: Moment
    closed_at: Moment | None = None
    """When its labels were delivered."""


class WalkCommit(Record):
    """A label that was committed, in its place of the log."""

    walk_id: str
    position: int
    """Counts from 0."""
    sha256: Sha256
    value: LabelValue
    model_version: str
    round_id: str | None = None
    """The audit round that asks people; None: its coin showed tails."""
    annotation_id: int | None = None
    """The answer that counts, frozen when its round was closed."""
    answer: LabelValue | None = None
    wrong: bool | None = None
    """Whether that answer disagrees, a skip included; None: nobody has answered."""


class WalkState(Record):
    """Where a walk stands; of coins only what follows from commits."""

    errors: int
    """j: audit errors so far."""
    rates_left: tuple[float, ...]
    """Of the rungs that are not used up, the present one first."""
    committed: tuple[Sha256, ...]
    """In their order."""
    due: tuple[Sha256, ...]
    """Committed images that wait for people's answers."""
    audited: int
    """Committed images that people answered."""
    left: int
    """Images that might still be committed."""
    ended: bool
    """The last rung is used up: nothing more is committed."""

    @property
    def over(self) -> bool:
        """Whether its labels can be delivered: nothing is due, and nothing can be committed."""
        return not self.due and (self.ended or self.left == 0)
