"""Which images belong to a dataset version."""

from sqlalchemy import ColumnElement, and_, exists, or_

from tenfold.store.tables import images, past_memberships


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
