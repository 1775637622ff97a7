"""Counts of a project, kept in the transaction that changes what they count."""

from collections import Counter
from collections.abc import Mapping
from functools import cache

from sqlalchemy import Connection, Dialect, Executable, Table, bindparam, select
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
        connection.execute(_adding(tallies, connection.dialect.name), rows)


@cache
def _adding(table: Table, database: str) -> Executable:
    """Return the statement that adds to the numbers of a row, or makes the row."""
    insert = sqlite.insert(table) if database == "sqlite" else postgresql.insert(table)
    key = table.primary_key.columns.keys()
    numbers = [name for name in table.c.keys() if name not in key]  # noqa: SIM118 -- not a dict
    return insert.values({name: bindparam(name) for name in table.c.keys()}).on_conflict_do_update(  # noqa: SIM118
        index_elements=key,
        set_={name: table.c[name] + insert.excluded[name] for name in numbers},
    )


_READ = select(tallies.c.name, tallies.c.n).where(tallies.c.project_id == bindparam("project"))


def read(connection: Connection, project_id: str) -> Counter[str]:
    """Return all counts of a project."""
    rows = connection.execute(_READ, {"project": project_id})
    return Counter({row.name: row.n for row in rows})


def count_labeler(
    connection: Connection,
    project_id: str,
    person_id: int,
    *,
    answers: int = 0,
    skipped: int = 0,
    corrected: int = 0,
    reviewed: int = 0,
    seconds: float = 0.0,
) -> None:
    """Add to what one person did in a project."""
    connection.execute(
        _adding(labeler_counts, connection.dialect.name),
        {
            "project_id": project_id,
            "person_id": person_id,
            "answers": answers,
            "skipped": skipped,
            "corrected": corrected,
            "reviewed": reviewed,
            "seconds": seconds,
        },
    )
