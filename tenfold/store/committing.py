"""Which labels may be committed, and writing them into the log of a walk."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, insert, select

from models.cycle import Claim
from models.label import LabelValue
from models.project import Project
from tenfold.errors import ConflictError
from tenfold.store.backlogs import withdraw_from_backlogs
from tenfold.store.membership import of_cycle
from tenfold.store.newest import project_of
from tenfold.store.rows import AnyRow, from_value
from tenfold.store.tables import images, walk_commits, walks
from tenfold.task_types import task_kind

CHUNK = 500
"""Values in one IN list."""
MANY = 20
"""Lists from which on asking for all images at once is faster."""

Row = tuple[str, LabelValue, str]
"""What is committed: an image's hash, its label, and the model version that proposed it."""


def committable(connection: Connection, project_id: str, cycle_id: str) -> list[str]:
    """Return the hashes, in order, of the images whose labels may be committed now."""
    query = _committable(connection, project_id, cycle_id).order_by(images.c.sha256)
    return [row.sha256 for row in connection.execute(query)]


def _committable(connection: Connection, project_id: str, cycle_id: str) -> Select[Any]:
    return select(images.c.sha256, images.c.width, images.c.height).where(
        of_cycle(connection, project_id, cycle_id), _unspoken(), ~_committed(cycle_id)
    )


def _unspoken() -> ColumnElement[bool]:
    """Whether nobody has said anything of an image, an import neither."""
    return and_(images.c.touched.is_(False), images.c.final_by.is_(None))


def _committed(cycle_id: str) -> ColumnElement[bool]:
    return exists().where(
        walks.c.cycle_id == cycle_id,
        walk_commits.c.walk_id == walks.c.id,
        walk_commits.c.sha256 == images.c.sha256,
    )


def append(connection: Connection, claim: Claim, walk: AnyRow, rows: Sequence[Row]) -> None:
    """Write labels at the end of a walk's log, in their order.

    Raises:
        ConflictError: one of the images can't be committed, and why.
        InvalidAnswerError: a label that can't be one of its image.
    """
    first = length_of(connection, walk.id)
    values = normal_values(connection, claim, walk.id, rows)
    written = [
        {
            "walk_id": walk.id,
            "position": first + place,
            "project_id": claim.project_id,
            "sha256": sha,
            "value": from_value(value),
            "model_version": model_version,
        }
        for place, ((sha, _, model_version), value) in enumerate(zip(rows, values, strict=True))
    ]
    if written:
        connection.execute(insert(walk_commits), written)
        withdraw_from_backlogs(connection, claim.cycle_id, [sha for sha, _, _ in rows])


def length_of(connection: Connection, walk_id: str) -> int:
    """Return how many labels a walk's log has."""
    newest = connection.scalar(
        select(func.max(walk_commits.c.position)).where(walk_commits.c.walk_id == walk_id)
    )
    return 0 if newest is None else newest + 1


def normal_values(
    connection: Connection, claim: Claim, walk_id: str, rows: Sequence[Row]
) -> list[LabelValue]:
    """Return the labels in their normal form, if all of them can be committed.

    Raises:
        ConflictError: one of the images can't be, and why.
        InvalidAnswerError: a label that can't be one of its image.
    """
    shas = [sha for sha, _, _ in rows]
    sizes = _sizes(connection, claim, shas)
    _refuse_others(connection, walk_id, shas, sizes)
    project = project_of(connection, claim.project_id)
    return [_normal(project, value, sizes[sha]) for sha, value, _ in rows]


def _sizes(connection: Connection, claim: Claim, shas: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return width and height of those images that may be committed."""
    query = _committable(connection, claim.project_id, claim.cycle_id)
    parts = [shas[start : start + CHUNK] for start in range(0, len(shas), CHUNK)]
    if len(parts) > MANY:
        found = connection.execute(query)
        return {row.sha256: (row.width, row.height) for row in found}
    return {
        row.sha256: (row.width, row.height)
        for part in parts
        for row in connection.execute(query.where(images.c.sha256.in_(part)))
    }


def _normal(project: Project, value: LabelValue, size: tuple[int, int]) -> LabelValue:
    return task_kind(project.task).check(project.today(value), project.class_names, *size)


def _refuse_others(
    connection: Connection, walk_id: str, shas: Sequence[str], allowed: Mapping[str, object]
) -> None:
    if len(set(shas)) != len(shas):
        raise ConflictError("An image is committed twice in one chunk.")
    strange = next((sha for sha in shas if sha not in allowed), None)
    if strange is not None:
        raise ConflictError(
            f"Image {strange} can't be committed: {_why(connection, walk_id, strange)}."
        )


def _why(connection: Connection, walk_id: str, sha256: str) -> str:
    query = select(walk_commits.c.position).where(
        walk_commits.c.walk_id == walk_id, walk_commits.c.sha256 == sha256
    )
    if connection.scalar(query) is not None:
        return "it was committed before"
    spoken = select(images.c.sha256).where(images.c.sha256 == sha256, ~_unspoken())
    project = select(walks.c.project_id).where(walks.c.id == walk_id).scalar_subquery()
    if connection.scalar(spoken.where(images.c.project_id == project)) is not None:
        return "somebody has said something of it already"
    return "this cycle delivers no label for it"
