"""The tagged images that a proposal leans on, as they may be shown."""

from collections.abc import Collection

from sqlalchemy import Connection, and_, or_, select

from models.precedent import Precedent, unpack
from models.record import Fraction, Record
from tenfold.store import pages
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.newest import project_of
from tenfold.store.pages import ImageView, today
from tenfold.store.tables import images, prelabels

_AFTER_ALL = "g"
"""Comes after every digit of a hash."""


class PrecedentView(Record):
    """A tagged image that a proposal leans on, as it stands now."""

    view: ImageView
    likeness: Fraction
    """As the model sees it; 1: no difference."""
    same: bool
    """Whether the model learned for it what it proposes here; its label may be another by now."""


class Noted(Record):
    """A proposal as it may be shown, and what its model noted beside it."""

    view: ImageView
    line: str


class Precedents:
    """What the proposals of all projects lean on."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, project_id: str, sha256: str) -> list[PrecedentView]:
        """Return what the proposal for an image leans on most, those tagged alike before.

        Nothing where no word of a model may be shown, where no model has proposed anything, or
        where it didn't tell. Images that are gone, erased, or without a label now are left out. It
        costs the same however many images there are.
        """
        with self._db.read() as connection:
            proposal = _noted(connection, project_id, sha256)
            noted = unpack(proposal.line) if proposal else []
            hashes = _hashes(connection, project_id, noted)
            views = pages.some(connection, project_id, [*hashes.values()]) if hashes else []
            project = project_of(connection, project_id)
        by_hash = {each.image.sha256: today(project, each) for each in views}
        shown = [(each, by_hash.get(hashes.get(each.start, ""))) for each in noted]
        return [
            PrecedentView(view=found, likeness=each.likeness, same=each.same)
            for each, found in shown
            if found is not None and found.value is not None
        ]

    def noted(self, project_id: str, sha256: str) -> Noted | None:
        """Return the proposal for an image and what was noted of it; None as of `of`."""
        with self._db.read() as connection:
            return _noted(connection, project_id, sha256)

    def views(self, project_id: str, hashes: Collection[str]) -> dict[str, ImageView]:
        """Return those of some images that are there, by their hashes."""
        with self._db.read() as connection:
            found = pages.some(connection, project_id, [*hashes]) if hashes else []
        return {view.image.sha256: view for view in found if view.state != ERASED}


def _noted(connection: Connection, project_id: str, sha256: str) -> Noted | None:
    view = pages.one(connection, project_id, sha256)
    if view is None or view.prelabel is None:
        return None
    line = connection.scalar(
        select(prelabels.c.precedents).where(
            prelabels.c.model_version == view.model_version, prelabels.c.sha256 == sha256
        )
    )
    return Noted(view=today(project_of(connection, project_id), view), line=line or "")


def _hashes(connection: Connection, project_id: str, noted: list[Precedent]) -> dict[str, str]:
    """Return the whole hashes of those images that are there, by how they begin."""
    if not noted:
        return {}
    ranges = (
        and_(
            images.c.project_id == project_id,
            images.c.sha256 > each.start,
            images.c.sha256 < each.start + _AFTER_ALL,
        )
        for each in noted
    )
    query = select(images.c.sha256).where(images.c.state != ERASED, or_(*ranges))
    found = connection.scalars(query).all()
    return {each.start: sha for each in noted for sha in found if sha.startswith(each.start)}
