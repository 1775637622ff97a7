"""Small reads that many parts of the store share."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, exists, select

from models.cycle import CycleState
from models.project import FinishMode, Project
from models.round import RoundKind, RoundState
from tenfold.errors import NotFoundError
from tenfold.store.rows import AnyRow, to_project
from tenfold.store.tables import (
    certificates,
    cycles,
    images,
    items,
    model_versions,
    projects,
    rounds,
    sources,
    walk_commits,
    walks,
)

CHUNK = 500
"""Values in one IN list."""


def project_of(connection: Connection, project_id: str) -> Project:
    """Return a project by its id.

    Raises:
        NotFoundError: no such project.
    """
    row = connection.execute(select(projects).where(projects.c.id == project_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no project with the id {project_id}.")
    return to_project(row)


def round_of(connection: Connection, round_id: str) -> AnyRow:
    """Return the row of a round.

    Raises:
        NotFoundError: no such round.
    """
    row = connection.execute(select(rounds).where(rounds.c.id == round_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no round {round_id}.")
    return row


def image_of(connection: Connection, project_id: str, sha256: str) -> AnyRow:
    """Return the row of an image.

    Raises:
        NotFoundError: the project has no such image.
    """
    row = connection.execute(
        select(images).where(images.c.project_id == project_id, images.c.sha256 == sha256)
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"The project has no image {sha256}.")
    return row


def newest_prelabeled(connection: Connection, project_id: str) -> str | None:
    """Return the newest model version that has proposed labels, if any.

    Number 0 is what was proposed elsewhere and imported. A negative number is no model, or learned
    from labels that no longer count.
    """
    return connection.scalar(
        select(model_versions.c.id)
        .where(
            model_versions.c.project_id == project_id,
            model_versions.c.prelabels > 0,
            model_versions.c.number >= 0,
        )
        .order_by(model_versions.c.number.desc())
        .limit(1)
    )


def in_open_audit(connection: Connection, project_id: str, shas: list[str]) -> set[str]:
    """Return those of the images that an audit holds which isn't approved yet."""
    query = (
        select(items.c.sha256)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.sha256.in_(shas),
            rounds.c.kind == RoundKind.AUDIT,
            rounds.c.state != RoundState.CLOSED,
        )
    )
    return set(connection.scalars(query))


def committed_now(connection: Connection, project_id: str, shas: Sequence[str]) -> set[str]:
    """Return those of the images whose labels are committed in a walk that isn't closed."""
    found: set[str] = set()
    for start in range(0, len(shas), CHUNK):
        query = (
            select(walk_commits.c.sha256)
            .join(walks, walks.c.id == walk_commits.c.walk_id)
            .where(
                walk_commits.c.project_id == project_id,
                walk_commits.c.sha256.in_(shas[start : start + CHUNK]),
                walks.c.closed_at.is_(None),
            )
        )
        found.update(connection.scalars(query))
    return found


def held_blind(connection: Connection, project_id: str, shas: list[str]) -> set[str]:
    """Return those of the images of which nobody may learn or say anything outside an audit.

    They are in an audit that isn't approved yet, or committed in a walk that isn't closed.
    """
    audited = in_open_audit(connection, project_id, shas)
    return audited | committed_now(connection, project_id, shas)


def walk_is_open(connection: Connection, project_id: str) -> bool:
    """Whether a walk of a project goes on."""
    query = select(walks.c.id).where(walks.c.project_id == project_id, walks.c.closed_at.is_(None))
    return connection.scalar(query.limit(1)) is not None


def audit_ahead(connection: Connection, project_id: str) -> bool:
    """Whether an audit may still be drawn from the images that nobody has looked at.

    Until then their proposals are shown to nobody, so that whoever is handed one has not seen it.
    """
    if walk_is_open(connection, project_id):
        return True
    if project_of(connection, project_id).finish_mode is not FinishMode.CERTIFIED:
        return False
    uncertified = (
        select(cycles.c.id)
        .where(
            cycles.c.project_id == project_id,
            cycles.c.state == CycleState.RUNNING,
            ~exists().where(certificates.c.cycle_id == cycles.c.id),
        )
        .limit(1)
    )
    return connection.scalar(uncertified) is not None


def paths_of(
    connection: Connection, project_id: str, shas: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return the paths that each image is found under now, in order."""
    found: dict[str, list[str]] = {sha: [] for sha in shas}
    for start in range(0, len(shas), CHUNK):
        part = {"project": project_id, "shas": shas[start : start + CHUNK]}
        for sha, path in connection.execute(_PATHS, part):
            found[sha].append(path)
    return {sha: tuple(sorted(paths)) for sha, paths in found.items()}


# Sorted by the caller: asked to sort, SQLite walks all paths of the project in their order.
_PATHS = select(sources.c.sha256, sources.c.path).where(
    sources.c.project_id == bindparam("project"),
    sources.c.sha256.in_(bindparam("shas", expanding=True)),
    sources.c.gone.is_(False),
)
