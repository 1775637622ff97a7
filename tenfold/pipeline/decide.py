"""What comes next: a decision from numbers alone, so that it can be tested and explained."""

from dataclasses import dataclass
from enum import StrEnum

from models.project import FinishMode
from tenfold.learning.audit_plan import AuditPlan
from tenfold.learning.estimate import worth_tagging
from tenfold.learning.strategy import Move, Step

MOST_MANUAL_ROUNDS = 24
"""After as many manual rounds an audit is drawn, whatever the model promises."""

MOST_UNTAUGHT_ROUNDS = 3
"""After as many manual rounds without a model, people label the rest."""

MOST_WALK_ROUNDS = 60
"""The same before a walk, whose rounds are smaller."""

MANUAL_GROWTH, REVIEW_GROWTH = 0.25, 1.0
"""A further round asks for at least this share of what is tagged already, so that the number of
rounds, and of trainings, grows with the logarithm of the images."""


class Next(StrEnum):
    """What a cycle does next."""

    FIRST = "first"
    """A manual round of typical and diverse images."""
    MANUAL = "manual"
    """A manual round of images that the model is least sure of."""
    AUDIT = "audit"
    COMMIT = "commit"
    """A step of the walk: the surest labels, a part of which people are asked about, blind."""
    REVIEW = "review"
    REST = "rest"
    """All that remains, tagged from nothing: there is no model to propose."""
    UNSURE = "unsure"
    """A last look at images that somebody was not sure of."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a cycle stands."""

    finish: FinishMode
    pool: int
    """Images that no person has looked at."""
    unfinished: int
    """Images without a final label, those that somebody was not sure of among them."""
    tagged: int
    """Images with a person's label."""
    manual_rounds: int
    has_model: bool
    audited: bool
    """Whether the certificate is there, or its audit closed."""
    looked_again: bool
    """Whether the unsure images were shown once more."""
    first_size: int
    plan: AuditPlan | None = None
    """The audit that would be drawn of the present model, and what it is expected to cost."""
    tail: int = 0
    """Images that this audit isn't expected to get certified."""
    smallest_audit: int = 0
    """Images of the smallest audit that certifies anything."""
    by_walk: bool = False
    """Whether it is certified by a walk, instead of one look."""
    move: Move | None = None
    """Of the walk, with the present model; None where it proposes nothing that may be committed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to open, how large, and why in a sentence."""

    next: Next
    size: int
    reason: str


def decide(standing: Standing) -> Decision | None:
    """Return the next round, or None when nothing remains for people."""
    if standing.unfinished == 0:
        return None
    if standing.pool == 0:
        return _last_look(standing)
    if standing.finish is FinishMode.MANUAL:
        return _everything(standing, "This project is labeled by people alone.")
    if not standing.has_model:
        return _without_model(standing)
    if standing.finish is FinishMode.CERTIFIED and not standing.audited:
        return _tag_or_commit(standing) if standing.by_walk else _tag_or_audit(standing)
    return _review(standing)


def _last_look(standing: Standing) -> Decision | None:
    if standing.looked_again:
        return None
    return Decision(
        Next.UNSURE,
        standing.unfinished,
        "Somebody was not sure of these. Skipped again, they are left out of the delivery.",
    )


def _everything(standing: Standing, why: str) -> Decision:
    return Decision(Next.REST, standing.pool, why)


def _without_model(standing: Standing) -> Decision:
    if standing.manual_rounds == 0:
        size = min(standing.first_size, standing.pool)
        return Decision(Next.FIRST, size, "Typical and different images, to learn the classes.")
    if standing.manual_rounds < MOST_UNTAUGHT_ROUNDS:
        size = min(standing.first_size, standing.pool)
        return Decision(Next.FIRST, size, "The tags so far don't suffice to train a model.")
    return _everything(standing, "No model could be trained, so people label the rest.")


def _tag_or_commit(standing: Standing) -> Decision:
    move = standing.move
    if move is None or move.step is Step.REST:
        return _everything(standing, "No label of the model can be committed.")
    if move.step is Step.TAG and standing.manual_rounds < MOST_WALK_ROUNDS:
        return Decision(
            Next.MANUAL,
            min(move.size, standing.pool),
            f"The model is least sure of these, so that they teach it most. {_weighed(move)}",
        )
    reason = _weighed(move) if move.step is Step.COMMIT else "Enough is tagged."
    return Decision(Next.COMMIT, move.size, reason)


def _weighed(move: Move) -> str:
    """Say what is expected from now on, and what the other choice would come to."""
    likely = f"People will probably look at about {round(move.expected_looks)} more images"
    if move.other_looks is None or round(move.other_looks) == round(move.expected_looks):
        return f"{likely}."
    other = "committing labels now" if move.step is Step.TAG else "tagging more first"
    return f"{likely}; {other} would come to about {round(move.other_looks)}."


def _tag_or_audit(standing: Standing) -> Decision:
    batch, plan = batch_of(standing, MANUAL_GROWTH), standing.plan
    if plan is None:
        raise AssertionError("a model comes with a plan for its audit")
    looks = round(plan.expected_looks)
    # What falls to people anyway costs nothing to tag first, and teaches the model.
    more = standing.tail >= batch or worth_tagging(plan, standing.smallest_audit, batch)
    if more and standing.manual_rounds < MOST_MANUAL_ROUNDS:
        return Decision(
            Next.MANUAL,
            batch,
            f"With the present model, people would have to look at about {looks} more images. "
            "It is least sure of these, so that they teach it most.",
        )
    if plan.n == 0:
        return _review(standing)  # no audit would spare people a look
    return Decision(
        Next.AUDIT,
        plan.n,
        "Drawn at random and tagged blind, to measure how often the model is wrong.",
    )


def _review(standing: Standing) -> Decision:
    batch = batch_of(standing, REVIEW_GROWTH)
    size = standing.pool if standing.pool <= 2 * batch else batch
    return Decision(Next.REVIEW, size, "The model's proposals, for a person to check.")


def batch_of(standing: Standing, growth: float) -> int:
    """Return how many images a further round asks for."""
    wanted = max(standing.first_size, round(growth * standing.tagged))
    return min(wanted, standing.pool)
