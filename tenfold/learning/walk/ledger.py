"""What follows from commits, coins and answers: who is looked at, what is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenfold.learning.walk.ladder import Ladder


@dataclass(frozen=True, slots=True)
class Commit:
    """A label that was committed, in its place of the log."""

    sha256: str
    coin: float
    wrong: bool | None = None
    """Whether the person disagreed, skips included; None: nobody was asked or has answered."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where a log of commits stands."""

    errors: int
    """j: audit errors so far."""
    due: list[str]
    """Images that people must look at before anything else is committed."""
    looked: list[str]
    delivered: list[str]
    """Tails before the end; final only once nothing is due."""
    returned: list[str]
    """Committed behind the J-th audit error: they go to people."""
    ended: bool
    """The last rung is used up: nothing more is committed."""


def resolve(commits: Sequence[Commit], ladder: Ladder) -> Resolution:
    """Go through all commits of a walk in their order.

    An audit error raises the rate for all that stand behind it. As long as answers are missing,
    the rate can only be higher than what is known of it, so that every image that is due now
    stays due.
    """
    errors, due = 0, list[str]()
    looked, delivered = list[str](), list[str]()
    for place, commit in enumerate(commits):
        rate = ladder.rate(errors)
        if rate is None:
            returned = [later.sha256 for later in commits[place:]]
            return Resolution(errors, due, looked, delivered, returned, ended=True)
        if commit.coin >= rate:
            delivered.append(commit.sha256)
        elif commit.wrong is None:
            due.append(commit.sha256)
        else:
            looked.append(commit.sha256)
            errors += commit.wrong
    ended = ladder.rate(errors) is None
    return Resolution(errors, due, looked, delivered, [], ended=ended)
