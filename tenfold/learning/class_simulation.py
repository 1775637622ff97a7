"""Many certificates of each class at once, against errors placed by an adversary."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.audit_simulation import Outcome, Wrong, draw_audits
from tenfold.learning.tolerance import exactly, tolerable, wrong_allowed

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassDesign:
    """One class of a project that is certified again and again."""

    pool: int
    human: int
    planned: int
    """m_c."""
    audited: int


@dataclass(frozen=True, slots=True)
class Promise:
    """What is claimed of each class, of all at once."""

    error: float
    confidence: float

    def allowed(self, labels: Counts) -> Counts:
        """Return ⌊ε·N_c⌋."""
        error = exactly(self.error)
        return labels * error.numerator // error.denominator


class ClassMistake(StrEnum):
    """Ways to break a certificate of each class, to see that the simulation notices."""

    UNSPLIT = "every class spends all of δ"
    SHORT = "what falls short of m_c is accepted"
    GROWN = "K_c is counted from all that the class might come to"


def simulate_classes(
    classes: Sequence[ClassDesign],
    promise: Promise,
    wrong: Sequence[Wrong],
    seed: int,
    *,
    turned: bool = False,
    mistake: ClassMistake | None = None,
) -> Outcome:
    """Audit and accept all classes, once for each row of `wrong`.

    A class comes to as few labels as can be: what isn't accepted turns out to be of classes that
    aren't certified.

    Args:
        classes: C of them.
        promise: ε and 1 − δ.
        wrong: of each class (draws, N′_c) which pre-labels are wrong, in the order of confidence.
        seed: of the draws.
        turned: whether audit errors of a class turn out to be of the next one.
        mistake: a rule that is not kept.
    """
    sizes = tuple((one.pool, one.audited) for one in classes)
    audits = draw_audits(len(wrong[0]), sizes, seed)
    caught = [(audit & marks).sum(axis=1) for audit, marks in zip(audits, wrong, strict=True)]
    split = 1 if mistake is ClassMistake.UNSPLIT else len(classes)
    risk = (1 - exactly(promise.confidence)) / split
    broken, accepted = np.zeros(len(wrong[0]), dtype=bool), 0.0
    for number, one in enumerate(classes):
        extra = caught[number - 1] if turned else np.zeros_like(caught[number])
        slipped, labels, unseen = _accept(
            one, promise, (wrong[number], audits[number], extra), risk, mistake
        )
        broken |= slipped > promise.allowed(labels)
        accepted += float(unseen.mean())
    images = sum(one.pool + one.human for one in classes)
    return Outcome(broken=float(broken.mean()), looked_at=1.0 - accepted / images)


def _accept(
    one: ClassDesign,
    promise: Promise,
    drawn: tuple[Wrong, Wrong, Counts],
    risk: Fraction,
    mistake: ClassMistake | None,
) -> tuple[Counts, Counts, Counts]:
    """Return, of each draw, wrong labels delivered, labels of the class, and those unseen."""
    wrong, audit, extra = drawn
    planned = one.pool if mistake is ClassMistake.GROWN else one.planned
    allowed = wrong_allowed(one.human + planned, promise.error)
    tolerated = tolerable(allowed, one.pool, one.audited, risk)
    met = np.cumsum(wrong & audit, axis=1)
    reached = (met <= (-1 if tolerated is None else tolerated)) & ~audit
    people = one.human + (audit & ~wrong).sum(axis=1) + extra
    enough = allowed <= promise.allowed(people + reached.sum(axis=1))
    if mistake in (ClassMistake.SHORT, ClassMistake.GROWN):
        enough[:] = True
    reached &= enough[:, None]
    unseen = reached.sum(axis=1)
    return (reached & wrong).sum(axis=1), people + unseen, unseen
