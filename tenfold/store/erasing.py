"""Erasing an image for good, in the label store: what it showed and what was said of it goes.

Its row stays without content, so that versions and rounds count as they did, and a note of who
erased it, when and why. What an open audit or walk has measured of it goes once that is closed:
erasing must not change what is measured.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select, update

from models.record import now
from models.removal import Erasure
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.forgetting import (
    empty,
    forget_words,
    leave_rounds,
    leave_sources,
    measured_by,
)
from tenfold.store.intake import erased_among
from tenfold.store.membership import member
from tenfold.store.newest import image_of
from tenfold.store.rows import AnyRow
from tenfold.store.tables import (
    dataset_versions,
    erasures,
    images,
    sources,
)


class Erasures:
    """Images that were erased, with the notes that stay."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def erase(self, project_id: str, sha256: str, *, by: str, reason: str) -> Erasure:
        """Erase an image; a second time the first note stands.

        The store forgets what it can at once; `words` says when the rest may go. Its blobs are
        the caller's to remove.

        Raises:
            NotFoundError: the project has no such image.
        """
        with self._db.write(project_id) as connection:
            before = _note(connection, project_id, sha256)
            if before is not None:
                return before
            row = image_of(connection, project_id, sha256)
            connection.execute(
                insert(erasures).values(
                    project_id=project_id, sha256=sha256, by=by, reason=reason, at=now()
                )
            )
            leave_rounds(connection, project_id, sha256)
            leave_sources(connection, project_id, sha256)
            empty(connection, row)
            return Erasure(sha256=sha256, by=by, reason=reason, at=now())

    def words(self, project_id: str, sha256: str) -> bool:
        """Remove what was said of an erased image; return whether that is done.

        It isn't while an open audit, or an open walk, has measured something by it.
        """
        with self._db.write(project_id) as connection:
            if measured_by(connection, project_id, sha256):
                return False
            forget_words(connection, project_id, sha256)
            return True

    def done(self, project_id: str, sha256: str) -> None:
        """Note that nothing of an erased image is left."""
        with self._db.write(project_id) as connection:
            connection.execute(
                update(erasures)
                .where(erasures.c.project_id == project_id, erasures.c.sha256 == sha256)
                .values(cleaned_at=now())
            )
            connection.execute(
                update(images)
                .where(images.c.project_id == project_id, images.c.sha256 == sha256)
                .values(blob="")
            )

    def blob(self, project_id: str, sha256: str) -> str:
        """Return where the original of an image lies; nothing where that is gone."""
        with self._db.read() as connection:
            return str(image_of(connection, project_id, sha256).blob)

    def unfinished(self) -> list[tuple[str, str]]:
        """Return project and hash of images of which something is left, the oldest first."""
        query = (
            select(erasures.c.project_id, erasures.c.sha256)
            .where(erasures.c.cleaned_at.is_(None))
            .order_by(erasures.c.at)
        )
        with self._db.read() as connection:
            return [(row.project_id, row.sha256) for row in connection.execute(query)]

    def paths(self, project_id: str, sha256: str) -> list[str]:
        """Return all paths that an image was found under, gone ones too."""
        query = select(sources.c.path).where(
            sources.c.project_id == project_id, sources.c.sha256 == sha256
        )
        with self._db.read() as connection:
            return list(connection.scalars(query))

    def note(self, project_id: str, sha256: str) -> Erasure | None:
        """Return who erased an image, when and why; None where it wasn't."""
        with self._db.read() as connection:
            return _note(connection, project_id, sha256)

    def notes(self, project_id: str) -> list[Erasure]:
        """Return the notes of a project, oldest first."""
        query = select(erasures).where(erasures.c.project_id == project_id).order_by(erasures.c.at)
        with self._db.read() as connection:
            return [_erasure(row) for row in connection.execute(query)]

    def among(self, project_id: str, shas: Sequence[str]) -> set[str]:
        """Return those of the images that were erased."""
        with self._db.read() as connection:
            return erased_among(connection, project_id, shas)

    def of_version(self, project_id: str, version: int | None) -> int:
        """Count the erased images of a dataset version."""
        with self._db.read() as connection:
            return erased_of(connection, project_id, version)

    def other_projects(self, project_id: str, sha256: str) -> int:
        """Count other projects that have the same image, and show it still."""
        query = (
            select(func.count())
            .select_from(images)
            .where(
                images.c.project_id != project_id,
                images.c.sha256 == sha256,
                images.c.state != ERASED,
            )
        )
        with self._db.read() as connection:
            return connection.execute(query).scalar_one()

    def forget_in_version(self, project_id: str, number: int, *, record: str) -> None:
        """Write the record of a dataset version whose manifest lists an image no longer."""
        with self._db.write(project_id) as connection:
            connection.execute(
                update(dataset_versions)
                .where(
                    dataset_versions.c.project_id == project_id,
                    dataset_versions.c.number == number,
                )
                .values(record=record)
            )


def erased_of(connection: Connection, project_id: str, version: int | None) -> int:
    """Count the erased images of a dataset version."""
    query = (
        select(func.count())
        .select_from(images)
        .where(member(project_id, version or 0), images.c.state == ERASED)
    )
    return connection.execute(query).scalar_one()


def _note(connection: Connection, project_id: str, sha256: str) -> Erasure | None:
    row = connection.execute(
        select(erasures).where(erasures.c.project_id == project_id, erasures.c.sha256 == sha256)
    ).one_or_none()
    return None if row is None else _erasure(row)


def _erasure(row: AnyRow) -> Erasure:
    return Erasure(
        sha256=row.sha256, by=row.by, reason=row.reason, at=row.at, cleaned_at=row.cleaned_at
    )
