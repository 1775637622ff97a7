"""Who asks, and what they are in a project: one statement for every request."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, select

from models.person import Person, Role
from models.project import Project
from tenfold.store.rows import AnyRow, to_person, to_project
from tenfold.store.tables import people, projects, roles, tokens


@dataclass(frozen=True, slots=True)
class Standing:
    """A person beside a project; each is None where there is none."""

    person: Person | None = None
    project: Project | None = None
    role: Role | None = None
    """The role given in the project, else the person's own."""
    token: int | None = None
    """The personal token that they came with."""
    token_used: datetime | None = None


def digest(secret: str) -> str:
    """Return what is kept of a personal token."""
    return hashlib.sha256(secret.encode()).hexdigest()


BESIDE = (
    projects.c.settings.label("project_settings"),
    projects.c.state.label("project_state"),
    projects.c.classes_version.label("project_classes_version"),
    projects.c.created_at.label("project_created_at"),
)
"""A project's columns beside those of other tables."""

_STANDING = (
    select(people, projects.c.id.label("project_id"), roles.c.role.label("given"), *BESIDE)
    .select_from(people)
    .outerjoin(projects, projects.c.name == bindparam("project"))
    .outerjoin(roles, and_(roles.c.project_id == projects.c.id, roles.c.person_id == people.c.id))
)
_BY_ID = _STANDING.where(people.c.id == bindparam("id"))
_BY_TOKEN = (
    _STANDING.add_columns(tokens.c.id.label("token_id"), tokens.c.last_used_at)
    .join(tokens, tokens.c.person_id == people.c.id)
    .where(tokens.c.sha256 == bindparam("sha256"), people.c.active.is_(True))
)


def standing_of(connection: Connection, project: str, who: int | str) -> Standing:
    """Return a person, by their id or the secret of a token, beside a project, by its name."""
    if isinstance(who, int):
        row = connection.execute(_BY_ID, {"project": project, "id": who}).one_or_none()
    else:
        wanted = {"project": project, "sha256": digest(who)}
        row = connection.execute(_BY_TOKEN, wanted).one_or_none()
    if row is None:
        return Standing()
    return Standing(
        person=to_person(row),
        project=None if row.project_id is None else project_beside(row, row.project_id),
        role=Role(row.given or row.role),
        token=getattr(row, "token_id", None),
        token_used=getattr(row, "last_used_at", None),
    )


class _Columns(NamedTuple):
    id: str
    settings: str
    state: str
    classes_version: int
    created_at: datetime


def project_beside(row: AnyRow, project_id: str) -> Project:
    """Build a project from the columns of `BESIDE`."""
    return _parsed(
        _Columns(
            project_id,
            row.project_settings,
            row.project_state,
            row.project_classes_version,
            row.project_created_at,
        )
    )


@lru_cache(maxsize=512)
def _parsed(columns: _Columns) -> Project:
    """Parse what is the same for all requests only once."""
    return to_project(columns)  # type: ignore[arg-type]  # it has the columns that are asked for
