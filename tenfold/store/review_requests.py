"""What is asked of people outside rounds: to answer an image anew, or to look at one."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, insert, select, update

from models.project import Project
from models.record import now
from models.round import LeasedItem, Returned, RoundKind
from tenfold.errors import ConflictError, NotFoundError
from tenfold.store.drafts import BEGUN, begun_in, of_person
from tenfold.store.newest import held_blind, paths_of
from tenfold.store.rows import AnyRow, to_value
from tenfold.store.tables import (
    annotations,
    drafts,
    images,
    items,
    people,
    review_requests,
    rounds,
    undone,
)

CHUNK = 500
"""Images in one query."""

OPEN = review_requests.c.closed_at.is_(None)


def answer_of(connection: Connection, project_id: str, annotation_id: int) -> AnyRow:
    """Return an answer of a person that still counts.

    Raises:
        NotFoundError: the project has no such answer.
        ConflictError: it was taken back.
    """
    query = (
        select(annotations, undone.c.at.label("undone_at"))
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
        .where(annotations.c.project_id == project_id, annotations.c.id == annotation_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None or row.person_id is None:
        raise NotFoundError(f"The project has no answer {annotation_id} of a person.")
    if row.undone_at is not None:
        raise ConflictError("This answer was replaced or taken back.", "Look at the newer one.")
    return row


def send_back(
    connection: Connection, project_id: str, annotation_id: int, by_id: int, comment: str
) -> None:
    """Ask the labeler of an answer to answer again; until then the answer stands.

    Raises:
        NotFoundError: the project has no such answer.
        ConflictError: it was taken back, belongs to an audit, or fills no place of a round.
    """
    row = answer_of(connection, project_id, annotation_id)
    _refuse_frozen(connection, row)
    close(connection, project_id, [row.sha256])
    connection.execute(
        insert(review_requests).values(
            project_id=project_id,
            sha256=row.sha256,
            annotation_id=annotation_id,
            person_id=row.person_id,
            by_id=by_id,
            comment=comment,
            at=now(),
        )
    )


def _refuse_frozen(connection: Connection, answer: AnyRow) -> None:
    if held_blind(connection, answer.project_id, [answer.sha256]):
        raise ConflictError(
            "This image is being answered blind in an audit, or may yet be.",
            "Send it back once the audit is approved, or the certificate is there.",
        )
    filled = connection.scalar(
        select(items.c.position)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.round_id == answer.round_id,
            items.c.annotation_id == answer.id,
            rounds.c.kind != RoundKind.AUDIT,
        )
    )
    if filled is None:
        raise ConflictError(
            "Only the answers of manual and review rounds can be sent back.",
            "Correct it yourself: answers of audits are frozen.",
        )


def ask(
    connection: Connection, project_id: str, shas: Sequence[str], by_id: int, comment: str
) -> int:
    """Ask reviewers to look at images; return how many they weren't asked for yet."""
    added = 0
    for start in range(0, len(shas), CHUNK):
        part = {"project_id": project_id, "by_id": by_id, "comment": comment, "at": now()}
        rows = [
            {**part, "sha256": sha}
            for sha in _not_asked(connection, project_id, shas[start : start + CHUNK])
        ]
        if rows:
            connection.execute(insert(review_requests), rows)
        added += len(rows)
    return added


def _not_asked(connection: Connection, project_id: str, shas: Sequence[str]) -> list[str]:
    there = set(
        connection.scalars(
            select(images.c.sha256).where(
                images.c.project_id == project_id, images.c.sha256.in_(shas)
            )
        )
    )
    asked = set(
        connection.scalars(
            select(review_requests.c.sha256).where(
                OPEN,
                review_requests.c.project_id == project_id,
                review_requests.c.sha256.in_(shas),
            )
        )
    )
    return [sha for sha in dict.fromkeys(shas) if sha in there and sha not in asked]


def close(connection: Connection, project_id: str, shas: Sequence[str]) -> None:
    """Note that what was asked of images is dealt with."""
    connection.execute(_CLOSE, {"project": project_id, "shas": list(shas), "moment": now()})


# What labelers' requests execute is built once: building costs more than executing.
_CLOSE = (
    update(review_requests)
    .where(
        OPEN,
        review_requests.c.project_id == bindparam("project"),
        review_requests.c.sha256.in_(bindparam("shas", expanding=True)),
    )
    .values(closed_at=bindparam("moment"))
)

_SENT_BACK = select(review_requests.c.annotation_id).where(
    OPEN,
    review_requests.c.project_id == bindparam("project"),
    review_requests.c.person_id == bindparam("person"),
    review_requests.c.sha256 == bindparam("sha"),
)


def sent_back(connection: Connection, project_id: str, person_id: int, sha256: str) -> int | None:
    """Return the answer of a person to an image that they are asked to give again, if any."""
    return connection.scalar(
        _SENT_BACK, {"project": project_id, "person": person_id, "sha": sha256}
    )


_BY = people.alias("asking")

_RETURNED: Select[Any] = (
    select(
        review_requests.c.comment,
        _BY.c.name.label("by"),
        annotations.c.round_id,
        annotations.c.sha256,
        annotations.c.value,
        rounds.c.kind,
        images.c.width,
        images.c.height,
        images.c.columns,
        *BEGUN,
    )
    .join(annotations, annotations.c.id == review_requests.c.annotation_id)
    .join(rounds, rounds.c.id == annotations.c.round_id)
    .join(_BY, _BY.c.id == review_requests.c.by_id)
    .join(
        images,
        and_(
            images.c.project_id == review_requests.c.project_id,
            images.c.sha256 == review_requests.c.sha256,
        ),
    )
    .outerjoin(drafts, of_person(images, annotations.c.round_id, bindparam("person")))
    .where(
        OPEN,
        review_requests.c.project_id == bindparam("project"),
        review_requests.c.person_id == bindparam("person"),
        images.c.gone.is_(False),
    )
    .order_by(review_requests.c.id)
    .limit(bindparam("most"))
)


def returned_to(
    connection: Connection, project: Project, person_id: int, most: int, until: datetime
) -> list[LeasedItem]:
    """Return what a person is asked to answer again, the oldest request first; no proposal."""
    values = {"project": project.id, "person": person_id, "most": most}
    rows = connection.execute(_RETURNED, values).all()
    paths = paths_of(connection, project.id, [row.sha256 for row in rows])
    return [
        LeasedItem(
            round_id=row.round_id,
            round_kind=row.kind,
            sha256=row.sha256,
            width=row.width,
            height=row.height,
            columns=json.loads(row.columns),
            path=next(iter(paths[row.sha256]), ""),
            returned=Returned(by=row.by, comment=row.comment, value=to_value(row.value)),
            begun=begun_in(project, row),
            leased_until=until,
        )
        for row in rows
    ]
