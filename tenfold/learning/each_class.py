"""Certificates of single classes: in each class at most ε of the delivered labels are wrong.

Each class c has a pool and an audit of its own, and an equal share of δ. K_c = ⌊ε·(h_c + m_c)⌋ is
fixed before the draw; what may be accepted is delivered only if the class comes to at least as
many labels as make K_c no more than ε of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.certificate import ClassAudit, ClassClaim
from models.label import ClassLabel
from models.prelabel import Prelabel
from tenfold.learning.certificate import class_seed, draw_audit, stop_before
from tenfold.learning.tolerance import exactly, tolerable, wrong_allowed


@dataclass(frozen=True, slots=True)
class ClassLook:
    """What one look lets one accept of a class."""

    claim: ClassClaim
    accepted: list[str]
    """Hashes in the frozen order: unaudited, and nobody has spoken of them."""


def split_by_class(order: Iterable[Prelabel]) -> dict[str, list[Prelabel]]:
    """Return the pools of the classes, each in the given order."""
    pools: dict[str, list[Prelabel]] = {}
    for prelabel in order:
        if isinstance(prelabel.value, ClassLabel):
            pools.setdefault(prelabel.value.label, []).append(prelabel)
    return pools


def share_of_risk(audits: Sequence[ClassAudit], confidence: float) -> Fraction:
    """Return δ divided by the number of classes that are audited."""
    audited = sum(audit.audited > 0 for audit in audits)
    return (1 - exactly(confidence)) / max(audited, 1)


def class_looks(
    order: Sequence[Prelabel],
    audit_wrong: Mapping[str, bool],
    audits: Sequence[ClassAudit],
    people: Mapping[str, int],
    spoken: frozenset[str],
    promise: tuple[float, float],
) -> list[ClassLook]:
    """Accept pre-labels class by class.

    Args:
        order: the whole pool as frozen before the draw, from the surest on.
        audit_wrong: for every audited image whether the person disagreed; skips are True.
        audits: as frozen before the draw.
        people: labels of each class that people have given by now, those of the audit among them.
        spoken: hashes of the pool that somebody has said something of by now.
        promise: ε and 1 − δ.
    """
    error, confidence = promise
    pools, risk = split_by_class(order), share_of_risk(audits, confidence)
    return [
        _look(
            [one.sha256 for one in pools.get(audit.label, [])],
            audit_wrong,
            audit,
            risk,
            (people.get(audit.label, 0), spoken, error),
        )
        for audit in audits
    ]


def _look(
    pool: Sequence[str],
    audit_wrong: Mapping[str, bool],
    audit: ClassAudit,
    risk: Fraction,
    standing: tuple[int, frozenset[str], float],
) -> ClassLook:
    by_people, spoken, error = standing
    audited = [sha for sha in pool if sha in audit_wrong]
    tolerated = (
        tolerable(audit.wrong_allowed, len(pool), len(audited), risk) if audit.audited else None
    )
    end = 0 if tolerated is None else stop_before(pool, audit_wrong, tolerated)
    reached = [sha for sha in pool[:end] if sha not in audit_wrong]
    accepted = [sha for sha in reached if sha not in spoken]
    if not keeps_share(audit.wrong_allowed, by_people + len(accepted), error):
        accepted = []
    claim = ClassClaim(
        **audit.model_dump(),
        errors_tolerated=tolerated,
        audit_errors=sum(audit_wrong[sha] for sha in audited),
        reached=len(reached),
        by_people=by_people,
        accepted=len(accepted),
    )
    return ClassLook(claim, accepted)


def keeps_share(allowed: int, labels: int, error: float) -> bool:
    """Whether K_c wrong labels are no more than ε of so many."""
    return allowed <= wrong_allowed(labels, error)


def allowed_of(claims: Iterable[ClassClaim]) -> int:
    """Return how many labels may be wrong in all classes whose labels are the model's."""
    return sum(claim.wrong_allowed for claim in claims if claim.accepted)


def accepted_of(claims: Iterable[ClassClaim]) -> int:
    """Return how many labels of the model are covered."""
    return sum(claim.accepted for claim in claims)


def recomputed_looks(
    claims: Sequence[ClassClaim],
    order: Sequence[Prelabel],
    audit_wrong: Mapping[str, bool],
    promise: tuple[float, float],
) -> list[ClassLook]:
    """Return what the frozen pool and the audit come to; of people's labels what was counted.

    What people have said of images beside the audit isn't known any more: of the labels that
    were reached, more may be found here than were accepted.
    """
    people = {claim.label: claim.by_people for claim in claims}
    audits = [
        ClassAudit.model_validate(claim.model_dump(include=set(ClassAudit.model_fields)))
        for claim in claims
    ]
    return class_looks(order, audit_wrong, audits, people, frozenset(), promise)


def verify_classes(
    claims: Sequence[ClassClaim],
    order: Sequence[Prelabel],
    audit_wrong: Mapping[str, bool],
    seed: int,
    promise: tuple[float, float],
) -> list[str]:
    """Recompute the claims of single classes from the frozen pool and the audit.

    Args:
        claims: as they were issued.
        order: the whole pool as frozen, from the surest on.
        audit_wrong: for every audited image whether the person disagreed; skips are True.
        seed: of the draw.
        promise: ε and 1 − δ.

    Returns:
        What doesn't hold, a sentence each; empty where everything does.
    """
    pools = split_by_class(order)
    looks = recomputed_looks(claims, order, audit_wrong, promise)
    problems = []
    if len({claim.label for claim in claims}) != len(claims):
        problems.append("A class is certified twice.")
    for claim, look in zip(claims, looks, strict=True):
        pool = [one.sha256 for one in pools.get(claim.label, [])]
        found = [*_of_numbers(claim, look.claim, len(pool), promise[0])]
        drawn = set(draw_audit(pool, min(claim.audited, len(pool)), class_seed(seed, claim.label)))
        if drawn != {sha for sha in pool if sha in audit_wrong}:
            found.append("the audit is another than the seed draws.")
        problems += [f"Class {claim.label}: {problem}" for problem in found]
    return problems


def _of_numbers(claim: ClassClaim, found: ClassClaim, pool: int, error: float) -> list[str]:
    allowed = wrong_allowed(claim.human + claim.planned, error)
    checks: list[tuple[str, object, object]] = [
        ("pool (N′)", claim.pool, pool),
        ("number of wrong labels allowed (K)", claim.wrong_allowed, allowed),
        ("number of audit errors", claim.audit_errors, found.audit_errors),
        ("number of audit errors tolerated", claim.errors_tolerated, found.errors_tolerated),
        ("number of labels before one more", claim.reached, found.reached),
    ]
    problems = [
        f"the {name} is {true}, but the certificate says {stated}."
        for name, stated, true in checks
        if stated != true
    ]
    if claim.accepted > found.reached:
        problems.append("more labels were accepted than the audit allows.")
    labels = claim.by_people + claim.accepted
    if claim.accepted and not keeps_share(claim.wrong_allowed, labels, error):
        problems.append(f"{claim.wrong_allowed} wrong labels are too many of its {labels}.")
    return problems
