"""Where each class is certified: over many certificates, any class breaks at most δ of them."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from models.certificate import ClassAudit
from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.learning.audit_simulation import Design, Wrong, place_errors
from tenfold.learning.class_plan import ClassPool, plan_classes
from tenfold.learning.class_simulation import (
    ClassDesign,
    ClassMistake,
    Promise,
    simulate_classes,
)
from tenfold.learning.each_class import class_looks
from tenfold.learning.tolerance import exactly, least_audit, tolerable, wrong_allowed

PROMISE = Promise(error=0.1, confidence=0.95)
DELTA = 0.05
DRAWS = 1500
PLACES = ("first", "last", "blocks", "random", "spread", "rising")


def design(pool: int, human: int, part: float, tolerate: int, classes: int) -> ClassDesign:
    planned = round(part * pool)
    allowed = wrong_allowed(human + planned, PROMISE.error)
    risk = (1 - exactly(PROMISE.confidence)) / classes
    audited = least_audit(allowed, pool, risk, tolerate)
    assert audited is not None
    return ClassDesign(pool, human, planned, audited)


DESIGNS = (
    [design(200, 10, 0.8, 0, 3), design(260, 4, 0.6, 2, 3), design(120, 30, 0.9, 1, 3)],
    [design(150, 0, 0.7, 1, 2), design(150, 50, 0.7, 3, 2)],
    # As large as an audit must be that has all of δ for itself.
    [design(200, 10, 0.8, 3, classes=1)] * 3,
)


def least_to_break(one: ClassDesign, classes: int) -> int:
    """Return K_c + 1 + x_c: the fewest errors that can break the promise of a class."""
    allowed = wrong_allowed(one.human + one.planned, PROMISE.error)
    risk = (1 - exactly(PROMISE.confidence)) / classes
    tolerated = tolerable(allowed, one.pool, one.audited, risk)
    assert tolerated is not None
    return allowed + 1 + tolerated


def marks(one: ClassDesign, place: str, wrong: int, seed: int, draws: int = DRAWS) -> Wrong:
    whole = Design(one.pool, one.pool, PROMISE.error, PROMISE.confidence, one.audited)
    return place_errors(place, whole, wrong, draws, seed)


@cache
def outcomes(mistake: ClassMistake | None = None) -> tuple[float, ...]:
    """Return the share broken: an adversary knows the rule, and puts errors where it likes."""
    return tuple(_outcomes(mistake))


def _outcomes(mistake: ClassMistake | None) -> Iterator[float]:
    for number, classes in enumerate(DESIGNS):
        parts = 1 if mistake is ClassMistake.UNSPLIT else len(classes)
        for times in (1.0, 0.5, 2.0, 100.0):
            for place in PLACES:
                wrong = [
                    marks(one, place, int(times * least_to_break(one, parts)), i)
                    for i, one in enumerate(classes)
                ]
                seed = int(10 * times) + number
                for turned in (False, True):
                    found = simulate_classes(
                        classes, PROMISE, wrong, seed, turned=turned, mistake=mistake
                    )
                    yield found.broken


def sure_bound(draws: int) -> float:
    return DELTA + 3.5 * float(np.sqrt(DELTA * (1 - DELTA) / draws))


def test_no_class_breaks_its_promise_more_often_than_all_together_may() -> None:
    broken = list(outcomes())
    assert len(broken) * DRAWS >= 100_000
    assert max(broken) <= sure_bound(DRAWS)
    assert np.mean(broken) <= sure_bound(len(broken) * DRAWS)


def test_the_bound_is_nearly_reached_so_that_it_is_not_met_by_idleness() -> None:
    assert max(outcomes()) > 0.6 * DELTA


@pytest.mark.parametrize("mistake", ClassMistake)
def test_a_rule_that_is_not_kept_is_noticed(mistake: ClassMistake) -> None:
    assert max(outcomes(mistake)) > sure_bound(DRAWS)


def test_the_simulation_accepts_what_the_certificate_accepts() -> None:
    classes, rng = DESIGNS[0], np.random.default_rng(1)
    for seed in range(30):
        wrong = [
            marks(one, "rising", int(rng.integers(0, 60)), seed + i, draws=1)
            for i, one in enumerate(classes)
        ]
        found = simulate_classes(classes, PROMISE, wrong, seed)
        draws = np.random.default_rng(seed)
        order, audits = list[Prelabel](), list[ClassAudit]()
        audit, people = dict[str, bool](), dict[str, int]()
        for number, (one, row) in enumerate(zip(classes, wrong, strict=True)):
            keys = draws.random(row.shape, dtype=np.float32)
            drawn = np.argpartition(keys, one.audited - 1, axis=1)[0, : one.audited]
            shas = [f"{number}{i:063x}" for i in range(one.pool)]
            label = f"class {number}"
            order += [
                Prelabel(sha256=sha, value=ClassLabel(label=label), confidence=1 - i / 1000)
                for i, sha in enumerate(shas)
            ]
            audit |= {shas[i]: bool(row[0, i]) for i in drawn}
            allowed = wrong_allowed(one.human + one.planned, PROMISE.error)
            audits.append(
                ClassAudit(
                    label=label, pool=one.pool, human=one.human, planned=one.planned,
                    wrong_allowed=allowed, audited=one.audited,
                )
            )  # fmt: skip
            people[label] = one.human + sum(not row[0, i] for i in drawn)
        promise = (PROMISE.error, PROMISE.confidence)
        looks = class_looks(order, audit, audits, people, frozenset(), promise)
        images = sum(one.pool + one.human for one in classes)
        accepted = sum(len(look.accepted) for look in looks)
        assert found.looked_at == pytest.approx(1 - accepted / images)


def pool(label: str, size: int, human: int, spread: float) -> ClassPool:
    chances = 1.0 - spread * np.linspace(0.0, 1.0, size) ** 8 if size else np.zeros(0)
    return ClassPool(label, human, chances)


def test_a_plan_audits_what_pays_and_leaves_small_classes_to_people() -> None:
    pools = [pool("many", 900, 40, 0.3), pool("some", 400, 30, 0.3), pool("few", 15, 5, 0.3)]
    plan = plan_classes(pools, 1390, 1315, 0.05, 0.95)
    many, some, few = plan.classes
    assert (few.n, few.expected_accepted) == (0, 0.0)
    assert 0 < some.n < 200
    assert 0 < many.n < 200
    assert plan.n == many.n + some.n
    assert plan.expected_looks == pytest.approx(
        1315 - many.expected_accepted - some.expected_accepted
    )


def test_where_no_class_can_be_certified_no_audit_is_planned() -> None:
    plan = plan_classes([pool("a", 12, 3, 0.3), pool("b", 0, 3, 0.3)], 30, 12, 0.05, 0.95)
    assert (plan.n, plan.expected_looks) == (0, 12)


def test_what_a_plan_expects_is_what_comes_on_average() -> None:
    pools = [pool("a", 500, 30, 0.4), pool("b", 700, 20, 0.4)]
    plan = plan_classes(pools, 1250, 1200, 0.05, 0.95)
    rng = np.random.default_rng(0)
    classes = [
        ClassDesign(len(p.confidences), p.human, c.planned, c.n)
        for p, c in zip(pools, plan.classes, strict=True)
    ]
    wrong = [rng.random((2000, len(p.confidences))) > p.confidences for p in pools]
    found = simulate_classes(classes, Promise(0.05, 0.95), wrong, 1)
    looks = found.looked_at * 1250 - 50
    assert looks == pytest.approx(plan.expected_looks, rel=0.25)
