"""Many walks at once, against an adversary who chooses what to commit.

For tests and benchmarks: a ladder that promises too much, or a rule that isn't kept, shows here
within seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.tolerance import wrong_allowed

Wrong = NDArray[np.bool_]
Counts = NDArray[np.int64]
Generator = np.random.Generator


@dataclass(frozen=True, slots=True)
class WalkDesign:
    """One project that walks again and again."""

    images: int
    error: float
    rates: tuple[float, ...]
    """r_0 … r_(J−1)."""
    chunk: int = 1
    """Labels that are committed before their coins are looked at."""

    @property
    def wrong_allowed(self) -> int:
        """K."""
        return wrong_allowed(self.images, self.error)


class Mistake(StrEnum):
    """Ways to break a walk, to see that the simulation notices each."""

    PEEKED = "a coin is seen before the commit"
    SKIPS = "a skip doesn't raise j"
    REST = "the rest of a chunk is delivered after the last audit error"
    FALLING = "the rate falls back a rung with every chunk"


@dataclass(frozen=True, slots=True)
class View:
    """What an adversary knows of each of the walks before it commits the next chunk."""

    design: WalkDesign
    place: int
    """Labels committed so far."""
    errors: Counts
    """j."""
    slipped: Counts
    """Wrong labels delivered so far, which only an adversary knows."""
    heads: Wrong
    """Whether the last coin showed heads."""
    tails_since: Counts
    """Tails since the last heads."""
    rng: Generator


Adversary = Callable[[View], tuple[Wrong, Wrong]]
"""Returns for each walk whether its next label is wrong, and whether it stops for good."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of many walks."""

    slipped: Counts
    """Wrong labels delivered, of each."""
    errors: Counts
    """Audit errors, of each."""
    looked: Counts
    """Labels that people looked at while the walk went on, of each."""

    def broken(self, wrong_allowed: int) -> float:
        """Return the share that delivered more than K wrong labels."""
        return float((self.slipped > wrong_allowed).mean())


def walk_log(wrong: Wrong, coins: NDArray[np.floating], rates: tuple[float, ...]) -> Walked:
    """Resolve logs that were chosen beforehand, rung by rung.

    Args:
        wrong: (draws, n) which commits are wrong.
        coins: (draws, n).
        rates: r_0 … r_(J−1).
    """
    draws, length = wrong.shape
    places = np.arange(length)
    start, errors = np.zeros(draws, dtype=np.int64), np.zeros(draws, dtype=np.int64)
    slipped, looked = np.zeros(draws, dtype=np.int64), np.zeros(draws, dtype=np.int64)
    for rate in rates:
        heads = coins < rate
        behind = places >= start[:, None]
        caught = behind & heads & wrong
        found = caught.any(axis=1)
        end = np.where(found, caught.argmax(axis=1), length - 1)
        stretch = behind & (places <= end[:, None])
        slipped += (stretch & wrong & ~heads).sum(axis=1)
        looked += (stretch & heads).sum(axis=1)
        errors += found
        start = end + 1
    return Walked(slipped, errors, looked)


def walk_against(
    design: WalkDesign, adversary: Adversary, draws: int, seed: int, mistake: Mistake | None = None
) -> Walked:
    """Let an adversary commit label after label, and toss a fresh coin for each.

    Args:
        design: the project.
        adversary: chooses each label from all that is known when its chunk begins.
        draws: walks.
        seed: of coins and adversary.
        mistake: a rule that is not kept.
    """
    state = _Walks(design, draws, np.random.default_rng(seed), mistake)
    for place in range(design.images):
        if place % design.chunk == 0:
            state.begin_chunk(place)
            if not state.going.any():
                break
        state.step(adversary)
    return Walked(state.slipped, state.errors, state.looked)


class _Walks:
    """Where many walks stand."""

    def __init__(
        self, design: WalkDesign, draws: int, rng: Generator, mistake: Mistake | None
    ) -> None:
        self.design, self.rng, self.mistake = design, rng, mistake
        self.rates = np.array([*design.rates, 0.0])
        self.slipped, self.errors, self.looked, self.rung, self.tails_since = (
            np.zeros(draws, dtype=np.int64) for _ in range(5)
        )
        self.heads = np.zeros(draws, dtype=bool)
        self.going = np.ones(draws, dtype=bool)
        self.view: View | None = None

    def begin_chunk(self, place: int) -> None:
        """Show the adversary what is known now."""
        ended = self.rung >= len(self.design.rates)
        self.going &= ~ended
        if self.mistake is Mistake.FALLING:
            self.rung = np.where(ended, self.rung, np.maximum(self.rung - 1, 0))
        self.view = View(
            self.design,
            place,
            self.errors.copy(),
            self.slipped.copy(),
            self.heads.copy(),
            self.tails_since.copy(),
            self.rng,
        )

    def step(self, adversary: Adversary) -> None:
        """Commit a label in each walk, then toss its coin."""
        if self.view is None:
            raise AssertionError("a chunk was begun")
        wrong, stops = adversary(self.view)
        self.going &= ~stops
        coins = self.rng.random(len(self.going))
        rates = self.rates[self.rung]
        if self.mistake is Mistake.PEEKED:
            wrong = wrong & (coins >= rates)
        ended = self.rung >= len(self.design.rates)
        self.heads = self.going & (coins < rates)
        tails = self.going & ~self.heads & (~ended | (self.mistake is Mistake.REST))
        caught = self.heads & wrong
        if self.mistake is Mistake.SKIPS:
            caught &= self.rng.random(len(caught)) < 0.5  # noqa: PLR2004 - every other one is a skip
        self.looked += self.heads
        self.slipped += tails & wrong
        self.errors += caught
        self.rung += caught
        self.tails_since = np.where(self.heads, 0, self.tails_since + tails)
