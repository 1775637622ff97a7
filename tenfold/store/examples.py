"""What reviewers show to labelers, and what labelers point out to reviewers."""

from sqlalchemy import Delete, delete, exists, insert, select, text

from models.annotation import AnnotationKind
from models.example import Example, Flag
from models.record import now
from tenfold.errors import ConflictError
from tenfold.store.engine import Database
from tenfold.store.newest import held_blind
from tenfold.store.rows import to_value
from tenfold.store.tables import annotations, examples, people, undone

DEALT_WITH = (AnnotationKind.CORRECTION, AnnotationKind.ADJUDICATION)
COMMENTED = text("annotations.comment != ''")
"""Written out, so that the index of commented annotations is used."""
FROM_LABELERS = (AnnotationKind.MANUAL, AnnotationKind.REVIEW, AnnotationKind.AUDIT)


def _of(project_id: str, sha256: str) -> Delete:
    return delete(examples).where(examples.c.project_id == project_id, examples.c.sha256 == sha256)


class Examples:
    """Pinned examples of a project, and its open flags."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pin(self, person_id: int, project_id: str, sha256: str, *, good: bool, note: str) -> None:
        """Show an image with the instructions; pinned again, the newest word counts.

        Raises:
            ConflictError: the image is answered blind, and the example would tell.
        """
        with self._db.write(project_id) as connection:
            if held_blind(connection, project_id, [sha256]):
                raise ConflictError(
                    "This image is being answered blind in an audit, or may yet be.",
                    "Pin it once the audit is approved, or the certificate is there.",
                )
            connection.execute(_of(project_id, sha256))
            connection.execute(
                insert(examples).values(
                    project_id=project_id,
                    sha256=sha256,
                    good=good,
                    note=note,
                    person_id=person_id,
                    pinned_at=now(),
                )
            )

    def unpin(self, project_id: str, sha256: str) -> None:
        """Show an image no longer; nothing happens where it isn't pinned."""
        with self._db.write(project_id) as connection:
            connection.execute(_of(project_id, sha256))

    def pinned(self, project_id: str) -> list[Example]:
        """Return the pinned examples, right ones first, the oldest first."""
        query = (
            select(examples, people.c.name)
            .join(people, people.c.id == examples.c.person_id)
            .where(examples.c.project_id == project_id)
            .order_by(examples.c.good.desc(), examples.c.pinned_at)
        )
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        return [
            Example(
                sha256=row.sha256,
                good=row.good,
                note=row.note,
                person=row.name,
                pinned_at=row.pinned_at,
            )
            for row in rows
        ]

    def flags(self, project_id: str, limit: int = 60) -> list[Flag]:
        """Return comments of labelers that no correction has followed yet, the newest first."""
        later = annotations.alias("later")
        dealt_with = exists().where(
            later.c.project_id == project_id,
            later.c.sha256 == annotations.c.sha256,
            later.c.kind.in_(DEALT_WITH),
            later.c.id > annotations.c.id,
        )
        query = (
            select(annotations, people.c.name)
            .join(people, people.c.id == annotations.c.person_id)
            .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
            .where(
                annotations.c.project_id == project_id,
                COMMENTED,
                annotations.c.kind.in_(FROM_LABELERS),
                undone.c.annotation_id.is_(None),
                ~dealt_with,
            )
            .order_by(annotations.c.id.desc())
            .limit(limit)
        )
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        return [
            Flag(
                annotation_id=row.id,
                sha256=row.sha256,
                comment=row.comment,
                value=to_value(row.value),
                person=row.name,
                created_at=row.created_at,
            )
            for row in rows
        ]
