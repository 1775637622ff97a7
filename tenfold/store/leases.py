"""Leases: handing images of open rounds to labelers, one image to one person at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    exists,
    or_,
    select,
    update,
)

from models.annotation import AnnotationKind
from models.label import LabelValue
from models.round import ItemState, LeasedItem, RoundKind, RoundState
from tenfold.store.newest import paths_of
from tenfold.store.rows import SECOND_LOOK, AnyRow, to_value
from tenfold.store.second_looks import doubts_of, own_last
from tenfold.store.tables import annotations, images, items, prelabels, rounds, seen
from tenfold.store.tallies import insert_into

SIGHTED = (AnnotationKind.REVIEW, AnnotationKind.CORRECTION, AnnotationKind.ADJUDICATION)
"""Kinds of annotations that a person makes with a proposal before their eyes."""


def give_back(
    connection: Connection, project_id: str, person_id: int, shas: Sequence[str] | None = None
) -> int:
    """End a person's leases in a project; return how many there were."""
    statement = (
        update(items)
        .where(
            items.c.person_id == person_id,
            items.c.project_id == project_id,
            items.c.leased_until.is_not(None),
        )
        .values(person_id=None, leased_until=None)
    )
    if shas is not None:
        statement = statement.where(items.c.sha256.in_(shas))
    return connection.execute(statement).rowcount


def open_rounds(
    connection: Connection, project_id: str, round_id: str | None = None
) -> Sequence[AnyRow]:
    """Return rounds that want answers: those of the pipeline before backlogs, oldest first."""
    query = (
        select(rounds)
        .where(rounds.c.project_id == project_id, rounds.c.state == RoundState.OPEN)
        .order_by(rounds.c.backlog, rounds.c.opened_at, rounds.c.number)
    )
    if round_id is not None:
        query = query.where(rounds.c.id == round_id)
    return connection.execute(query).all()


@dataclass(frozen=True, slots=True)
class Hold:
    """Who takes images, when, and until when they are held."""

    person_id: int
    moment: datetime
    until: datetime


def take(connection: Connection, round_row: AnyRow, hold: Hold, count: int) -> list[str]:
    """Lease up to `count` images of a round in one statement; return their hashes in order."""
    order = [own_last(hold.person_id)] if round_row.key == SECOND_LOOK else []
    free = _free(round_row, hold).order_by(*order, items.c.position).limit(count)
    # As a CTE it is worked out once; locked rows are another labeler's, and passed over.
    chosen = free.with_for_update(skip_locked=True, of=items).cte("chosen")
    taken = connection.execute(
        update(items)
        .where(items.c.round_id == round_row.id, items.c.position.in_(select(chosen.c.position)))
        .values(person_id=hold.person_id, leased_until=hold.until)
        .returning(items.c.position, items.c.sha256)
    ).all()
    return [row.sha256 for row in sorted(taken, key=lambda row: row.position)]


def free_at(table: FromClause, moment: datetime) -> ColumnElement[bool]:
    """Whether an item waits and nobody holds it at a moment."""
    held_no_more = or_(table.c.leased_until.is_(None), table.c.leased_until <= moment)
    return and_(table.c.state == ItemState.WAITING, held_no_more)


def _free(round_row: AnyRow, hold: Hold) -> Select[Any]:
    person_id, moment = hold.person_id, hold.moment
    query = select(items.c.position).where(items.c.round_id == round_row.id, free_at(items, moment))
    if round_row.overlap > 1:
        query = query.where(~_has_a_slot(person_id), ~_lower_slot_is_free(moment))
    if round_row.kind == RoundKind.AUDIT:
        query = query.where(*blind_to(person_id))
    if round_row.kind == RoundKind.REVIEW:
        query = query.where(~_audited_elsewhere())
    return query


def _has_a_slot(person_id: int) -> ColumnElement[bool]:
    other = items.alias("own_slot")
    return exists().where(
        other.c.round_id == items.c.round_id,
        other.c.sha256 == items.c.sha256,
        other.c.person_id == person_id,
    )


def _lower_slot_is_free(moment: datetime) -> ColumnElement[bool]:
    other = items.alias("lower_slot")
    return exists().where(
        other.c.round_id == items.c.round_id,
        other.c.sha256 == items.c.sha256,
        other.c.slot < items.c.slot,
        free_at(other, moment),
    )


def blind_to(person_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a person has seen no proposal for the image of an item."""
    saw = exists().where(
        seen.c.project_id == items.c.project_id,
        seen.c.sha256 == items.c.sha256,
        seen.c.person_id == person_id,
    )
    corrected = exists().where(
        annotations.c.project_id == items.c.project_id,
        annotations.c.sha256 == items.c.sha256,
        annotations.c.person_id == person_id,
        annotations.c.kind.in_(SIGHTED),
    )
    return ~saw, ~corrected


def _audited_elsewhere() -> ColumnElement[bool]:
    other, audit = items.alias("audit_item"), rounds.alias("audit")
    return exists().where(
        other.c.project_id == items.c.project_id,
        other.c.sha256 == items.c.sha256,
        other.c.round_id == audit.c.id,
        audit.c.kind == RoundKind.AUDIT,
        audit.c.state != RoundState.CLOSED,
    )


def show(
    connection: Connection, round_row: AnyRow, hold: Hold, shas: Sequence[str]
) -> list[LeasedItem]:
    """Build what the person gets to see; proposals only in a review, and noted as seen."""
    proposed = _proposals(connection, round_row, shas)
    doubts = doubts_of(round_row)
    _note_seen(connection, round_row, hold.person_id, list(proposed))
    rows = {row.sha256: row for row in connection.execute(_described(round_row.project_id, shas))}
    paths = paths_of(connection, round_row.project_id, shas)
    return [
        LeasedItem(
            round_id=round_row.id,
            round_kind=round_row.kind,
            sha256=sha,
            width=rows[sha].width,
            height=rows[sha].height,
            columns=json.loads(rows[sha].columns),
            path=next(iter(paths[sha]), ""),
            prelabel=proposed[sha].value if sha in proposed else None,
            confidence=proposed[sha].confidence if sha in proposed else None,
            tagged=doubts[sha].tagged if sha in doubts else None,
            model_version=round_row.model_version if sha in proposed else None,
            leased_until=hold.until,
        )
        for sha in shas
    ]


def _described(project_id: str, shas: Sequence[str]) -> Select[Any]:
    return select(images.c.sha256, images.c.width, images.c.height, images.c.columns).where(
        images.c.project_id == project_id, images.c.sha256.in_(shas)
    )


class _Proposal(NamedTuple):
    value: LabelValue | None
    confidence: float


def _proposals(
    connection: Connection, round_row: AnyRow, shas: Sequence[str]
) -> dict[str, _Proposal]:
    if round_row.kind != RoundKind.REVIEW or round_row.model_version is None:
        return {}
    doubts = doubts_of(round_row)
    if doubts:
        return {sha: _Proposal(doubts[sha].likelier, doubts[sha].sure) for sha in shas}
    query = select(prelabels).where(
        prelabels.c.model_version == round_row.model_version, prelabels.c.sha256.in_(shas)
    )
    return {
        row.sha256: _Proposal(to_value(row.value), row.confidence)
        for row in connection.execute(query)
    }


def _note_seen(
    connection: Connection, round_row: AnyRow, person_id: int, shas: Sequence[str]
) -> None:
    if shas:
        connection.execute(
            insert_into(seen, connection.dialect).on_conflict_do_nothing(),
            [
                {
                    "project_id": round_row.project_id,
                    "sha256": sha,
                    "person_id": person_id,
                    "model_version": round_row.model_version,
                }
                for sha in shas
            ],
        )
