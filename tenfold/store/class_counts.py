"""How many labels of each class people gave."""

from collections import Counter

from sqlalchemy import Connection, func, select

from models.annotation import FinalKind
from models.label import ClassLabel
from tenfold.store.membership import of_cycle
from tenfold.store.rows import to_value
from tenfold.store.tables import images

NOT_PEOPLES = (FinalKind.ACCEPTED, FinalKind.IMPORTED)
"""Final labels that nobody of the project gave."""


def people_by_class(connection: Connection, project_id: str, cycle_id: str) -> dict[str, int]:
    """Count people's labels of each class among the images that a cycle delivers."""
    query = (
        select(images.c.final_value, func.count())
        .where(
            of_cycle(connection, project_id, cycle_id),
            images.c.final_value.is_not(None),
            images.c.final_by.not_in(NOT_PEOPLES),
        )
        .group_by(images.c.final_value)
    )
    counts: Counter[str] = Counter()
    for text, count in connection.execute(query):
        value = to_value(text)
        if isinstance(value, ClassLabel):
            counts[value.label] += count
    return dict(counts)
