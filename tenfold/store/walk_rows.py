"""Rows of walks, as rounds and pages need to know them, and the log with its coins."""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select, update

from models.round import RoundKind
from models.walk import Walk, WalkCommit
from tenfold.errors import ConflictError, NotFoundError
from tenfold.learning.walk import coins
from tenfold.learning.walk.ladder import Ladder
from tenfold.learning.walk.ledger import Commit, Resolution, resolve
from tenfold.store.newest import project_of
from tenfold.store.older_lists import agreeing
from tenfold.store.round_answers import answers_of
from tenfold.store.rows import AnyRow, to_value
from tenfold.store.tables import annotations, images, rounds, walk_commits, walks


def to_walk(row: AnyRow) -> Walk:
    """Build a walk from its row; the seed stays behind."""
    names = set(Walk.model_fields) - {"rates"}
    fields = {name: getattr(row, name) for name in names}
    return Walk.model_validate({**fields, "rates": json.loads(row.rates)})


def walk_row(connection: Connection, walk_id: str) -> AnyRow:
    """Return the row of a walk.

    Raises:
        NotFoundError: no such walk.
    """
    row = connection.execute(select(walks).where(walks.c.id == walk_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no walk {walk_id}.")
    return row


def walk_of_cycle(connection: Connection, cycle_id: str) -> AnyRow | None:
    """Return the row of a cycle's walk, if it has one."""
    return connection.execute(select(walks).where(walks.c.cycle_id == cycle_id)).one_or_none()


def had_audit(connection: Connection, cycle_id: str) -> bool:
    """Whether an audit was drawn in a cycle, for a look or by a walk."""
    query = select(rounds.c.id).where(
        rounds.c.cycle_id == cycle_id, rounds.c.kind == RoundKind.AUDIT
    )
    return connection.scalar(query.limit(1)) is not None


def refuse_beside_walk(connection: Connection, cycle_id: str) -> None:
    """Refuse another way to a certificate where a walk spends the whole risk already.

    Raises:
        ConflictError: the cycle has a walk.
    """
    if walk_of_cycle(connection, cycle_id) is not None:
        raise ConflictError("This cycle is certified by a walk; a second audit isn't covered.")


def refuse_second_audit(connection: Connection, cycle_id: str) -> None:
    """Refuse an audit where a walk or another audit spends the whole risk already.

    Raises:
        ConflictError: the cycle has either.
    """
    refuse_beside_walk(connection, cycle_id)
    if had_audit(connection, cycle_id):
        raise ConflictError("This cycle has had its audit; a second one isn't covered.")


def read_log(connection: Connection, walk_id: str) -> list[WalkCommit]:
    """Return the commits of a walk in their order, with the answers that were frozen."""
    query = (
        select(walk_commits, annotations.c.value.label("answer"))
        .outerjoin(annotations, annotations.c.id == walk_commits.c.annotation_id)
        .where(walk_commits.c.walk_id == walk_id)
        .order_by(walk_commits.c.position)
    )
    names = set(WalkCommit.model_fields) - {"value", "answer"}
    return [
        WalkCommit.model_validate(
            {
                **{name: getattr(row, name) for name in names},
                "value": to_value(row.value),
                "answer": to_value(row.answer),
            }
        )
        for row in connection.execute(query)
    ]


def resolved(connection: Connection, row: AnyRow) -> Resolution:
    """Return where a walk stands; only here and in `heads` an open walk's coins are looked at."""
    query = (
        select(walk_commits.c.sha256, walk_commits.c.wrong)
        .where(walk_commits.c.walk_id == row.id)
        .order_by(walk_commits.c.position)
    )
    log = [
        Commit(sha, coins.coin(row.seed, sha), wrong) for sha, wrong in connection.execute(query)
    ]
    return resolve(log, Ladder(tuple(json.loads(row.rates))))


def heads(row: AnyRow, committed: Sequence[str], rate: float) -> list[str]:
    """Return those of the committed images whose coins show heads at a rate."""
    return [sha for sha in committed if coins.coin(row.seed, sha) < rate]


def note_verdicts(connection: Connection, round_row: AnyRow) -> None:
    """Freeze which answers of a walk's audit round disagree with what was committed."""
    agrees = agreeing(project_of(connection, round_row.project_id))
    query = select(walk_commits.c.sha256, walk_commits.c.value).where(
        walk_commits.c.walk_id == round_row.walk_id, walk_commits.c.round_id == round_row.id
    )
    committed = {row.sha256: row.value for row in connection.execute(query)}
    verdicts = []
    for answer in answers_of(connection, round_row):
        value = to_value(committed[answer.sha256])
        right = value is not None and answer.value is not None and agrees(value, answer.value)
        verdicts.append({"s": answer.sha256, "v_wrong": not right, "v_annotation": answer.id})
    if verdicts:
        connection.execute(
            update(walk_commits)
            .where(
                walk_commits.c.walk_id == round_row.walk_id,
                walk_commits.c.sha256 == bindparam("s"),
            )
            .values(wrong=bindparam("v_wrong"), annotation_id=bindparam("v_annotation")),
            verdicts,
        )


def in_open_walk() -> ColumnElement[bool]:
    """Return the condition that an image's label is committed in a walk that isn't closed."""
    return exists().where(
        walk_commits.c.project_id == images.c.project_id,
        walk_commits.c.sha256 == images.c.sha256,
        walk_commits.c.walk_id == walks.c.id,
        walks.c.closed_at.is_(None),
    )
