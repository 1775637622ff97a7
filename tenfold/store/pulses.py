"""Whether a project has changed: a look that is cheap enough to be taken every second."""

import hashlib

from sqlalchemy import Connection, Executable, bindparam, func, select

from models.project import ProjectState
from models.pulse import OpenRound, Pulse
from models.round import RoundState
from tenfold.store import tallies
from tenfold.store.engine import Database
from tenfold.store.newest import project_of
from tenfold.store.review_requests import OPEN
from tenfold.store.rows import AnyRow
from tenfold.store.tables import (
    certificates,
    cycles,
    labeler_counts,
    projects,
    review_requests,
    rounds,
    steps,
)

# Rounds and steps of one cycle, and counts that are kept: none of it grows with the images.
_CYCLE = (
    select(projects, cycles.c.id.label("cycle_id"), cycles.c.flow_run_id)
    .outerjoin(cycles, cycles.c.project_id == projects.c.id)
    .where(projects.c.id == bindparam("project"))
    .order_by(cycles.c.number.desc())
    .limit(1)
)
_ROUNDS = (
    select(
        rounds.c.id,
        rounds.c.kind,
        rounds.c.state,
        rounds.c.backlog,
        rounds.c.needs_approval,
        rounds.c.size,
        rounds.c.answered,
    )
    .where(rounds.c.cycle_id == bindparam("cycle"))
    .order_by(rounds.c.number)
)
_STEPS = (
    select(
        steps.c.key,
        steps.c.state,
        steps.c.done,
        steps.c.total,
        steps.c.detail,
        steps.c.started_at,
    )
    .where(steps.c.cycle_id == bindparam("cycle"))
    .order_by(steps.c.position)
)
_CERTIFICATES = select(func.max(certificates.c.position)).where(
    certificates.c.cycle_id == bindparam("cycle")
)
_PEOPLE = (
    select(labeler_counts)
    .where(labeler_counts.c.project_id == bindparam("project"))
    .order_by(labeler_counts.c.person_id)
)
# What is open is in an index of its own; the newest and how many tell every change.
_REQUESTS = select(func.count(), func.max(review_requests.c.id)).where(
    review_requests.c.project_id == bindparam("project"), OPEN
)


class Pulses:
    """What open pages ask again and again."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, project_id: str) -> Pulse:
        """Return a project's pulse.

        Raises:
            NotFoundError: no such project.
        """
        with self._db.read() as connection:
            row = connection.execute(_CYCLE, {"project": project_id}).one_or_none()
            if row is None:
                project_of(connection, project_id)
                raise AssertionError("a project that is there has a row")
            opened = _rows(connection, _ROUNDS, cycle=row.cycle_id)
            seen = [
                tuple(row),
                opened,
                _rows(connection, _STEPS, cycle=row.cycle_id),
                _rows(connection, _CERTIFICATES, cycle=row.cycle_id),
                _rows(connection, _PEOPLE, project=project_id),
                _rows(connection, _REQUESTS, project=project_id),
                sorted(tallies.read(connection, project_id).items()),
            ]
        return Pulse(
            state=row.state,
            classes_version=row.classes_version,
            rounds=tuple(_open(one) for one in opened if one.state != RoundState.CLOSED),
            machine=row.state == ProjectState.ACTIVE and not any(map(_asks, opened)),
            mark=hashlib.sha256(repr(seen).encode()).hexdigest()[:32],
        )


def _rows(connection: Connection, query: Executable, **values: str | None) -> list[AnyRow]:
    return list(connection.execute(query, values).all())


def _asks(row: AnyRow) -> bool:
    """Whether a round holds the machine up until people have done something."""
    by_itself = row.state == RoundState.ANSWERED and not row.needs_approval
    return row.state != RoundState.CLOSED and not row.backlog and not by_itself


def _open(row: AnyRow) -> OpenRound:
    return OpenRound(
        id=row.id,
        kind=row.kind,
        state=row.state,
        backlog=row.backlog,
        missing=row.size - row.answered,
    )
