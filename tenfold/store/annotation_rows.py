"""Reading annotations."""

from typing import Any

from sqlalchemy import Connection, Select, select

from models.annotation import Annotation
from tenfold.store.rows import to_annotation
from tenfold.store.tables import annotations, people, undone


def with_person() -> Select[Any]:
    """Select annotations with the person's name, and when they were taken back."""
    return (
        select(annotations, people.c.name.label("person"), undone.c.at.label("undone_at"))
        .outerjoin(people, people.c.id == annotations.c.person_id)
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
    )


def annotation_of(connection: Connection, annotation_id: int) -> Annotation:
    """Return an annotation that is there."""
    row = connection.execute(with_person().where(annotations.c.id == annotation_id)).one()
    return to_annotation(row, row.person)


def by_key(connection: Connection, person_id: int, key: str) -> Annotation | None:
    """Return the annotation that a person's answer of this key became."""
    row = connection.execute(
        with_person().where(annotations.c.person_id == person_id, annotations.c.key == key)
    ).one_or_none()
    return None if row is None else to_annotation(row, row.person)
