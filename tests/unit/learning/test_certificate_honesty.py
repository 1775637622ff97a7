"""Over many certificates the share of broken ones is at most δ, whoever places the errors."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.learning.audit_simulation import Design, Rule, place_errors, simulate
from tenfold.learning.certificate import (
    errors_tolerated,
    one_look,
    smallest_audit,
    wrong_allowed,
)

DELTA = 0.05
DRAWS = 1500
DESIGNS = (
    Design(images=400, pool=360, error=0.05, confidence=0.95, audited=50),
    Design(images=400, pool=360, error=0.05, confidence=0.95, audited=110),
)
PLACES = ("first", "last", "blocks", "random", "spread", "rising")


def least_to_break(design: Design) -> int:
    """Return K + 1 + x_c: the fewest errors that can break a certificate."""
    tolerated = errors_tolerated(
        design.images, design.pool, design.error, design.confidence, design.audited
    )
    assert tolerated is not None
    return wrong_allowed(design.images, design.error) + 1 + tolerated


def sure_bound(draws: int) -> float:
    return DELTA + 3.5 * (DELTA * (1 - DELTA) / draws) ** 0.5


@cache
def outcomes(rule: Rule = errors_tolerated) -> tuple[float, ...]:
    """Return the share broken for every design, place and number of errors."""
    return tuple(_outcomes(rule))


def _outcomes(rule: Rule) -> Iterator[float]:
    for number, design in enumerate(DESIGNS):
        least = least_to_break(design)
        # An adversary that knows the rule: just enough errors, some more, or everything wrong.
        for wrong in (least, 2 * least, design.pool):
            for place in PLACES:
                marks = place_errors(place, design, wrong, DRAWS, seed=number)
                yield simulate(design, marks, seed=wrong + number, rule=rule).broken


def test_certificates_are_broken_no_more_often_than_they_say() -> None:
    broken = list(outcomes())
    assert len(broken) * DRAWS >= 20_000
    assert max(broken) <= sure_bound(DRAWS)
    assert np.mean(broken) <= sure_bound(len(broken) * DRAWS)


def test_the_bound_is_nearly_reached_so_that_it_is_not_met_by_idleness() -> None:
    assert max(outcomes()) > 0.7 * DELTA


SIZES = (20, 60, 300, 2_000, 50_000, 1_000_000)
RISKS = (0.01, 0.05, 0.2)
CERTIFICATES = 4_000


def sized(images: int, error: float, risk: float) -> Iterator[Design]:
    """Yield designs of a size that tolerate none, a few and many audit errors."""
    for share, tolerated in product((0.6, 1.0), (0, 1, 5)):
        pool = int(share * images)
        audited = smallest_audit(images, pool, error, 1 - risk, tolerated)
        if audited is not None:
            yield Design(images, pool, error, 1 - risk, audited)


def broken_at_worst(design: Design, rng: np.random.Generator, more: int = 0) -> int:
    """Count broken certificates where an adversary puts just enough errors before all else.

    Then a certificate is broken if and only if the audit holds no more of these errors than are
    tolerated: which of them it holds is drawn here, without the certificate's own arithmetic.
    """
    least = least_to_break(design) + more
    if least > design.pool:
        return 0
    met = rng.hypergeometric(least, design.pool - least, design.audited, CERTIFICATES)
    tolerated = least - wrong_allowed(design.images, design.error) - 1
    return int((met <= tolerated).sum())


@pytest.mark.parametrize("risk", RISKS)
@pytest.mark.parametrize("images", SIZES)
def test_of_every_size_no_more_are_broken_than_is_said(images: int, risk: float) -> None:
    rng = np.random.default_rng(images)
    designs = [one for error in (0.01, 0.05, 0.2) for one in sized(images, error, risk)]
    shares = [broken_at_worst(design, rng) / CERTIFICATES for design in designs]
    assert max(shares, default=0.0) <= risk + 4 * (risk * (1 - risk) / CERTIFICATES) ** 0.5
    generous = [broken_at_worst(design, rng, more=2) / CERTIFICATES for design in designs]
    if images >= SIZES[2]:
        assert len(designs) >= 12
        assert max(generous) > risk + 4 * (risk * (1 - risk) / CERTIFICATES) ** 0.5


@pytest.mark.parametrize("more", [1, 3])
def test_a_rule_that_tolerates_more_errors_is_caught(more: int) -> None:
    def generous(*design: Any) -> int | None:
        tolerated = errors_tolerated(*design)
        return None if tolerated is None else tolerated + more

    assert max(outcomes(generous)) > sure_bound(DRAWS)


def test_an_audit_chosen_instead_of_drawn_is_caught() -> None:
    design = DESIGNS[0]
    wrong = place_errors("last", design, 40, 1, seed=0)[0]
    order = [
        Prelabel(sha256=f"{i:064x}", value=ClassLabel(label="a"), confidence=1 - i / 1000)
        for i in range(design.pool)
    ]
    surest = {order[i].sha256: bool(wrong[i]) for i in range(design.audited)}
    look = one_look(order, surest, design.images, design.error, design.confidence)
    assert len(set(look.accepted) & {order[i].sha256 for i in np.flatnonzero(wrong)}) > 20


def test_the_simulation_accepts_what_the_certificate_accepts() -> None:
    design, rng = DESIGNS[1], np.random.default_rng(1)
    for seed in range(40):
        wrong = place_errors("random", design, 30, 1, seed)
        outcome = simulate(design, wrong, seed)
        keys = np.random.default_rng(seed).random(wrong.shape, dtype=np.float32)
        drawn = np.argpartition(keys, design.audited - 1, axis=1)[0, : design.audited]
        order = [
            Prelabel(sha256=f"{i:064x}", value=ClassLabel(label="a"), confidence=1 - i / 1000)
            for i in range(design.pool)
        ]
        audit = {order[i].sha256: bool(wrong[0, i]) for i in rng.permutation(drawn)}
        look = one_look(order, audit, design.images, design.error, design.confidence)
        assert outcome.looked_at == pytest.approx(1 - len(look.accepted) / design.images)
