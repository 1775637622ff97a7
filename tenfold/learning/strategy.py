"""What pays next for a certified project: tag more, commit labels, or hand the rest to people.

Knows nothing but the chances of the remaining labels to be wrong, so that a bench simulates it
thousands of times with the same code that the pipeline runs.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.walk.costs import Learning, choose_ladder, expected_looks
from tenfold.learning.walk.ladder import Ladder, least_looks

Array = NDArray[np.float64]

AHEAD = (1, 2, 4, 8, 16, 32)
"""Numbers of further batches that are weighed against none."""
BY_SURENESS, LEAST_LEARNING, MOST_LEARNING = 0.25, 0.4, 1.2
"""Errors are taken to fall with a power of the number of tags, this times minus the logarithm of
their share now, within bounds: where a model errs less, it learns faster."""
BY_LUCK = 0.5
"""Part of that power for images that coins choose: they teach less than those that are chosen."""
LEAST_BATCH, BATCH_GROWTH = 10, 0.2
"""A further round asks for at least so many images, and for this share of what is tagged."""
COMES_TO = 0.75
"""Part of the looks beyond the least possible, as expected before the walk, that it comes to: costs
are weighed as if the model learned no more, but it learns from the audit."""
CHUNK = 0.5
"""Share of what remains that is committed at once; then the model learns from the answers. More,
where that would ask people for fewer images than a further round of tags: so few teach it nothing
that is worth waiting for."""
CLIMBS = 1.0
"""Audit errors that a chunk is expected to meet, at most."""
AT_ONCE, LEAST_TOLD = 0.5, 20
"""A chunk asks people for about so many looks at most: this share of the images that they have
looked at, counted as `LEAST_TOLD` at least. What a young model is wrong of, a few answers show."""
LEAST_CHUNK = 10


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
    tagged: int
    """Images that people have looked at."""
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
    """Images that people will look at from now on, as far as can be told."""
    ladder: Ladder
    """To be frozen with the first commit."""
    other_looks: float | None = None
    """The same for the other choice: committing now where tagging pays, tagging where it doesn't;
    None where there is none."""


def batch_after(tagged: int) -> int:
    """Return how many images a further round of tags asks for."""
    return max(LEAST_BATCH, round(BATCH_GROWTH * tagged))


def next_move(prospect: Prospect) -> Move:
    """Return what to do next; sizes refer to the least sure (tag) or the surest ones (commit)."""
    ladder, looks = _walk_now(prospect, prospect.wrong, learning(prospect))
    remaining = len(prospect.wrong)
    if ladder.rate(prospect.errors) is None:
        return Move(Step.REST, remaining, float(remaining), ladder)
    now, after = _likely(prospect, looks), None
    tagging = tags_first(prospect)
    if tagging is not None:
        after = _likely(prospect, tagging)
        if tagging < looks:
            return Move(Step.TAG, min(prospect.batch, remaining), after, ladder, now)
    return Move(Step.COMMIT, chunk(prospect, ladder), now, ladder, after)


def _likely(prospect: Prospect, looks: float) -> float:
    """Return what a cost is likely to come to."""
    if prospect.ladder is not None:
        return looks
    least = least_looks(len(prospect.wrong), prospect.wrong_allowed, prospect.confidence)
    return looks - (1.0 - COMES_TO) * max(0.0, looks - least)


def tags_first(prospect: Prospect) -> float | None:
    """Return what tagging first and walking then is expected to cost; None: too few remain.

    The least sure are tagged, which takes them out of the walk, and the errors of the rest fall
    as the model learns. Of several numbers of batches, the one that costs least counts.
    """
    costs: list[float] = []
    learns = learning(prospect)
    for batches in AHEAD:
        more = batches * prospect.batch
        if more > len(prospect.wrong):
            break
        fallen = prospect.wrong * learns.falling(np.array(more))
        later = replace(learns, tagged=learns.tagged + more)
        _, walk = _walk_now(prospect, fallen[: len(fallen) - more], later)
        costs.append(more + walk)
    return min(costs, default=None)


def chunk(prospect: Prospect, ladder: Ladder) -> int:
    """Return how many of the surest labels are committed together."""
    remaining = len(prospect.wrong)
    if remaining <= prospect.batch:
        return remaining
    rate = ladder.rate(prospect.errors) or 1.0
    met = np.searchsorted(np.cumsum(prospect.wrong) * rate, CLIMBS, side="right")
    shown = AT_ONCE * max(prospect.tagged, LEAST_TOLD) / rate
    part = max(CHUNK * remaining, prospect.batch / rate)
    wanted = min(int(np.ceil(part)), int(met), int(shown))
    return min(max(wanted, LEAST_CHUNK), remaining)


def learning(prospect: Prospect) -> Learning:
    """Return how errors are taken to fall with further tags."""
    share = float(prospect.wrong.mean()) if len(prospect.wrong) else 1.0
    power = BY_SURENESS * -np.log(max(share, 1e-9))
    return Learning(prospect.tagged, float(np.clip(power, LEAST_LEARNING, MOST_LEARNING)))


def _walk_now(prospect: Prospect, wrong: Array, learns: Learning) -> tuple[Ladder, float]:
    """Return the ladder and the expected looks of a walk over these labels."""
    by_luck = replace(learns, power=BY_LUCK * learns.power)
    if prospect.ladder is None:
        return choose_ladder(wrong, prospect.wrong_allowed, prospect.confidence, learning=by_luck)
    rungs = prospect.ladder.rates[prospect.errors :]
    return prospect.ladder, float(expected_looks(wrong, [rungs], learning=by_luck)[0])
