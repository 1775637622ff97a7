"""Removing a project for good: its name is free at once, its rows go in parts.

What was killed on the way goes on where it stopped; the note of it says whether it is done.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from models.cycle import CycleState
from models.project import Project, ProjectState
from models.record import now
from models.removal import ProjectRemoval, RemovedProject
from tenfold.errors import ConflictError
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.newest import project_of
from tenfold.store.rows import AnyRow
from tenfold.store.tables import (
    annotations,
    certificates,
    cycles,
    deleted_projects,
    former_names,
    images,
    metadata,
    model_versions,
    projects,
    rounds,
)

PART = 2000
"""Rows of one table that are removed in one transaction."""


class OwnBlob(NamedTuple):
    """A blob of an image that no other project has."""

    sha256: str
    blob: str


class Removals:
    """Projects that were removed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def effect(self, project_id: str) -> ProjectRemoval:
        """Say what goes with a project."""
        with self._db.read() as connection:
            return _effect(connection, project_of(connection, project_id))

    def remove(self, project_id: str, by: str) -> RemovedProject:
        """Take a project away: nobody sees it any more, and its name is free.

        Runs that still work on it are refused at their next write. Its rows are there until
        `forget` has removed them.
        """
        with self._db.write(project_id) as connection:
            project = project_of(connection, project_id)
            if project.state is ProjectState.DELETED:
                raise ConflictError(f"Project {project.name} was removed already.")
            what, moment = _effect(connection, project), now()
            connection.execute(
                insert(deleted_projects).values(
                    id=project.id, name=project.name, by=by, what=what.model_dump_json(), at=moment
                )
            )
            connection.execute(
                update(projects)
                .where(projects.c.id == project.id)
                .values(name=f"-{project.id}", state=ProjectState.DELETED)
            )
            connection.execute(delete(former_names).where(former_names.c.project_id == project.id))
            connection.execute(
                update(cycles)
                .where(cycles.c.project_id == project.id)
                .values(fence=cycles.c.fence + 1, state=CycleState.ENDED, ended_at=moment)
            )
        return RemovedProject(id=project.id, name=project.name, by=by, at=moment, what=what)

    def notes(self, *, unfinished: bool = False) -> list[RemovedProject]:
        """Return the notes, oldest first; or only those of what isn't gone whole yet."""
        query = select(deleted_projects).order_by(deleted_projects.c.at)
        if unfinished:
            query = query.where(deleted_projects.c.cleaned_at.is_(None))
        with self._db.read() as connection:
            return [_removed(row) for row in connection.execute(query)]

    def was_removed(self, name: str) -> bool:
        """Whether a project of this name was removed, and none has the name now."""
        with self._db.read() as connection:
            there = connection.scalar(select(projects.c.id).where(projects.c.name == name))
            gone = select(deleted_projects.c.id).where(deleted_projects.c.name == name).limit(1)
            return there is None and connection.scalar(gone) is not None

    def images(self, project_id: str, limit: int = 500) -> list[str]:
        """Return hashes of images that are still to be forgotten."""
        query = select(images.c.sha256).where(images.c.project_id == project_id)
        with self._db.read() as connection:
            return list(connection.scalars(query.order_by(images.c.sha256).limit(limit)))

    def own_blobs(self, project_id: str, shas: Sequence[str]) -> list[OwnBlob]:
        """Return those images, with their blobs, that no other project has."""
        others = select(projects.c.id).where(projects.c.id != project_id)
        with self._db.read() as connection:
            rows = connection.execute(
                select(images.c.sha256, images.c.blob).where(
                    images.c.project_id == project_id, images.c.sha256.in_(shas)
                )
            ).all()
            shared = {
                sha
                for other in connection.scalars(others).all()
                for sha in connection.scalars(
                    select(images.c.sha256).where(
                        images.c.project_id == other,
                        images.c.sha256.in_(shas),
                        images.c.state != ERASED,
                    )
                )
            }
        return [OwnBlob(row.sha256, row.blob) for row in rows if row.sha256 not in shared]

    def shown_elsewhere(self, project_id: str, prefix: str) -> bool:
        """Whether another project has an image whose blob's name begins so."""
        query = select(images.c.sha256).where(
            images.c.project_id != project_id, images.c.blob.startswith(prefix, autoescape=True)
        )
        with self._db.read() as connection:
            return connection.scalar(query.limit(1)) is not None

    def forget_images(self, project_id: str, shas: Sequence[str]) -> None:
        """Remove the rows of images whose blobs are gone."""
        with self._db.write(project_id) as connection:
            connection.execute(
                delete(images).where(images.c.project_id == project_id, images.c.sha256.in_(shas))
            )

    def forget(self, project_id: str) -> None:
        """Remove all rows that are left of a project, part by part, and note that it is done."""
        for table in reversed(metadata.sorted_tables):
            condition = belongs_to(table, project_id)
            if condition is not None:
                self._forget_rows(table, condition)
        with self._db.write() as connection:
            connection.execute(delete(projects).where(projects.c.id == project_id))
            connection.execute(
                update(deleted_projects)
                .where(deleted_projects.c.id == project_id)
                .values(cleaned_at=now())
            )

    def _forget_rows(self, table: Table, condition: ColumnElement[bool]) -> None:
        key = tuple(table.primary_key.columns)
        some = select(*key).where(condition).limit(PART)
        removed = PART
        while removed == PART:
            with self._db.write() as connection:
                removed = connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount


def belongs_to(table: Table, project_id: str) -> ColumnElement[bool] | None:
    """Return the condition that a row belongs to a project; None for tables of nobody's project.

    Tables say it themselves, or by what they point to: a new table needs no line here.
    """
    if "project_id" in table.c:
        return table.c.project_id == project_id
    for key in table.foreign_keys:
        if "project_id" in key.column.table.c:
            owner = key.column.table
            return key.parent.in_(select(key.column).where(owner.c.project_id == project_id))
    return None


def _effect(connection: Connection, project: Project) -> ProjectRemoval:
    def count(table: Table, condition: ColumnElement[bool] | None = None) -> int:
        mine = belongs_to(table, project.id) if condition is None else condition
        if mine is None:
            raise AssertionError(f"{table.name} belongs to no project")
        query = select(func.count()).select_from(table).where(mine)
        return connection.execute(query).scalar_one()

    by_people = (annotations.c.project_id == project.id) & annotations.c.person_id.is_not(None)
    return ProjectRemoval(
        project=project.name,
        images=count(images),
        answers=count(annotations, by_people),
        rounds=count(rounds),
        models=count(model_versions),
        certificates=count(certificates),
    )


def _removed(row: AnyRow) -> RemovedProject:
    return RemovedProject(
        id=row.id,
        name=row.name,
        by=row.by,
        at=row.at,
        what=ProjectRemoval.model_validate_json(row.what),
        cleaned_at=row.cleaned_at,
    )
