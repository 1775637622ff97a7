"""Erasing an image for good, in the label store: what it showed and what was said of it goes.

Its row stays without content, so that versions and rounds count as they did, and a note of who
erased it, when and why. What an open audit or walk has measured of it goes once that is closed:
erasing must not change what is measured.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from models.record import now
from models.removal import Erasure
from models.round import RoundKind, RoundState
from tenfold.store.backlogs import withdraw
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.finals import row_contribution
from tenfold.store.membership import member
from tenfold.store.newest import committed_now, image_of
from tenfold.store.rows import AnyRow
from tenfold.store.tables import (
    annotations,
    dataset_versions,
    erasures,
    examples,
    images,
    items,
    model_versions,
    prelabels,
    review_requests,
    rounds,
    seen,
    sources,
    undone,
    walk_commits,
    walks,
)
from tenfold.store.tallies import bump

BLANK = {
    "class": '{"kind":"class","label":""}',
    "set": '{"kind":"set","labels":[]}',
    "boxes": '{"kind":"boxes","boxes":[]}',
    "polygons": '{"kind":"polygons","polygons":[]}',
}
"""What stands in a walk's log for a label that was erased."""


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
            _leave_rounds(connection, project_id, sha256)
            _leave_sources(connection, project_id, sha256)
            _empty(connection, row)
            return Erasure(sha256=sha256, by=by, reason=reason, at=now())

    def words(self, project_id: str, sha256: str) -> bool:
        """Remove what was said of an erased image; return whether that is done.

        It isn't while an open audit, or an open walk, has measured something by it.
        """
        with self._db.write(project_id) as connection:
            if _measured_by(connection, project_id, sha256):
                return False
            _forget_words(connection, project_id, sha256)
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
        query = select(erasures.c.sha256).where(
            erasures.c.project_id == project_id, erasures.c.sha256.in_(shas)
        )
        with self._db.read() as connection:
            return set(connection.scalars(query))

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


def _leave_rounds(connection: Connection, project_id: str, sha256: str) -> None:
    """Ask nobody for the image any more; who holds it is handed another."""
    opened = (
        select(items.c.round_id)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.sha256 == sha256,
            rounds.c.state != RoundState.CLOSED,
        )
        .distinct()
    )
    for round_id in connection.scalars(opened).all():
        withdraw(connection, round_id, [sha256])
    connection.execute(
        delete(walk_commits).where(
            walk_commits.c.project_id == project_id,
            walk_commits.c.sha256 == sha256,
            walk_commits.c.wrong.is_(None),
            ~_answered_in(project_id, sha256),
            walk_commits.c.walk_id.in_(select(walks.c.id).where(walks.c.closed_at.is_(None))),
        )
    )


def _answered_in(project_id: str, sha256: str) -> ColumnElement[bool]:
    """Whether somebody has answered the image in a round that a commit asked for."""
    return exists().where(
        items.c.round_id == walk_commits.c.round_id,
        items.c.project_id == project_id,
        items.c.sha256 == sha256,
        items.c.annotation_id.is_not(None),
    )


def _measured_by(connection: Connection, project_id: str, sha256: str) -> bool:
    """Whether an open audit, or an open walk, has an answer to the image."""
    answered = (
        select(items.c.round_id)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.sha256 == sha256,
            items.c.annotation_id.is_not(None),
            rounds.c.kind == RoundKind.AUDIT,
            rounds.c.state != RoundState.CLOSED,
        )
    )
    audited = connection.scalar(answered.limit(1)) is not None
    return audited or bool(committed_now(connection, project_id, [sha256]))


def _leave_sources(connection: Connection, project_id: str, sha256: str) -> None:
    """Let its paths be known still, so that they aren't read again, but lead to nothing."""
    gone = connection.execute(
        update(sources)
        .where(
            sources.c.project_id == project_id,
            sources.c.sha256 == sha256,
            sources.c.gone.is_(False),
        )
        .values(gone=True, columns="{}")
    ).rowcount
    bump(connection, project_id, {"paths": -gone})


def _empty(connection: Connection, row: AnyRow) -> None:
    """Take what the image was out of its row, and out of the counts."""
    if not row.gone:
        changes: Counter[str] = Counter()
        changes.subtract(row_contribution(row))
        bump(connection, row.project_id, changes)
    connection.execute(
        update(images)
        .where(images.c.project_id == row.project_id, images.c.sha256 == row.sha256)
        .values(
            state=ERASED,
            columns="{}",
            gone=True,
            final_value=None,
            final_by=None,
            final_annotation=None,
        )
    )
    for table in (examples, seen):
        connection.execute(
            delete(table).where(table.c.project_id == row.project_id, table.c.sha256 == row.sha256)
        )


def _forget_words(connection: Connection, project_id: str, sha256: str) -> None:
    said = (annotations.c.project_id == project_id) & (annotations.c.sha256 == sha256)
    standing = (
        select(annotations.c.id)
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
        .where(said, undone.c.annotation_id.is_(None))
    )
    moment = now()
    rows = [{"annotation_id": one, "at": moment} for one in connection.scalars(standing)]
    if rows:
        connection.execute(insert(undone), rows)
    connection.execute(
        update(annotations).where(said).values(value=None, skip=None, comment="", proposed=None)
    )
    connection.execute(
        update(review_requests)
        .where(review_requests.c.project_id == project_id, review_requests.c.sha256 == sha256)
        .values(comment="", closed_at=func.coalesce(review_requests.c.closed_at, moment))
    )
    _forget_proposals(connection, project_id, sha256)


def _forget_proposals(connection: Connection, project_id: str, sha256: str) -> None:
    models = select(model_versions.c.id).where(model_versions.c.project_id == project_id)
    for model in connection.scalars(models).all():
        removed = connection.execute(
            delete(prelabels).where(
                prelabels.c.model_version == model, prelabels.c.sha256 == sha256
            )
        ).rowcount
        if removed:
            connection.execute(
                update(model_versions)
                .where(model_versions.c.id == model)
                .values(prelabels=model_versions.c.prelabels - removed)
            )
    mine = (walk_commits.c.project_id == project_id) & (walk_commits.c.sha256 == sha256)
    for row in connection.execute(select(walk_commits).where(mine)).all():
        connection.execute(
            update(walk_commits)
            .where(walk_commits.c.walk_id == row.walk_id, walk_commits.c.position == row.position)
            .values(value=_blank(row.value))
        )


def _blank(value: str) -> str:
    kind = next((kind for kind in BLANK if f'"kind":"{kind}"' in value), "class")
    return BLANK[kind]
