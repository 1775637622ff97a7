"""Ending what a cycle has begun: its open rounds, its walk, its certificate."""

from sqlalchemy import Connection, select, update

from models.cycle import CycleState
from models.record import now
from models.round import RoundState
from tenfold.store.backlogs import withdraw
from tenfold.store.cycles import begin_next, newest_of
from tenfold.store.tables import cycles, rounds, walks


def begin_anew(connection: Connection, project_id: str, because: str) -> str:
    """End all cycles of a project, and begin one that delivers all of its images.

    What was answered stays; what wasn't goes back to the pool. Writes of runs that still work on
    an ended cycle are refused, so that they end by themselves.

    Returns:
        The id of the new cycle.
    """
    _close_rounds(connection, project_id)
    moment = now()
    connection.execute(
        update(walks)
        .where(walks.c.project_id == project_id, walks.c.closed_at.is_(None))
        .values(closed_at=moment)
    )
    newest = newest_of(connection, project_id)
    connection.execute(
        update(cycles)
        .where(cycles.c.project_id == project_id, cycles.c.ended_at.is_(None))
        .values(ended_at=moment, ended_because=because, fence=cycles.c.fence + 1)
    )
    connection.execute(
        update(cycles)
        .where(cycles.c.project_id == project_id, cycles.c.state == CycleState.RUNNING)
        .values(state=CycleState.ENDED)
    )
    return begin_next(connection, project_id, newest)


def _close_rounds(connection: Connection, project_id: str) -> None:
    opened = select(rounds.c.id).where(
        rounds.c.project_id == project_id, rounds.c.state != RoundState.CLOSED
    )
    for round_id in connection.scalars(opened).all():
        withdraw(connection, round_id)
        connection.execute(
            update(rounds)
            .where(rounds.c.id == round_id)
            .values(state=RoundState.CLOSED, closed_at=now())
        )
