"""Withdrawing images of a round that nobody has answered yet."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from models.record import now
from models.round import ItemState, RoundState
from tenfold.store.tables import items, rounds


def withdraw(connection: Connection, round_id: str, shas: Sequence[str] | None = None) -> int:
    """Return unanswered items of a round to the pool, leased ones too; count the images.

    Args:
        connection: a write that holds the project's lock.
        round_id: the round.
        shas: only these images; None: all.
    """
    statement = (
        update(items)
        .where(items.c.round_id == round_id, items.c.state == ItemState.WAITING)
        .values(state=ItemState.RETURNED, leased_until=None, person_id=None)
        .returning(items.c.sha256)
    )
    if shas is None:
        returned = list(connection.scalars(statement))
    else:
        returned = [
            sha
            for start in range(0, len(shas), 500)
            for sha in connection.scalars(
                statement.where(items.c.sha256.in_(shas[start : start + 500]))
            )
        ]
    if returned:
        connection.execute(
            update(rounds).where(rounds.c.id == round_id).values(size=rounds.c.size - len(returned))
        )
        note_answered(connection, round_id)
    return len(set(returned))


def note_answered(connection: Connection, round_id: str) -> None:
    """Say that an open round is answered once no answer is missing."""
    connection.execute(
        update(rounds)
        .where(
            rounds.c.id == round_id,
            rounds.c.state == RoundState.OPEN,
            rounds.c.answered >= rounds.c.size,
        )
        .values(state=RoundState.ANSWERED, answered_at=now())
    )


def open_backlogs(connection: Connection, cycle_id: str) -> list[str]:
    """Return the backlogs of a cycle that aren't closed."""
    return list(
        connection.scalars(
            select(rounds.c.id).where(
                rounds.c.cycle_id == cycle_id,
                rounds.c.backlog.is_(True),
                rounds.c.state != RoundState.CLOSED,
            )
        )
    )


def withdraw_from_backlogs(connection: Connection, cycle_id: str, shas: Sequence[str]) -> None:
    """Take images out of the backlogs of a cycle."""
    for round_id in open_backlogs(connection, cycle_id):
        withdraw(connection, round_id, shas)


def close_backlogs(connection: Connection, cycle_id: str) -> None:
    """Close the backlogs of a cycle; what nobody has answered goes back to the pool."""
    for round_id in open_backlogs(connection, cycle_id):
        withdraw(connection, round_id)
        connection.execute(
            update(rounds)
            .where(rounds.c.id == round_id)
            .values(state=RoundState.CLOSED, closed_at=now())
        )
