"""Many one-look certificates at once, against errors placed by an adversary.

For tests and benchmarks: a rule that promises too much shows here within a second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tenfold.learning.tolerance import errors_tolerated, wrong_allowed

Wrong = NDArray[np.bool_]
Rule = Callable[[int, int, float, float, int], int | None]
"""Images, pool, ε, 1 − δ, audited → audit errors tolerated."""


@dataclass(frozen=True, slots=True)
class Design:
    """One project that is certified again and again."""

    images: int
    pool: int
    error: float
    confidence: float
    audited: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many certificates."""

    broken: float
    """Share that delivered more than K wrong labels."""
    looked_at: float
    """Mean share of the images that people looked at."""


def place_errors(kind: str, design: Design, wrong: int, draws: int, seed: int) -> Wrong:
    """Return which pre-labels (draws, pool) are wrong, in the order of confidence.

    Args:
        kind: `first`: the surest ones; `last`: the least sure; `blocks`: three runs; `random`;
            `spread`: evenly; `rising`: ever more often towards the end.
        design: the project.
        wrong: how many, at most the pool.
        draws: certificates.
        seed: of what is random.
    """
    rng = np.random.default_rng(seed)
    pool, wrong = design.pool, min(wrong, design.pool)
    marks = np.zeros((draws, pool), dtype=bool)
    if kind == "first":
        marks[:, :wrong] = True
    elif kind == "last":
        marks[:, pool - wrong :] = True
    elif kind == "blocks":
        starts = np.linspace(0, pool - 1, 4).astype(int)[:3]
        for start, share in zip(starts, np.array_split(np.arange(wrong), 3), strict=True):
            marks[:, start : start + len(share)] = True
    elif kind == "spread":
        marks[:, np.linspace(0, pool - 1, wrong).astype(int)] = True
    elif kind in {"random", "rising"}:
        bent = rng.random((draws, pool)) ** (1.0 if kind == "random" else 0.3)
        keys = bent * (np.ones(pool) if kind == "random" else np.linspace(0.2, 1.0, pool))
        marks[np.arange(draws)[:, None], np.argsort(-keys, axis=1)[:, :wrong]] = True
    else:
        raise ValueError(f"errors can't be placed {kind!r}")
    return marks


@lru_cache(maxsize=1)
def draw_audits(draws: int, sizes: tuple[tuple[int, int], ...], seed: int) -> tuple[Wrong, ...]:
    """Return what is audited (draws, pool) in each of some pools, drawn uniformly.

    Adversaries who place their errors differently meet the same audits, so the last ones are kept.

    Args:
        draws: certificates.
        sizes: how large each pool is, and how many of it are audited.
        seed: of the draws.
    """
    rng, audits = np.random.default_rng(seed), list[Wrong]()
    for pool, audited in sizes:
        keys = rng.random((draws, pool), dtype=np.float32)
        drawn = np.argpartition(keys, audited - 1, axis=1)[:, :audited]
        marks = np.zeros(keys.shape, dtype=bool)
        marks[np.arange(draws)[:, None], drawn] = True
        marks.flags.writeable = False
        audits.append(marks)
    return tuple(audits)


def simulate(design: Design, wrong: Wrong, seed: int, rule: Rule = errors_tolerated) -> Outcome:
    """Audit and accept each row of `wrong` (draws, pool) once, by the given rule.

    The audit is drawn uniformly without replacement, afresh for each row.
    """
    (audited,) = draw_audits(len(wrong), ((design.pool, design.audited),), seed)
    tolerated = rule(design.images, design.pool, design.error, design.confidence, design.audited)
    met = np.cumsum(wrong & audited, axis=1)
    accepted = (met <= (-1 if tolerated is None else tolerated)) & ~audited
    delivered_wrong = (accepted & wrong).sum(axis=1)
    allowed = wrong_allowed(design.images, design.error)
    return Outcome(
        broken=float((delivered_wrong > allowed).mean()),
        looked_at=1.0 - float(accepted.sum(axis=1).mean()) / design.images,
    )
