"""Model versions and what they propose."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update

from models.cycle import Claim
from models.prelabel import ModelVersion, Prelabel
from models.project import Project
from models.round import RoundKind
from tenfold.errors import ConflictError, NotFoundError
from tenfold.store.engine import Database
from tenfold.store.rows import from_value, to_value
from tenfold.store.tables import images, model_versions, prelabels, rounds
from tenfold.store.tallies import bump, insert_into

CHUNK = 500
"""Values in one IN list."""


TRAINED = model_versions.c.number > 0
"""Not one that only holds old labels as proposals, or learned from labels that count no more."""


class Models:
    """The model versions of all projects."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._numbers: dict[str, int | None] = {}
        """Of model versions that were asked for: each keeps the number that it was trained as."""

    def next_number(self, project_id: str) -> int:
        """Return the number that the next model version gets."""
        query = select(func.max(model_versions.c.number)).where(
            model_versions.c.project_id == project_id, TRAINED
        )
        with self._db.read() as connection:
            return (connection.scalar(query) or 0) + 1

    def add(self, claim: Claim, model: ModelVersion) -> None:
        """Store a model version; one that is there stays as it is."""
        with self._db.claimed(claim) as connection:
            insert_version(connection, model)

    def get(self, model_id: str) -> ModelVersion:
        """Return a model version.

        Raises:
            NotFoundError: no such model version.
        """
        query = select(model_versions.c.record).where(model_versions.c.id == model_id)
        with self._db.read() as connection:
            record = connection.scalar(query)
        if record is None:
            raise NotFoundError(f"There is no model version {model_id}.")
        return ModelVersion.model_validate_json(record)

    def number(self, model_id: str) -> int | None:
        """Return the number of a model version; None of one that no training made.

        It is read once, since labelers' requests ask for it.
        """
        if model_id not in self._numbers:
            query = select(model_versions.c.number).where(model_versions.c.id == model_id, TRAINED)
            with self._db.read() as connection:
                self._numbers[model_id] = connection.scalar(query)
        return self._numbers[model_id]

    def latest(self, project_id: str) -> ModelVersion | None:
        """Return the newest model version."""
        found = self.list(project_id)
        return found[-1] if found else None

    def add_prelabels(
        self, claim: Claim, model_version_id: str, proposed: Sequence[Prelabel]
    ) -> None:
        """Store a shard of pre-labels; the same shard again changes nothing."""
        by_hash = {prelabel.sha256: prelabel for prelabel in proposed}
        with self._db.claimed(claim) as connection:
            shas = sorted(by_hash)
            for start in range(0, len(shas), CHUNK):
                part = [by_hash[sha] for sha in shas[start : start + CHUNK]]
                upsert(connection, model_version_id, part)
                note_proposed(connection, claim.project_id, [p.sha256 for p in part])

    def prelabels(self, model_version_id: str) -> Iterator[Prelabel]:
        """Yield what a model version proposes, in the order of the hashes, page by page.

        For the pipeline alone: nothing is hidden here while an audit is open.
        """
        after = ""
        while True:
            query = (
                select(prelabels)
                .where(prelabels.c.model_version == model_version_id, prelabels.c.sha256 > after)
                .order_by(prelabels.c.sha256)
                .limit(5000)
            )
            with self._db.read() as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            for row in rows:
                yield Prelabel.model_validate(
                    {
                        "sha256": row.sha256,
                        "value": to_value(row.value),
                        "confidence": row.confidence,
                        "precedents": row.precedents or "",
                    }
                )
            after = rows[-1].sha256

    def prelabel_count(self, model_version_id: str) -> int:
        """Return how many images a model version has proposed a label for."""
        query = select(model_versions.c.prelabels).where(model_versions.c.id == model_version_id)
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def list(self, project_id: str) -> list[ModelVersion]:
        """Return the model versions of a project, oldest first."""
        query = (
            select(model_versions.c.record)
            .where(model_versions.c.project_id == project_id, TRAINED)
            .order_by(model_versions.c.number)
        )
        with self._db.read() as connection:
            return [ModelVersion.model_validate_json(text) for text in connection.scalars(query)]


def without_model(
    project: Project, version_id: str, number: int, cycle_id: str, created_at: datetime
) -> ModelVersion:
    """Return a version that holds proposals which no model of the project made."""
    return ModelVersion(
        id=version_id,
        project_id=project.id,
        cycle_id=cycle_id,
        number=number,
        task=project.task,
        classes=project.class_names,
        snapshot_id="",
        trained_on=0,
        blob="",
        created_at=created_at,
    )


def insert_version(connection: Connection, model: ModelVersion) -> None:
    """Write a model version; one that is there stays as it is."""
    statement = insert_into(model_versions, connection.dialect).values(
        id=model.id,
        project_id=model.project_id,
        number=model.number,
        prelabels=0,
        record=model.model_dump_json(),
    )
    connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))


def upsert(connection: Connection, model_version_id: str, part: Sequence[Prelabel]) -> None:
    """Write what a model version proposes, and count it.

    Raises:
        ConflictError: an audit was drawn on it, so that what it proposes is frozen.
    """
    _refuse_if_audited(connection, model_version_id, part)
    known = connection.execute(
        select(func.count())
        .select_from(prelabels)
        .where(
            prelabels.c.model_version == model_version_id,
            prelabels.c.sha256.in_([prelabel.sha256 for prelabel in part]),
        )
    ).scalar_one()
    statement = insert_into(prelabels, connection.dialect)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["model_version", "sha256"],
            set_={
                "value": statement.excluded.value,
                "confidence": statement.excluded.confidence,
                "precedents": statement.excluded.precedents,
            },
        ),
        [
            {
                "model_version": model_version_id,
                "sha256": prelabel.sha256,
                "value": from_value(prelabel.value),
                "confidence": prelabel.confidence,
                "precedents": prelabel.precedents or None,
            }
            for prelabel in part
        ],
    )
    connection.execute(
        update(model_versions)
        .where(model_versions.c.id == model_version_id)
        .values(prelabels=model_versions.c.prelabels + len(part) - known)
    )


def _refuse_if_audited(
    connection: Connection, model_version_id: str, part: Sequence[Prelabel]
) -> None:
    """Refuse proposals that aren't those which an audit measures; the same again change nothing."""
    audited = exists().where(
        rounds.c.model_version == model_version_id,
        rounds.c.kind == RoundKind.AUDIT,
        rounds.c.walk_id.is_(None),
    )
    if not connection.scalar(select(audited)):
        return
    shas = [prelabel.sha256 for prelabel in part]
    query = select(prelabels).where(
        prelabels.c.model_version == model_version_id, prelabels.c.sha256.in_(shas)
    )
    frozen = {row.sha256: (row.value, row.confidence) for row in connection.execute(query)}
    for one in part:
        if frozen.get(one.sha256) != (from_value(one.value), one.confidence):
            raise ConflictError(
                f"What model version {model_version_id} proposes is frozen: an audit measures it."
            )


def note_proposed(connection: Connection, project_id: str, shas: Sequence[str]) -> None:
    """Call images pre-labeled that had nothing."""
    changed = connection.execute(
        update(images)
        .where(
            images.c.project_id == project_id,
            images.c.sha256.in_(shas),
            images.c.state == "unlabeled",
        )
        .values(state="pre-labeled")
        .returning(images.c.gone)
    ).all()
    here = sum(not row.gone for row in changed)
    bump(connection, project_id, Counter({"state:unlabeled": -here, "state:pre-labeled": here}))
