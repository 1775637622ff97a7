"""Leases: handing images of open rounds to labelers, one image to one person at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    UpdateBase,
    and_,
    bindparam,
    exists,
    or_,
    select,
    update,
)

from models.annotation import AnnotationKind
from models.label import LabelValue
from models.project import Project, ProjectState
from models.round import Assigning, ItemState, LeasedItem, RoundKind, RoundState
from tenfold.store.drafts import BEGUN, begun_in, of_person
from tenfold.store.newest import project_of
from tenfold.store.people import active_person
from tenfold.store.rows import SECOND_LOOK, AnyRow, parsed
from tenfold.store.second_looks import doubts_of, own_last
from tenfold.store.standings import BESIDE, project_beside
from tenfold.store.tables import (
    annotations,
    drafts,
    images,
    items,
    people,
    prelabels,
    projects,
    review_requests,
    rounds,
    seen,
    sources,
)
from tenfold.store.tallies import insert_into

SIGHTED = (AnnotationKind.REVIEW, AnnotationKind.CORRECTION, AnnotationKind.ADJUDICATION)
"""Kinds of annotations that a person makes with a proposal before their eyes."""


def give_back(
    connection: Connection,
    project_id: str,
    person_id: int,
    shas: Sequence[str] | None = None,
    until: datetime | None = None,
) -> int:
    """End a person's leases in a project, those that run no longer than `until`; count them."""
    statement = _GIVE_BACK if shas is None else _GIVE_BACK.where(items.c.sha256.in_(shas))
    if until is not None:
        statement = statement.where(items.c.leased_until <= until)
    return connection.execute(statement, {"of": person_id, "project": project_id}).rowcount


# What labelers' requests execute is built once: building costs more than executing.
_GIVE_BACK = (
    update(items)
    .where(
        items.c.person_id == bindparam("of"),
        items.c.project_id == bindparam("project"),
        items.c.leased_until.is_not(None),
    )
    .values(person_id=None, leased_until=None)
)

_SENT_BACK = exists().where(
    review_requests.c.project_id == bindparam("project"),
    review_requests.c.person_id == bindparam("person"),
    review_requests.c.closed_at.is_(None),
)

_OPEN_ROUNDS = (
    select(
        rounds,
        people.c.active.label("person_active"),
        _SENT_BACK.label("sent_back"),
        *BESIDE,
    )
    .select_from(people)
    .join(projects, projects.c.id == bindparam("project"))
    .outerjoin(
        rounds, and_(rounds.c.project_id == projects.c.id, rounds.c.state == RoundState.OPEN)
    )
    .where(people.c.id == bindparam("person"))
    .order_by(rounds.c.backlog, rounds.c.opened_at, rounds.c.number)
)


class Wanted(NamedTuple):
    """What may be handed to a person."""

    rounds: Sequence[AnyRow]
    """Those of the pipeline before backlogs, oldest first."""
    sent_back: bool
    """Whether a reviewer sent answers of theirs back."""
    project: Project


def wanted_of(connection: Connection, project_id: str, person_id: int) -> Wanted:
    """Return rounds that want answers, and whether answers are wanted again.

    Raises:
        NotFoundError: no such project, or person.
        ForbiddenError: the person may no longer work here.
    """
    found = connection.execute(_OPEN_ROUNDS, {"project": project_id, "person": person_id}).all()
    if not found or not found[0].person_active:
        active_person(connection, person_id)
        project_of(connection, project_id)
    active = [row for row in found if row.project_state == ProjectState.ACTIVE]
    return Wanted(
        [row for row in active if row.id],
        any(row.sent_back for row in active),
        project_beside(found[0], project_id),
    )


@dataclass(frozen=True, slots=True)
class Hold:
    """Who takes images, when, and until when they are held."""

    person_id: int
    moment: datetime
    until: datetime


Whose = Literal["own", "nobody's", "others'"]
"""Images that are meant for the person, for nobody, or for somebody else."""

WAYS: dict[str, tuple[Whose, ...]] = {
    "": ("nobody's",),
    Assigning.FIRST: ("own", "nobody's", "others'"),
    Assigning.ONLY: ("own", "nobody's"),
}
"""In which order images are handed out; see `Round.assigning`."""


def take(connection: Connection, round_row: AnyRow, hold: Hold, count: int) -> list[str]:
    """Lease up to `count` images of a round; return their hashes, those meant for one first."""
    found: list[str] = []
    for whose in WAYS[round_row.assigning]:
        if len(found) < count:
            found += _take(connection, round_row, hold, count - len(found), whose)
    return found


def _take(
    connection: Connection, round_row: AnyRow, hold: Hold, count: int, whose: Whose
) -> list[str]:
    taken = connection.execute(
        _taking(
            RoundKind(round_row.kind),
            whose,
            overlapping=round_row.overlap > 1,
            second_look=round_row.key == SECOND_LOOK,
        ),
        {
            "of": round_row.id,
            "person": hold.person_id,
            "moment": hold.moment,
            "until": hold.until,
            "most": count,
        },
    ).all()
    return [row.sha256 for row in sorted(taken, key=lambda row: row.position)]


@cache
def _taking(kind: RoundKind, whose: Whose, *, overlapping: bool, second_look: bool) -> UpdateBase:
    """Return the statement that leases free images of a round of a kind."""
    of_round = items.c.round_id == bindparam("of")
    order = [own_last(_PERSON)] if second_look else []
    # In the order of the index, so that nothing is sorted.
    by = [items.c.assigned_to, items.c.position] if whose == "others'" else [items.c.position]
    free = _free(kind, whose, overlapping=overlapping).order_by(*order, *by)
    # As a CTE it is worked out once; locked rows are another labeler's, and passed over.
    chosen = free.limit(bindparam("most")).with_for_update(skip_locked=True, of=items).cte("chosen")
    return (
        update(items)
        .where(of_round, items.c.position.in_(select(chosen.c.position)))
        .values(person_id=bindparam("person"), leased_until=bindparam("until"))
        .returning(items.c.position, items.c.sha256)
    )


_PERSON = bindparam("person", type_=items.c.person_id.type)

Moment = datetime | BindParameter[datetime]
Who = int | BindParameter[int]


def free_at(table: FromClause, moment: Moment) -> ColumnElement[bool]:
    """Whether an item waits and nobody holds it at a moment."""
    held_no_more = or_(table.c.leased_until.is_(None), table.c.leased_until <= moment)
    return and_(table.c.state == ItemState.WAITING, held_no_more)


def _free(kind: RoundKind, whose: Whose, *, overlapping: bool) -> Select[Any]:
    moment: BindParameter[datetime] = bindparam("moment")
    of_round = items.c.round_id == bindparam("of")
    query = select(items.c.position).where(of_round, free_at(items, moment), _meant_for(whose))
    if overlapping:
        query = query.where(~_has_a_slot(_PERSON))
    if overlapping and whose == "nobody's":
        query = query.where(~_lower_slot_is_free(moment))
    if kind is RoundKind.AUDIT:
        query = query.where(*blind_to(_PERSON))
    if kind is RoundKind.REVIEW:
        query = query.where(~_audited_elsewhere())
    return query


def _meant_for(whose: Whose) -> ColumnElement[bool]:
    if whose == "own":
        return items.c.assigned_to == _PERSON
    return items.c.assigned_to > 0 if whose == "others'" else items.c.assigned_to == 0


def _has_a_slot(person_id: Who) -> ColumnElement[bool]:
    other = items.alias("own_slot")
    return exists().where(
        other.c.round_id == items.c.round_id,
        other.c.sha256 == items.c.sha256,
        other.c.person_id == person_id,
    )


def _lower_slot_is_free(moment: Moment) -> ColumnElement[bool]:
    other = items.alias("lower_slot")
    return exists().where(
        other.c.round_id == items.c.round_id,
        other.c.sha256 == items.c.sha256,
        other.c.slot < items.c.slot,
        other.c.assigned_to == 0,
        free_at(other, moment),
    )


def blind_to(person_id: Who) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
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
    project = project_beside(round_row, round_row.project_id)
    doubts = doubts_of(round_row)
    _note_seen(connection, round_row, hold.person_id, list(proposed))
    wanted = {
        "project": project.id,
        "shas": shas,
        "round": round_row.id,
        "person": hold.person_id,
    }
    described = connection.execute(_DESCRIBED, wanted).all()
    # Of an image that lies at several paths, the first in their order.
    ordered = sorted(described, key=lambda row: row.path or "", reverse=True)
    rows = {row.sha256: row for row in ordered}
    return [
        LeasedItem(
            round_id=round_row.id,
            round_kind=round_row.kind,
            sha256=sha,
            width=rows[sha].width,
            height=rows[sha].height,
            columns=json.loads(rows[sha].columns),
            path=rows[sha].path or "",
            prelabel=proposed[sha].value if sha in proposed else None,
            confidence=proposed[sha].confidence if sha in proposed else None,
            tagged=project.today(doubts[sha].tagged) if sha in doubts else None,
            model_version=round_row.model_version if sha in proposed else None,
            begun=begun_in(project, rows[sha]),
            leased_until=hold.until,
        )
        for sha in shas
    ]


# Sorted by the caller: asked to sort, SQLite walks all paths of the project in their order.
_DESCRIBED: Select[Any] = (
    select(
        images.c.sha256,
        images.c.width,
        images.c.height,
        images.c.columns,
        sources.c.path,
        *BEGUN,
    )
    .outerjoin(
        sources,
        and_(
            sources.c.project_id == images.c.project_id,
            sources.c.sha256 == images.c.sha256,
            sources.c.gone.is_(False),
        ),
    )
    .outerjoin(drafts, of_person(images, bindparam("round"), bindparam("person")))
    .where(
        images.c.project_id == bindparam("project"),
        images.c.sha256.in_(bindparam("shas", expanding=True)),
    )
)


class _Proposal(NamedTuple):
    value: LabelValue
    confidence: float


def _proposals(
    connection: Connection, round_row: AnyRow, shas: Sequence[str]
) -> dict[str, _Proposal]:
    if round_row.kind != RoundKind.REVIEW or round_row.model_version is None:
        return {}
    today = project_beside(round_row, round_row.project_id).today
    doubts = doubts_of(round_row)
    if doubts:
        return {sha: _Proposal(today(doubts[sha].likelier), doubts[sha].sure) for sha in shas}
    query = select(prelabels).where(
        prelabels.c.model_version == round_row.model_version, prelabels.c.sha256.in_(shas)
    )
    return {
        row.sha256: _Proposal(today(parsed(row.value)), row.confidence)
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
