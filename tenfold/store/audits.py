"""Audits: freezing what is measured, and drawing from it, in the transaction of the caller."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from models.certificate import ClassAudit
from models.cycle import Claim
from models.round import RoundKind
from tenfold.errors import ConflictError
from tenfold.learning.certificate import class_seed, draw_audit
from tenfold.learning.tolerance import wrong_allowed
from tenfold.store.class_counts import people_by_class
from tenfold.store.cycles import cycle_of
from tenfold.store.images import pool_of
from tenfold.store.membership import count_images, of_cycle
from tenfold.store.newest import project_of
from tenfold.store.openings import Opening, freeze_pool, open_round, opened_before
from tenfold.store.rows import AnyRow
from tenfold.store.walk_rows import refuse_second_audit


@dataclass(frozen=True, slots=True)
class ClassDraw:
    """What is wanted of the audit of one class."""

    label: str
    pool: Sequence[str]
    """Hashes of the images that the model puts into this class."""
    audited: int
    """n_c; 0: people do the class."""
    planned: int
    """m_c."""


SEED_BITS = 48
"""A number of so many bits is exact in JSON, wherever it is read."""


def audit_opening(
    claim: Claim, key: str, model_version: str, seed: int | None, reason: str, overlap: int
) -> Opening:
    """Return what an audit round is opened with, apart from what is frozen with it.

    Without a seed, one is drawn here, in the transaction that freezes the pool: whoever chose the
    model and its confidences can't have known which images are measured.
    """
    return Opening(
        project_id=claim.project_id,
        cycle_id=claim.cycle_id,
        key=key,
        kind=RoundKind.AUDIT,
        model_version=model_version,
        seed=secrets.randbits(SEED_BITS) if seed is None else seed,
        reason=reason,
        overlap=overlap,
    )


def draw_one(connection: Connection, opening: Opening, pool: Sequence[str], n: int) -> AnyRow:
    """Draw n images from the pool; under the same key it is the same round."""
    before = opened_before(connection, opening.cycle_id, opening.key)
    if before is not None:
        return before
    frozen = _frozen(connection, opening, pool)
    chosen = draw_audit(frozen, min(n, len(frozen)), opening.seed)
    return _open(connection, opening, frozen, chosen, {})


def draw_each(
    connection: Connection, opening: Opening, pool: Sequence[str], draws: Sequence[ClassDraw]
) -> AnyRow:
    """Draw an audit from each class's pool; under the same key it is the same round."""
    before = opened_before(connection, opening.cycle_id, opening.key)
    if before is not None:
        return before
    frozen = _frozen(connection, opening, pool)
    _refuse_overlap(draws)
    people = people_by_class(connection, opening.project_id, opening.cycle_id)
    error = project_of(connection, opening.project_id).error
    untouched, audits, chosen = set(frozen), [], list[str]()
    for draw in draws:
        members = [sha for sha in draw.pool if sha in untouched]
        audit = _class_audit(draw, len(members), people.get(draw.label, 0), error)
        audits.append(audit.model_dump())
        chosen += draw_audit(members, audit.audited, class_seed(opening.seed, draw.label))
    # Their order tells nobody what the model says.
    mixed = [chosen[i] for i in np.random.default_rng(opening.seed).permutation(len(chosen))]
    return _open(connection, opening, frozen, mixed, {"classes": audits})


def _class_audit(draw: ClassDraw, pool: int, human: int, error: float) -> ClassAudit:
    planned = min(draw.planned, pool)
    return ClassAudit(
        label=draw.label,
        pool=pool,
        human=human,
        planned=planned,
        wrong_allowed=wrong_allowed(human + planned, error),
        audited=min(draw.audited, pool),
    )


def _refuse_overlap(draws: Sequence[ClassDraw]) -> None:
    everything = [sha for draw in draws for sha in draw.pool]
    if len(set(everything)) != len(everything):
        raise ConflictError("An image is in the pools of two classes, or twice in one.")


def _frozen(connection: Connection, opening: Opening, pool: Sequence[str]) -> list[str]:
    """Return, sorted, what has no human word on it at this moment."""
    refuse_second_audit(connection, opening.cycle_id)
    version = cycle_of(connection, opening.cycle_id).dataset_version or 0
    return sorted(set(pool_of(connection, opening.project_id, version)) & set(pool))


def _open(
    connection: Connection,
    opening: Opening,
    frozen: Sequence[str],
    chosen: Sequence[str],
    more: dict[str, object],
) -> AnyRow:
    project = project_of(connection, opening.project_id)
    params = {
        "error": project.error,
        "confidence": project.confidence,
        "images": count_images(
            connection, of_cycle(connection, opening.project_id, opening.cycle_id)
        ),
        "pool": len(frozen),
        "seed": opening.seed,
        "pool_sha256": hashlib.sha256("\n".join(frozen).encode()).hexdigest(),
        **more,
    }
    opened = open_round(connection, replace(opening, params=params), chosen)
    freeze_pool(connection, opened.id, frozen)
    return opened
