"""Long writes of a walk, part by part: a part a transaction, so that answers come between.

What has to be read of a whole log is read beforehand, in a transaction that keeps nobody waiting;
a mark tells whether it still holds when it is written.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, insert, select, update

from models.certificate import WalkCertificate
from models.cycle import Claim
from models.round import Round, RoundKind, RoundState
from tenfold.errors import ConflictError
from tenfold.learning.walk.ladder import Ladder
from tenfold.store.certificates import store_certificate
from tenfold.store.committing import Row, append, length_of, normal_values
from tenfold.store.delivering import accept_commits
from tenfold.store.engine import Database
from tenfold.store.newest import round_of
from tenfold.store.openings import Opening, open_round, opened_before
from tenfold.store.rows import AnyRow, to_round
from tenfold.store.tables import (
    annotations,
    certificates,
    rounds,
    undone,
    walk_chunks,
    walk_commits,
    walks,
)
from tenfold.store.walk_account import refuse_missing, settle
from tenfold.store.walk_rows import heads, resolved, walk_row

PART = 500
"""Labels that are committed or accepted in one transaction."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The round that may follow from commits."""

    key: str
    needs_approval: bool = True
    reason: str = ""


class Mark(NamedTuple):
    """Changes with the log of a walk and its frozen verdicts."""

    commits: int
    closed_rounds: int


def mark_of(connection: Connection, row: AnyRow) -> Mark:
    """Return the mark of a walk as it is now."""
    closed = select(func.count()).where(
        rounds.c.project_id == row.project_id,
        rounds.c.walk_id == row.id,
        rounds.c.state == RoundState.CLOSED,
    )
    return Mark(length_of(connection, row.id), connection.execute(closed).scalar_one())


def words_of(connection: Connection, row: AnyRow) -> tuple[int, int]:
    """Return how often people have spoken of committed images, and taken it back."""
    said = (
        select(func.count())
        .select_from(annotations)
        .where(
            annotations.c.project_id == row.project_id,
            annotations.c.person_id.is_not(None),
            exists().where(
                walk_commits.c.walk_id == row.id, walk_commits.c.sha256 == annotations.c.sha256
            ),
        )
    )
    taken_back = said.join(undone, undone.c.annotation_id == annotations.c.id)
    return connection.execute(said).scalar_one(), connection.execute(taken_back).scalar_one()


@dataclass(frozen=True, slots=True)
class _Log:
    """A walk as it stood when it was read."""

    row: AnyRow
    mark: Mark
    due: list[str]
    errors: int
    done: int
    """Labels of the chunk that are in the log already."""


def commit(
    database: Database, claim: Claim, walk_id: str, rows: Sequence[Row], asking: Asking
) -> Round | None:
    """Commit labels in their order, then ask about those whose coins show heads."""
    while True:
        with database.claimed(claim) as connection:
            row = own(connection, claim, walk_id)
            chunk = _chunk(connection, walk_id, asking.key)
            if chunk is not None and (chunk.round_id or _is_whole(connection, chunk)):
                return _round_of_chunk(connection, chunk)
        with database.read() as connection:
            log = _refuse_unless_open(connection, claim, row, chunk, rows)
        if _commit_parts(database, claim, log, rows, asking):
            with database.read() as connection:
                chunk = _chunk(connection, walk_id, asking.key)
                return None if chunk is None else _round_of_chunk(connection, chunk)


def _commit_parts(
    database: Database, claim: Claim, log: _Log, rows: Sequence[Row], asking: Asking
) -> bool:
    """Write what is missing of a chunk, and ask with its last part; return whether it is done.

    It isn't where another writer went on with the walk meanwhile.
    """
    row, due = log.row, list(log.due)
    rate = Ladder(tuple(json.loads(row.rates))).rate(log.errors) or 0.0
    for place in range(log.done, max(len(rows), log.done + 1), PART):
        part = rows[place : place + PART]
        with database.claimed(claim) as connection:
            if mark_of(connection, row) != (log.mark[0] + place - log.done, log.mark[1]):
                return False
            _refuse_open_round(connection, row)
            if place == 0:
                _begin(connection, row, asking.key, len(rows))
            append(connection, claim, row, part)
            due += heads(row, [sha for sha, _, _ in part], rate)
            if place + PART >= len(rows) and due:
                _open(connection, row, asking, sorted(due))
    return True


def _begin(connection: Connection, row: AnyRow, key: str, size: int) -> None:
    """Begin a chunk; one that was given up on the way ends where it is."""
    first = length_of(connection, row.id)
    connection.execute(
        update(walk_chunks)
        .where(walk_chunks.c.walk_id == row.id, walk_chunks.c.first + walk_chunks.c.size > first)
        .values(size=first - walk_chunks.c.first)
    )
    connection.execute(
        insert(walk_chunks).values(walk_id=row.id, first=first, key=key, size=size, round_id=None)
    )


def _is_whole(connection: Connection, chunk: AnyRow) -> bool:
    """Whether all labels of a chunk are in the log; people were asked with the last of them."""
    return bool(length_of(connection, chunk.walk_id) >= chunk.first + chunk.size)


def ask(database: Database, claim: Claim, walk_id: str, asking: Asking) -> Round | None:
    """Open an audit round of what is due, in the order of the hashes, which says nothing.

    A round of the walk that is open still is returned as it is.
    """
    while True:
        with database.claimed(claim) as connection:
            row = own(connection, claim, walk_id)
            before = _asked_before(connection, row, asking.key)
            if before is not None:
                return to_round(before)
        with database.read() as connection:
            mark = mark_of(connection, row)
            due = sorted(resolved(connection, row).due)
        if not due:
            return None
        with database.claimed(claim) as connection:
            before = _asked_before(connection, row, asking.key)
            if before is not None:
                return to_round(before)
            if mark_of(connection, row) == mark:
                return _open(connection, row, asking, due)


def _open(connection: Connection, row: AnyRow, asking: Asking, due: Sequence[str]) -> Round:
    opened = open_round(connection, _opening(row, asking), due)
    for start in range(0, len(due), PART):
        connection.execute(
            update(walk_commits)
            .where(
                walk_commits.c.walk_id == row.id,
                walk_commits.c.sha256.in_(due[start : start + PART]),
            )
            .values(round_id=opened.id)
        )
    connection.execute(
        update(walk_chunks)
        .where(walk_chunks.c.walk_id == row.id, walk_chunks.c.key == asking.key)
        .values(round_id=opened.id)
    )
    return to_round(opened)


def asked_last(connection: Connection, walk_id: str) -> bool:
    """Whether people were asked about the last chunk of a walk."""
    last = select(func.max(walk_chunks.c.first)).where(walk_chunks.c.walk_id == walk_id)
    query = select(walk_commits.c.position).where(
        walk_commits.c.walk_id == walk_id,
        walk_commits.c.position >= last.scalar_subquery(),
        walk_commits.c.round_id.is_not(None),
    )
    return connection.scalar(query.limit(1)) is not None


def deliver(database: Database, claim: Claim, certificate: WalkCertificate) -> WalkCertificate:
    """Accept what a walk delivers, part by part, and keep its certificate in the end."""
    with database.claimed(claim) as connection:
        row = own(connection, claim, certificate.id)
        if row.closed_at is not None:
            return _kept(connection, row.id)
    with database.read() as connection:
        before = mark_of(connection, row), words_of(connection, row)
        account, found = settle(connection, row)
    _refuse_other(certificate, (account.inputs, account.accepted))
    delivered = sorted(found.delivered)
    for start in range(0, len(delivered), PART):
        with database.claimed(claim) as connection:
            accept_commits(connection, claim, certificate, delivered[start : start + PART])
    with database.claimed(claim) as connection:
        row = own(connection, claim, certificate.id)
        if row.closed_at is not None:
            return _kept(connection, row.id)
        if (mark_of(connection, row), words_of(connection, row)) != before:
            raise ConflictError(CHANGED)
        return _close(connection, row, certificate)


CHANGED = "The certificate says something else than the walk comes to."


def _refuse_other(certificate: WalkCertificate, found: tuple[object, object]) -> None:
    if (certificate.inputs, certificate.accepted) != found:
        raise ConflictError(CHANGED)


def _close(connection: Connection, row: AnyRow, certificate: WalkCertificate) -> WalkCertificate:
    revealed = certificate.inputs.model_copy(update={"seed": row.seed})
    signed = certificate.model_copy(update={"inputs": revealed})
    store_certificate(connection, row.cycle_id, signed)
    connection.execute(
        update(walks).where(walks.c.id == row.id).values(closed_at=signed.created_at)
    )
    return signed


def own(connection: Connection, claim: Claim, walk_id: str) -> AnyRow:
    """Return the row of a claim's walk.

    Raises:
        ConflictError: it belongs to another cycle.
    """
    row = walk_row(connection, walk_id)
    if row.cycle_id != claim.cycle_id:
        raise ConflictError(f"Walk {walk_id} belongs to another cycle.")
    return row


def _refuse_unless_open(
    connection: Connection, claim: Claim, row: AnyRow, chunk: AnyRow | None, rows: Sequence[Row]
) -> _Log:
    """Refuse rows that can't be committed now, before any of them is written."""
    if row.closed_at is not None:
        raise ConflictError("The walk is closed: its labels are delivered.")
    mark, found = mark_of(connection, row), resolved(connection, row)
    done = 0 if chunk is None else mark.commits - chunk.first
    if not done:
        refuse_missing(found)
    if found.ended:
        raise ConflictError("The walk has ended: its last rate is used up.")
    _refuse_open_round(connection, row)
    normal_values(connection, claim, row.id, rows[done:])
    return _Log(row, mark, found.due, found.errors, done)


def _refuse_open_round(connection: Connection, row: AnyRow) -> None:
    waiting = select(rounds.c.id).where(
        rounds.c.cycle_id == row.cycle_id,
        rounds.c.state != RoundState.CLOSED,
        rounds.c.backlog.is_(False),
    )
    if connection.scalar(waiting.limit(1)) is not None:
        raise ConflictError(
            "A round of this cycle is open.", "Close it before labels are committed."
        )


def _chunk(connection: Connection, walk_id: str, key: str) -> AnyRow | None:
    return connection.execute(
        select(walk_chunks).where(walk_chunks.c.walk_id == walk_id, walk_chunks.c.key == key)
    ).one_or_none()


def _round_of_chunk(connection: Connection, chunk: AnyRow) -> Round | None:
    return to_round(round_of(connection, chunk.round_id)) if chunk.round_id else None


def _asked_before(connection: Connection, row: AnyRow, key: str) -> AnyRow | None:
    """Return the round under a key, or one of the walk that isn't closed."""
    return (
        opened_before(connection, row.cycle_id, key)
        or connection.execute(
            select(rounds)
            .where(rounds.c.walk_id == row.id, rounds.c.state != RoundState.CLOSED)
            .limit(1)
        ).one_or_none()
    )


def _opening(row: AnyRow, asking: Asking) -> Opening:
    return Opening(
        project_id=row.project_id,
        cycle_id=row.cycle_id,
        key=asking.key,
        kind=RoundKind.AUDIT,
        walk_id=row.id,
        needs_approval=asking.needs_approval,
        reason=asking.reason,
        overlap=row.overlap,
        params={"walk": row.id},
    )


def _kept(connection: Connection, walk_id: str) -> WalkCertificate:
    record = connection.scalar(select(certificates.c.record).where(certificates.c.id == walk_id))
    return WalkCertificate.model_validate_json(record or "")
