"""What one look lets one accept of each class, and when a class gets nothing."""

from collections.abc import Collection, Mapping

from models.certificate import ClassAudit
from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.learning.each_class import ClassLook, class_looks, share_of_risk, split_by_class
from tenfold.learning.tolerance import exactly

PROMISE = (0.1, 0.95)


def sha(label: str, place: int) -> str:
    return f"{ord(label):02x}{place:062x}"


def order(**sizes: int) -> list[Prelabel]:
    return [
        Prelabel(sha256=sha(label, i), value=ClassLabel(label=label), confidence=1 - i / 1000)
        for label, size in sizes.items()
        for i in range(size)
    ]


def audit(label: str, pool: int, planned: int, allowed: int, audited: int) -> ClassAudit:
    return ClassAudit(
        label=label, pool=pool, human=10, planned=planned, wrong_allowed=allowed, audited=audited
    )


def looks(
    audits: list[ClassAudit],
    wrong: Mapping[str, Collection[int]],
    people: Mapping[str, int],
    spoken: frozenset[str] = frozenset(),
) -> dict[str, ClassLook]:
    """Every second image of each pool is audited, those at the given places wrong."""
    pool = order(**{one.label: one.pool for one in audits})
    found = {
        sha(one.label, i): i in wrong.get(one.label, ())
        for one in audits
        if one.audited
        for i in range(0, one.pool, 2)
    }
    each = class_looks(pool, found, audits, people, spoken, PROMISE)
    return {look.claim.label: look for look in each}


A = audit("a", pool=100, planned=90, allowed=10, audited=50)


def test_a_class_is_accepted_down_to_its_own_audit_errors() -> None:
    b = audit("b", pool=100, planned=90, allowed=10, audited=50)
    found = looks([A, b], {"a": range(60, 100), "b": ()}, {"a": 70, "b": 60})
    tolerated = found["a"].claim.errors_tolerated
    assert tolerated == found["b"].claim.errors_tolerated
    assert tolerated is not None
    # Every image from place 60 on is wrong, every second one of them audited.
    assert found["a"].claim.reached == (60 + 2 * tolerated) // 2
    assert found["a"].claim.audit_errors == 20
    assert found["b"].claim.accepted == found["b"].claim.reached == 50


def test_a_class_that_comes_to_too_few_labels_gets_none() -> None:
    reached = looks([A], {"a": range(60, 100)}, {"a": 0})["a"].claim.reached
    # K is 10, so that the class must come to a hundred labels.
    enough = looks([A], {"a": range(60, 100)}, {"a": 100 - reached})["a"]
    short = looks([A], {"a": range(60, 100)}, {"a": 99 - reached})["a"]
    assert enough.claim.accepted == len(enough.accepted) == reached > 0
    assert (short.claim.reached, short.claim.accepted, short.accepted) == (reached, 0, [])


def test_what_somebody_has_spoken_of_is_not_accepted_and_does_not_count() -> None:
    spoken = frozenset(sha("a", i) for i in range(1, 21, 2))
    found = looks([A], {}, {"a": 60}, spoken)["a"]
    assert (found.claim.reached, found.claim.accepted) == (50, 40)
    assert not spoken & set(found.accepted)
    short = looks([A], {}, {"a": 59}, spoken)["a"]
    assert (short.claim.reached, short.claim.accepted) == (50, 0)


def test_a_class_without_an_audit_is_peoples_and_spends_no_risk() -> None:
    b = audit("b", pool=30, planned=0, allowed=1, audited=0)
    found = looks([A, b], {}, {"a": 60, "b": 90})
    assert found["b"].claim.errors_tolerated is None
    assert found["b"].accepted == []
    assert share_of_risk([A, b], 0.95) == 1 - exactly(0.95)
    assert share_of_risk([A, A, b], 0.95) == (1 - exactly(0.95)) / 2


def test_pools_keep_the_frozen_order() -> None:
    mixed = sorted(order(a=5, b=7), key=lambda one: -one.confidence)
    pools = split_by_class(mixed)
    assert {label: len(pool) for label, pool in pools.items()} == {"a": 5, "b": 7}
    assert [one.sha256 for one in pools["b"]] == [sha("b", i) for i in range(7)]
