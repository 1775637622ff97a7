"""Counts of a project, kept in the transaction that changes what they count."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, Dialect, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from tenfold.store.tables import labeler_counts, tallies


def insert_into(table: Table, dialect: Dialect) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT that knows ON CONFLICT, in the words of the database."""
    if dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def bump(connection: Connection, project_id: str, changes: Mapping[str, int]) -> None:
    """Add to the counts of a project; the caller holds the project's lock."""
    rows = [
        {"project_id": project_id, "name": name, "n": n} for name, n in sorted(changes.items()) if n
    ]
    if rows:
        insert = insert_into(tallies, connection.dialect)
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=["project_id", "name"],
                set_={"n": tallies.c.n + insert.excluded.n},
            ),
            rows,
        )


def read(connection: Connection, project_id: str) -> Counter[str]:
    """Return all counts of a project."""
    rows = connection.execute(
        select(tallies.c.name, tallies.c.n).where(tallies.c.project_id == project_id)
    )
    return Counter({row.name: row.n for row in rows})


def count_labeler(
    connection: Connection,
    project_id: str,
    person_id: int,
    *,
    answers: int = 0,
    skipped: int = 0,
    corrected: int = 0,
    seconds: float = 0.0,
) -> None:
    """Add to what one person did in a project."""
    insert = insert_into(labeler_counts, connection.dialect).values(
        project_id=project_id,
        person_id=person_id,
        answers=answers,
        skipped=skipped,
        corrected=corrected,
        seconds=seconds,
    )
    added = {
        name: labeler_counts.c[name] + insert.excluded[name]
        for name in ("answers", "skipped", "corrected", "seconds")
    }
    connection.execute(
        insert.on_conflict_do_update(index_elements=["project_id", "person_id"], set_=added)
    )
