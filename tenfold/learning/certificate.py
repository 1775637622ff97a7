"""The certificate: what a blind audit lets one say of labels that nobody looked at.

*Of the N labels delivered, at most K = ⌊ε·N⌋ are wrong, with probability at least 1 − δ over the
draw of the audit.* Nothing is assumed of the model, its confidence or the classes.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.certificate import Certificate
from models.prelabel import Prelabel
from tenfold.errors import ConflictError
from tenfold.learning.audit_plan import AuditPlan, plan_audit
from tenfold.learning.tolerance import errors_tolerated, smallest_audit, wrong_allowed

__all__ = [
    "AuditPlan",
    "OneLook",
    "PoolRow",
    "class_seed",
    "draw_audit",
    "errors_tolerated",
    "frozen_order",
    "one_look",
    "order_sha256",
    "plan_audit",
    "pool_sha256",
    "smallest_audit",
    "tie_key",
    "verify",
    "wrong_allowed",
]


@dataclass(frozen=True, slots=True)
class OneLook:
    """What one look at one audit lets one accept."""

    wrong_allowed: int
    """K."""
    tolerated: int | None
    """x_c; None: the audit is too small and nothing is accepted."""
    audit_errors: int
    accepted: list[str]
    """Hashes in the frozen order, audit images left out."""
    least_confidence: float | None
    """Of the last accepted one."""


def tie_key(sha256: str, seed: int) -> str:
    """Return what orders images of equal confidence: a hash that depends on the seed."""
    return hashlib.sha256(f"{seed}:{sha256}".encode()).hexdigest()


def frozen_order(prelabels: Iterable[Prelabel], seed: int) -> list[Prelabel]:
    """Sort pre-labels from the surest to the least sure, ties by a seeded hash."""
    return sorted(prelabels, key=lambda p: (-p.confidence, tie_key(p.sha256, seed)))


def pool_sha256(order: Sequence[str]) -> str:
    """Return the SHA-256 of the pool's hashes in the frozen order, one a line."""
    return hashlib.sha256("\n".join(order).encode()).hexdigest()


def order_sha256(order: Iterable[Prelabel], lines: str = "hash and label") -> str:
    """Return the SHA-256 of a frozen order, one pre-label a line.

    Args:
        order: the pre-labels, from the surest on.
        lines: `hash and label`: the image's hash, a tab, and the label as JSON; `hash`: without
            labels, as in older certificates.
    """
    if lines == "hash":
        return pool_sha256([prelabel.sha256 for prelabel in order])
    return pool_sha256([f"{one.sha256}\t{one.value.model_dump_json()}" for one in order])


def class_seed(seed: int, label: str) -> int:
    """Return the seed of the draw from one class's pool, where each is certified for itself."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{label}".encode()).digest()[:6], "big")


def draw_audit(pool: Iterable[str], audited: int, seed: int) -> list[str]:
    """Draw n hashes uniformly without replacement, in random order, by a recorded seed.

    Raises:
        ConflictError: more are wanted than there are.
    """
    hashes = sorted(pool)
    if audited > len(hashes):
        raise ConflictError(f"An audit of {audited} images needs a pool larger than {len(hashes)}.")
    drawn = np.random.default_rng(seed).choice(len(hashes), size=audited, replace=False)
    return [hashes[i] for i in drawn]


def one_look(
    order: Sequence[Prelabel],
    audit_wrong: Mapping[str, bool],
    images: int,
    error: float,
    confidence: float,
) -> OneLook:
    """Accept pre-labels down the frozen order until just before the (x_c + 1)-th audit error.

    Args:
        order: the N′ pre-labels of the pool, from the surest on, as frozen before the draw.
        audit_wrong: for every audited image whether the person disagreed; skips are True.
        images: N, labels delivered in all.
        error: ε.
        confidence: 1 − δ.

    Raises:
        ConflictError: an audited image is not in the pool.
    """
    strangers = set(audit_wrong) - {prelabel.sha256 for prelabel in order}
    if strangers:
        raise ConflictError(f"Audited image {min(strangers)} was not in the frozen pool.")
    tolerated = errors_tolerated(images, len(order), error, confidence, len(audit_wrong))
    hashes = [prelabel.sha256 for prelabel in order]
    end = 0 if tolerated is None else stop_before(hashes, audit_wrong, tolerated)
    accepted = [prelabel for prelabel in order[:end] if prelabel.sha256 not in audit_wrong]
    return OneLook(
        wrong_allowed=wrong_allowed(images, error),
        tolerated=tolerated,
        audit_errors=sum(audit_wrong.values()),
        accepted=[prelabel.sha256 for prelabel in accepted],
        least_confidence=accepted[-1].confidence if accepted else None,
    )


def stop_before(order: Sequence[str], audit_wrong: Mapping[str, bool], tolerated: int) -> int:
    """Return how far down the order one may go: to just before audit error x_c + 1, or the end."""
    seen = 0
    for position, sha in enumerate(order):
        seen += audit_wrong.get(sha, False)
        if seen > tolerated:
            return position
    return len(order)


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One image of the frozen pool, as the store kept it."""

    prelabel: Prelabel
    wrong: bool | None = None
    """Of an audited image: whether the person disagreed, skips included. None: not audited."""


def verify(certificate: Certificate, rows: Iterable[PoolRow]) -> list[str]:
    """Recompute a certificate from the stored pool and audit.

    Args:
        certificate: as it was issued.
        rows: the whole frozen pool, in any order.

    Returns:
        What doesn't hold, a sentence each; empty where everything does.
    """
    said, kept = certificate.inputs, list(rows)
    order = frozen_order((row.prelabel for row in kept), said.seed)
    hashes = [prelabel.sha256 for prelabel in order]
    audit = {row.prelabel.sha256: row.wrong for row in kept if row.wrong is not None}
    look = one_look(order, audit, said.images, said.error, said.confidence)
    drawn = draw_audit(hashes, len(audit), said.seed)
    checks: list[tuple[str, object, object]] = [
        ("pool (N′)", said.pool, len(order)),
        ("number of audited images (n)", said.audited, len(audit)),
        ("number of wrong labels allowed (K)", said.wrong_allowed, look.wrong_allowed),
        ("number of audit errors tolerated", said.errors_tolerated, look.tolerated),
        ("number of audit errors", said.audit_errors, look.audit_errors),
        ("number of accepted labels", certificate.accepted, len(look.accepted)),
        ("least confidence", certificate.least_confidence, look.least_confidence),
        (
            "hash of the frozen order",
            certificate.pool_sha256,
            order_sha256(order, certificate.pool_lines),
        ),
        ("audit", "that which the seed draws", _drawn(set(drawn) == set(audit))),
    ]
    return [
        f"The {name} is {found}, but the certificate says {stated}."
        for name, stated, found in checks
        if stated != found
    ]


def _drawn(same: bool) -> str:
    return "that which the seed draws" if same else "another than the seed draws"
