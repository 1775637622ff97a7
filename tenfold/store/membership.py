"""Which images belong to a dataset version."""

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from tenfold.store.tables import cycles, images, past_memberships


def member(project_id: str, version: int | None) -> ColumnElement[bool]:
    """Return the condition that an image's row is in a version; None: in the source now."""
    own = images.c.project_id == project_id
    if version is None:
        return and_(own, images.c.gone.is_(False))
    now_in = and_(
        images.c.added_in <= version,
        or_(images.c.removed_in.is_(None), images.c.removed_in > version),
    )
    once_in = exists().where(
        past_memberships.c.project_id == images.c.project_id,
        past_memberships.c.sha256 == images.c.sha256,
        past_memberships.c.added_in <= version,
        past_memberships.c.removed_in > version,
    )
    return and_(own, or_(now_in, once_in))


def deliverable(project_id: str, version: int, since: int) -> ColumnElement[bool]:
    """Return the condition that a cycle delivers a label for an image.

    Args:
        project_id: the project.
        version: the cycle's dataset version.
        since: the newest dataset version of the cycles before; its images were delivered then.
    """
    return and_(
        member(project_id, version),
        images.c.added_in > since,
        images.c.excluded.is_(False),
        images.c.gone.is_(False),
    )


def of_cycle(connection: Connection, project_id: str, cycle_id: str) -> ColumnElement[bool]:
    """Return the condition that a cycle delivers a label for an image."""
    query = select(cycles.c.id, cycles.c.dataset_version, cycles.c.ended_at).where(
        cycles.c.project_id == project_id
    )
    rows = connection.execute(query).all()
    found = {row.id: row.dataset_version or 0 for row in rows}
    # What a cycle delivered that was ended is delivered anew.
    stands = [row.id for row in rows if row.id != cycle_id and row.ended_at is None]
    since = max((found[name] for name in stands), default=0)
    return deliverable(project_id, found[cycle_id], since)
