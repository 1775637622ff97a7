"""Final labels, and the records of the snapshots that were made of them."""

import hashlib
from collections.abc import Iterator, Sequence

from sqlalchemy import and_, func, insert, select

from models.annotation import FinalKind
from models.cycle import Claim
from models.dataset import LabelSnapshot, SnapshotPurpose, SnapshotRow
from tenfold.store.engine import Database
from tenfold.store.finals import HUMAN
from tenfold.store.membership import member
from tenfold.store.newest import project_of, walk_is_open
from tenfold.store.rows import in_todays_names, to_value
from tenfold.store.tables import annotations, images, label_snapshots, people, undone
from tenfold.store.walk_rows import in_open_walk

PAGE = 2000
"""Final labels in one query."""


class Snapshots:
    """Final labels and label snapshots."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def final_labels(
        self, project_id: str, version: int | None = None, *, human_only: bool = False
    ) -> Iterator[SnapshotRow]:
        """Yield final labels in the order of the hashes, page by page.

        What a walk delivers is among them once its certificate is there.

        Args:
            project_id: the project.
            version: of this dataset version; None: of the images in the source now.
            human_only: leave out what was accepted from a model.
        """
        after = ""
        while True:
            query = (
                select(
                    images.c.sha256,
                    images.c.final_value,
                    images.c.final_by,
                    images.c.final_annotation,
                    annotations.c.model_version,
                )
                .join(annotations, annotations.c.id == images.c.final_annotation)
                .where(
                    member(project_id, version),
                    images.c.sha256 > after,
                    images.c.final_value.is_not(None),
                )
                .order_by(images.c.sha256)
                .limit(PAGE)
            )
            if human_only:
                query = query.where(images.c.final_by != FinalKind.ACCEPTED)
            with self._db.read() as connection:
                project = project_of(connection, project_id)
                if not human_only and walk_is_open(connection, project_id):
                    half_done = and_(images.c.final_by == FinalKind.ACCEPTED, in_open_walk())
                    query = query.where(~half_done)
                rows = connection.execute(query).all()
            if not rows:
                return
            for row in rows:
                yield SnapshotRow.model_validate(
                    {
                        "sha256": row.sha256,
                        "value": to_value(in_todays_names(project, row.final_value)),
                        "by": row.final_by,
                        "annotation_id": row.final_annotation,
                        "model_version": row.model_version,
                    }
                )
            after = rows[-1].sha256

    def annotators(self, annotation_ids: Sequence[int]) -> dict[int, str]:
        """Return who made each of these annotations, by name; a model's are left out."""
        query = (
            select(annotations.c.id, people.c.name)
            .join(people, people.c.id == annotations.c.person_id)
            .where(annotations.c.id.in_(annotation_ids))
        )
        with self._db.read() as connection:
            return {row.id: row.name for row in connection.execute(query)}

    def add(self, claim: Claim, snapshot: LabelSnapshot) -> None:
        """Store the record of a snapshot; one that is there stays as it is."""
        with self._db.claimed(claim) as connection:
            there = connection.scalar(
                select(label_snapshots.c.id).where(label_snapshots.c.id == snapshot.id)
            )
            if there is None:
                newest = connection.scalar(
                    select(func.max(label_snapshots.c.position)).where(
                        label_snapshots.c.project_id == claim.project_id
                    )
                )
                connection.execute(
                    insert(label_snapshots).values(
                        id=snapshot.id,
                        project_id=claim.project_id,
                        purpose=snapshot.purpose,
                        position=(newest or 0) + 1,
                        record=snapshot.model_dump_json(),
                    )
                )

    def latest(self, project_id: str, purpose: SnapshotPurpose) -> LabelSnapshot | None:
        """Return the newest snapshot of a purpose."""
        query = (
            select(label_snapshots.c.record)
            .where(label_snapshots.c.project_id == project_id, label_snapshots.c.purpose == purpose)
            .order_by(label_snapshots.c.position.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            record = connection.scalar(query)
        return None if record is None else LabelSnapshot.model_validate_json(record)

    def tags_digest(self, project_id: str) -> str:
        """Return a hash that changes when people or imports say something new, or take it back."""
        kinds = (*HUMAN, "import")
        said = select(func.count(), func.max(annotations.c.id)).where(
            annotations.c.project_id == project_id, annotations.c.kind.in_(kinds)
        )
        taken_back = (
            select(func.count())
            .select_from(undone)
            .join(annotations, annotations.c.id == undone.c.annotation_id)
            .where(annotations.c.project_id == project_id)
        )
        with self._db.read() as connection:
            count, newest = connection.execute(said).one()
            undone_count = connection.scalar(taken_back)
        text = f"{count} {newest or 0} {undone_count}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]
