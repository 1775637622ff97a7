"""What pays next for a certified project: tag more, commit labels, or hand the rest to people.

Knows nothing but the chances of the remaining labels to be wrong, so that a bench simulates it
thousands of times with the same code that the pipeline runs.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.walk.costs import choose_ladder, looks_under
from tenfold.learning.walk.ladder import Ladder, geometric

Array = NDArray[np.float64]

USUAL_GROWTH = 2.0
"""Of the ladder whose budget is counted on before the walk has one."""
TRUST = 2.0
"""The chances are upper estimates: expected errors may pass the ladder's budget so many times."""
CHUNK = 0.5
"""Share of what remains that is committed at once; then the model learns from the answers."""
LEAST_CHUNK = 30
"""So few remaining images are committed in one go."""


class Step(StrEnum):
    """What to do next."""

    TAG = "tag"
    """People tag the next batch, chosen among the least sure."""
    COMMIT = "commit"
    """The surest labels are committed, and the coins decide who is looked at."""
    REST = "rest"
    """All that remains goes to people."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """Where a certified project stands."""

    wrong: Array
    """(n,) chance of each remaining label to be wrong, the surest first."""
    wrong_allowed: int
    """K of the whole project."""
    confidence: float
    """1 − δ."""
    batch: int
    """Images of a further round of tags."""
    ladder: Ladder | None = None
    """Of the walk; None before it begins."""
    errors: int = 0
    """j, audit errors of the walk so far."""


@dataclass(frozen=True, slots=True)
class Move:
    """The next step, how many images it takes, and what is expected from now on."""

    step: Step
    size: int
    expected_looks: float
    """Images that people would look at if the walk went on now, without further tags."""
    ladder: Ladder
    """To be frozen with the first commit."""


def next_move(prospect: Prospect) -> Move:
    """Return what to do next; sizes refer to the least sure (tag) or the surest ones (commit)."""
    ladder = prospect.ladder or _ladder(prospect)
    looks = looks_under(prospect.wrong, ladder, prospect.errors)
    remaining = len(prospect.wrong)
    if ladder.rate(prospect.errors) is None:
        return Move(Step.REST, remaining, float(remaining), ladder)
    if tail(prospect) >= prospect.batch:
        return Move(Step.TAG, min(prospect.batch, remaining), looks, ladder)
    return Move(Step.COMMIT, chunk(remaining), looks, ladder)


def tail(prospect: Prospect) -> int:
    """Return how many of the least sure labels lie behind what the ladder can be trusted with.

    They fall to people anyway, so that tagging them first costs nothing and teaches the model.
    """
    budget = prospect.ladder or geometric(prospect.wrong_allowed, prospect.confidence, USUAL_GROWTH)
    allowed = TRUST * budget.budget(prospect.errors)
    reached = np.searchsorted(np.cumsum(prospect.wrong), allowed, side="right")
    return int(len(prospect.wrong) - reached)


def chunk(remaining: int) -> int:
    """Return how many of the remaining labels are committed together."""
    return remaining if remaining <= LEAST_CHUNK else int(np.ceil(CHUNK * remaining))


def _ladder(prospect: Prospect) -> Ladder:
    return choose_ladder(prospect.wrong, prospect.wrong_allowed, prospect.confidence)
