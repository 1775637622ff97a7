"""Images of a round that are meant for somebody: handed to them first, or to nobody else."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, func, select, update

from models.record import now
from models.round import Assigning, ItemState, RoundKind, RoundState, Share
from tenfold.errors import ConflictError, NotFoundError
from tenfold.store.engine import Database
from tenfold.store.leases import blind_to, free_at
from tenfold.store.newest import round_of
from tenfold.store.people import active_person
from tenfold.store.rows import AnyRow
from tenfold.store.tables import items, people, rounds

CHUNK = 500
"""Values in one IN list."""


class Assignments:
    """Who is meant to answer what."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def assign(
        self,
        round_id: str,
        person_id: int,
        *,
        count: int | None = None,
        shas: Sequence[str] | None = None,
        assigning: Assigning = Assigning.FIRST,
    ) -> int:
        """Mean images that wait in a round for a person; return how many.

        Those that somebody holds, has answered, or that are meant for somebody already are passed
        over; of an audit also those that the person has seen a proposal for.

        Args:
            round_id: the round.
            person_id: who is to answer them.
            count: so many at most, the next ones in the round's order; None: all of `shas`.
            shas: these; None: any.
            assigning: of the whole round: whether others may have them in the end.

        Raises:
            NotFoundError: no such round or person.
            ForbiddenError: the person may no longer work here.
            ConflictError: the round isn't open.
        """
        with self._db.read() as connection:
            project_id = round_of(connection, round_id).project_id
        with self._db.write(project_id) as connection:
            active_person(connection, person_id)
            row = round_of(connection, round_id)
            if row.state != RoundState.OPEN:
                raise ConflictError(f"Round {row.number} wants no answers any more.")
            found = _free(connection, row, person_id, shas)
            chosen = found if count is None else found[:count]
            for start in range(0, len(chosen), CHUNK):
                _mean(connection, round_id, chosen[start : start + CHUNK], person_id)
            if chosen:
                connection.execute(
                    update(rounds).where(rounds.c.id == round_id).values(assigning=assigning)
                )
            return len(chosen)

    def release(self, round_id: str, person_id: int | None = None) -> int:
        """Mean images that wait for nobody in particular; return how many that concerns.

        Args:
            round_id: the round.
            person_id: only what is meant for them; None: for anybody.
        """
        with self._db.read() as connection:
            project_id = round_of(connection, round_id).project_id
        meant = items.c.assigned_to != 0 if person_id is None else items.c.assigned_to == person_id
        with self._db.write(project_id) as connection:
            return connection.execute(
                update(items)
                .where(items.c.round_id == round_id, items.c.state == ItemState.WAITING, meant)
                .values(assigned_to=0)
            ).rowcount

    def of_round(self, round_id: str) -> list[Share]:
        """Return what is meant for whom in a round, by name."""
        answered = func.sum(case((items.c.state == ItemState.ANSWERED, 1), else_=0))
        query = (
            select(items.c.assigned_to, people.c.name, func.count(), answered.label("answered"))
            .join(people, people.c.id == items.c.assigned_to)
            .where(
                items.c.round_id == round_id,
                items.c.assigned_to != 0,
                items.c.state != ItemState.RETURNED,
            )
            .group_by(items.c.assigned_to, people.c.name)
            .order_by(people.c.name)
        )
        with self._db.read() as connection:
            return [
                Share(person_id=person_id, person=name, images=images, answered=done)
                for person_id, name, images, done in connection.execute(query)
            ]


def _free(
    connection: Connection, row: AnyRow, person_id: int, shas: Sequence[str] | None
) -> list[int]:
    """Return the places of images that may be meant for a person, each image once, in order.

    Of an image that several people answer it is the last free one: the others are handed out from
    the first on.
    """
    query: Select[Any] = (
        select(items.c.sha256, items.c.position)
        .where(items.c.round_id == row.id, free_at(items, now()), items.c.assigned_to == 0)
        .order_by(items.c.position)
    )
    if row.kind == RoundKind.AUDIT:
        query = query.where(*blind_to(person_id))
    found = connection.execute(query).all()
    taken = _has(connection, row.id, person_id)
    wanted = None if shas is None else set(shas)
    last = {
        sha: place for sha, place in found if sha not in taken and (wanted is None or sha in wanted)
    }
    if wanted is not None and not last and not wanted <= {sha for sha, _ in found} | taken:
        raise NotFoundError("None of these images waits in this round for somebody.")
    return list(last.values())


def _has(connection: Connection, round_id: str, person_id: int) -> set[str]:
    """Return the images of a round that a person has a place of, or is meant to have."""
    query = select(items.c.sha256).where(
        items.c.round_id == round_id,
        (items.c.person_id == person_id) | (items.c.assigned_to == person_id),
    )
    return set(connection.scalars(query))


def _mean(connection: Connection, round_id: str, places: Sequence[int], person_id: int) -> None:
    connection.execute(
        update(items)
        .where(items.c.round_id == round_id, items.c.position.in_(places))
        .values(assigned_to=person_id)
    )
