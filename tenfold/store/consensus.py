"""What several people's answers come to, weighed: of manual rounds alone, never of audits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from models.agreement import Answers, Decided, Said
from models.annotation import AnnotationKind
from models.cycle import Claim
from models.project import Project
from models.record import now
from models.round import ItemState, RoundKind, RoundState
from tenfold.store.answers import checked
from tenfold.store.cycles import cycle_of
from tenfold.store.finals import recompute
from tenfold.store.newest import held_blind, project_of
from tenfold.store.rows import AnyRow, from_value, in_todays_names, to_value
from tenfold.store.tables import annotations, items, people, rounds, undone

CHUNK = 500
"""Images in one query."""


def overlapping(connection: Connection, cycle_id: str) -> list[str]:
    """Return the closed manual rounds of a cycle in which several people answered each image."""
    query = select(rounds.c.id).where(
        rounds.c.cycle_id == cycle_id,
        rounds.c.kind == RoundKind.MANUAL,
        rounds.c.overlap > 1,
        rounds.c.state == RoundState.CLOSED,
    )
    return list(connection.scalars(query.order_by(rounds.c.number)))


def answers_of(connection: Connection, cycle_id: str) -> list[Answers]:
    """Return what people said in these rounds, image by image."""
    chosen = overlapping(connection, cycle_id)
    project = project_of(connection, cycle_of(connection, cycle_id).project_id)
    rows = connection.execute(answered().where(items.c.round_id.in_(chosen)))
    return [
        Answers(sha256=sha256, round_id=round_id, said=said_in(project, given))
        for (sha256, round_id), given in groupby(rows, lambda row: (row.sha256, row.round_id))
    ]


def said_in(project: Project, rows: Iterable[AnyRow]) -> tuple[Said, ...]:
    """Return who said what in rows of `answered`, with the names that the classes have now."""
    return tuple(
        Said(
            person=row.person,
            value=to_value(in_todays_names(project, row.value)),
            skip=row.skip,
        )
        for row in rows
    )


def answered() -> Select[Any]:
    """Select what people said of images of rounds, image by image, in the order of the answers."""
    return (
        select(
            items.c.sha256,
            items.c.round_id,
            annotations.c.value,
            annotations.c.skip,
            people.c.name.label("person"),
        )
        .join(annotations, annotations.c.id == items.c.annotation_id)
        .join(people, people.c.id == annotations.c.person_id)
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
        .where(items.c.state == ItemState.ANSWERED, undone.c.annotation_id.is_(None))
        .order_by(items.c.sha256, items.c.round_id, annotations.c.id)
    )


def keep_decided(
    connection: Connection, claim: Claim, decided: Sequence[Decided], model_version: str
) -> int:
    """Write what answers come to, as far as it isn't there yet; return of how many images.

    What isn't of a closed manual round that several people answered, or is in an audit, is passed
    over.
    """
    project = project_of(connection, claim.project_id)
    rows = []
    for start in range(0, len(decided), CHUNK):
        part = decided[start : start + CHUNK]
        allowed = _allowed(connection, claim, [one.sha256 for one in part])
        there = _there(connection, project, [one.sha256 for one in part])
        for one in part:
            value = from_value(checked(connection, project, one.sha256, one.value))
            if one.round_id in allowed[one.sha256] and there.get(one.sha256) != value:
                rows.append(_row(project, one, value, model_version))
    if rows:
        connection.execute(insert(annotations), rows)
        recompute(connection, project, [str(row["sha256"]) for row in rows])
    return len(rows)


def _row(
    project: Project, one: Decided, value: str | None, model_version: str
) -> dict[str, object]:
    return {
        "project_id": project.id,
        "sha256": one.sha256,
        "kind": AnnotationKind.CONSENSUS,
        "value": value,
        "round_id": one.round_id,
        "model_version": model_version,
        "classes_version": project.classes_version,
        "created_at": now(),
    }


def _allowed(connection: Connection, claim: Claim, shas: list[str]) -> defaultdict[str, set[str]]:
    """Return the rounds by whose answers each image may be decided; none if it was audited."""
    chosen = set(overlapping(connection, claim.cycle_id))
    query = (
        select(items.c.sha256, items.c.round_id, rounds.c.kind)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(items.c.project_id == claim.project_id, items.c.sha256.in_(shas))
    )
    rows = connection.execute(query).all()
    blind = {row.sha256 for row in rows if row.kind == RoundKind.AUDIT}
    blind |= held_blind(connection, claim.project_id, shas)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.round_id in chosen and row.sha256 not in blind:
            found[row.sha256].add(row.round_id)
    return found


def _there(connection: Connection, project: Project, shas: Sequence[str]) -> dict[str, str | None]:
    """Return what the answers to each image came to the last time, with the names of now."""
    newest = (
        select(func.max(annotations.c.id))
        .where(
            annotations.c.project_id == project.id,
            annotations.c.sha256.in_(shas),
            annotations.c.kind == AnnotationKind.CONSENSUS,
        )
        .group_by(annotations.c.sha256)
    )
    query = select(annotations.c.sha256, annotations.c.value).where(annotations.c.id.in_(newest))
    return {row.sha256: in_todays_names(project, row.value) for row in connection.execute(query)}
