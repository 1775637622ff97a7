"""Which images belong to a dataset version."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, or_, select

from models.annotation import FinalKind
from tenfold.store.tables import annotations, cycles, dataset_versions, images, past_memberships


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


@dataclass(frozen=True, slots=True)
class Delivery:
    """What decides which images a cycle delivers labels for."""

    project_id: str
    version: int
    """The cycle's dataset version."""
    since: int
    """The newest dataset version of the cycles before; its images were delivered then."""
    began: datetime
    """When the cycle began."""

    @property
    def members(self) -> ColumnElement[bool]:
        """The condition that an image's label is delivered with the cycle, whoever gave it."""
        return and_(
            member(self.project_id, self.version),
            images.c.added_in > self.since,
            images.c.excluded.is_(False),
            images.c.gone.is_(False),
        )

    @property
    def earlier(self) -> ColumnElement[bool]:
        """The condition that a model's label was delivered by an earlier cycle.

        The image had left since then, and came back with its label.
        """
        before = exists().where(
            annotations.c.id == images.c.final_annotation, annotations.c.created_at < self.began
        )
        return and_(images.c.final_by == FinalKind.ACCEPTED, before)

    @property
    def counted(self) -> ColumnElement[bool]:
        """The condition that an image counts in N, the labels that a certificate speaks of.

        Those made elsewhere don't: nobody here looked at them, and no audit measures them; nor do
        those of an earlier certificate. With them in N, more of the others might be wrong than is
        claimed.
        """
        made_here = or_(images.c.final_by.is_(None), images.c.final_by != FinalKind.IMPORTED)
        return and_(self.members, made_here, not_(self.earlier))


def delivery_of(connection: Connection, project_id: str, cycle_id: str) -> Delivery:
    """Return which images a cycle delivers labels for."""
    query = select(
        cycles.c.id, cycles.c.dataset_version, cycles.c.ended_at, cycles.c.created_at
    ).where(cycles.c.project_id == project_id)
    rows = connection.execute(query).all()
    [own] = [row for row in rows if row.id == cycle_id]
    # What a cycle delivered that was ended is delivered anew.
    stands = [row for row in rows if row.id != cycle_id and row.ended_at is None]
    since = max((row.dataset_version or 0 for row in stands), default=0)
    version = own.dataset_version or newest_version(connection, project_id)
    return Delivery(project_id, version, since, own.created_at)


def newest_version(connection: Connection, project_id: str) -> int:
    """Return the number of a project's newest dataset version; 0 where there is none."""
    query = select(func.max(dataset_versions.c.number)).where(
        dataset_versions.c.project_id == project_id
    )
    return connection.scalar(query) or 0


def of_cycle(connection: Connection, project_id: str, cycle_id: str) -> ColumnElement[bool]:
    """Return the condition that an image counts in a cycle's N; see `Delivery.counted`."""
    return delivery_of(connection, project_id, cycle_id).counted


def count_images(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Count the images of which a condition holds."""
    query = select(func.count()).select_from(images).where(condition)
    return connection.execute(query).scalar_one()
