"""What a change of classes means for labels that are there, worked through in parts."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Connection, insert, select, update

from models.annotation import AnnotationKind, FinalKind
from models.class_list import Afterwards, ClassChange
from models.label import ClassLabel, TaskType, classes_in
from models.prelabel import ModelVersion, Prelabel
from models.project import Project
from models.record import now
from models.round import RoundKind
from tenfold.store.cycles import newest_of
from tenfold.store.engine import Database
from tenfold.store.finals import recompute
from tenfold.store.model_versions import insert_version, upsert, without_model
from tenfold.store.newest import project_of
from tenfold.store.openings import Opening, open_round
from tenfold.store.rows import from_value, parsed
from tenfold.store.tables import (
    annotations,
    class_changes,
    images,
    model_versions,
    prelabels,
    undone,
)

PART = 500
"""Images in one transaction."""
LOOKED_THROUGH = 5000
"""Labels that are looked through at once for a class that is called otherwise now."""
KEPT_KEY = "kept-labels"
RETIRED = 1000
"""More than a project has models: their numbers stay apart when they are made negative."""


Part = Callable[[Connection, Project, str], str | None]
"""Works on images after a hash; returns the last one, or None at the end."""


class Aftermath:
    """The consequences of one change."""

    def __init__(self, database: Database, project_id: str, change: ClassChange, upto: int) -> None:
        """Prepare them.

        Args:
            database: the store's.
            project_id: the project.
            change: what was changed.
            upto: the newest annotation that was there.
        """
        self._db, self._project_id, self._change, self._upto = database, project_id, change, upto

    def work(self) -> None:
        """Take labels back, rename others, and ask about those that are kept as proposals."""
        if self._change.restarted:
            self._in_parts(self._take_back)
        if self._anew:
            with self._db.write(self._project_id) as connection:
                self._retire_models(connection)
            self._in_parts(self._forget_proposed)
        if self._change.effect.renamed:
            self._in_parts(self._rename)
        with self._db.write(self._project_id) as connection:
            if self._proposes:
                self._ask(connection)
            connection.execute(
                update(class_changes)
                .where(
                    class_changes.c.project_id == self._project_id,
                    class_changes.c.version == self._change.version,
                )
                .values(done=True)
            )

    @property
    def _anew(self) -> bool:
        """Whether the labels of before count no more."""
        return self._change.restarted and self._change.afterwards is not Afterwards.GO_ON

    @property
    def _proposes(self) -> bool:
        return self._anew and self._change.afterwards is Afterwards.PROPOSALS

    def _in_parts(self, part: Part) -> None:
        after: str | None = ""
        while after is not None:
            with self._db.write(self._project_id) as connection:
                after = part(connection, project_of(connection, self._project_id), after)

    def _take_back(self, connection: Connection, project: Project, after: str) -> str | None:
        """Mark annotations as no longer counting, image by image; return the last image."""
        standing = (
            select(annotations.c.id, annotations.c.sha256)
            .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
            .where(
                annotations.c.project_id == project.id,
                annotations.c.sha256 > after,
                annotations.c.id <= self._upto,
                undone.c.annotation_id.is_(None),
                *self._taken_back(),
            )
            .order_by(annotations.c.sha256)
        )
        shas = sorted({row.sha256 for row in connection.execute(standing.limit(PART))})
        if not shas:
            return None
        if self._proposes:
            self._propose(connection, project, shas)
        rows = connection.execute(standing.where(annotations.c.sha256 <= shas[-1])).all()
        moment = now()
        connection.execute(
            insert(undone), [{"annotation_id": row.id, "at": moment} for row in rows]
        )
        recompute(connection, project, shas)
        return str(shas[-1])

    def _taken_back(self) -> list[ColumnElement[bool]]:
        if self._change.afterwards is Afterwards.GO_ON:
            return [annotations.c.kind == AnnotationKind.ACCEPTED]
        return []

    def _retire_models(self, connection: Connection) -> None:
        """Use no model any more that learned from labels which count no more."""
        connection.execute(
            update(model_versions)
            .where(
                model_versions.c.project_id == self._project_id,
                model_versions.c.number > 0,
                model_versions.c.id.in_(self._models_of_before(connection)),
            )
            .values(number=-(RETIRED * self._change.version + model_versions.c.number))
        )

    def _models_of_before(self, connection: Connection) -> list[str]:
        query = select(model_versions.c.record).where(
            model_versions.c.project_id == self._project_id
        )
        models = [ModelVersion.model_validate_json(text) for text in connection.scalars(query)]
        return [model.id for model in models if model.created_at <= self._change.at]

    def _forget_proposed(self, connection: Connection, project: Project, after: str) -> str | None:
        """Call images unlabeled again for which only such a model proposed something."""
        query = (
            select(images.c.sha256)
            .where(
                images.c.project_id == project.id,
                images.c.state == "pre-labeled",
                images.c.sha256 > after,
            )
            .order_by(images.c.sha256)
            .limit(PART)
        )
        shas = connection.scalars(query).all()
        recompute(connection, project, shas)
        return str(shas[-1]) if shas else None

    def _rename(self, connection: Connection, project: Project, after: str) -> str | None:
        """Work out anew the labels of images that name a class by its old name."""
        query = (
            select(images.c.sha256, images.c.final_value)
            .where(
                images.c.project_id == project.id,
                images.c.sha256 > after,
                images.c.final_value.is_not(None),
                *self._named_so(project),
            )
            .order_by(images.c.sha256)
            .limit(PART if project.task is TaskType.CLASSIFICATION else LOOKED_THROUGH)
        )
        rows = connection.execute(query).all()
        old = self._change.effect.renamed.keys()
        named = [row.sha256 for row in rows if classes_in(parsed(row.final_value)) & old]
        recompute(connection, project, named)
        return str(rows[-1].sha256) if rows else None

    def _named_so(self, project: Project) -> list[ColumnElement[bool]]:
        if project.task is not TaskType.CLASSIFICATION:
            return []
        values = [from_value(ClassLabel(label=old)) for old in self._change.effect.renamed]
        return [images.c.final_value.in_(values)]

    @property
    def _model_id(self) -> str:
        return f"{self._project_id}-kept-{self._change.version}"

    def _propose(self, connection: Connection, project: Project, shas: Sequence[str]) -> None:
        """Keep labels that people gave as if a model proposed them."""
        finals = connection.execute(
            select(images.c.sha256, images.c.final_value).where(
                images.c.project_id == project.id,
                images.c.sha256.in_(shas),
                images.c.gone.is_(False),
                images.c.final_value.is_not(None),
                images.c.final_by != FinalKind.ACCEPTED,
            )
        ).all()
        if not finals:
            return
        kept = without_model(
            project,
            self._model_id,
            -self._change.version,  # the number says that it is no model
            self._cycle(connection),
            self._change.at,
        )
        insert_version(connection, kept)
        today = [(row.sha256, project.today(parsed(row.final_value))) for row in finals]
        proposed = [Prelabel(sha256=sha, value=value, confidence=1.0) for sha, value in today]
        upsert(connection, kept.id, proposed)

    def _cycle(self, connection: Connection) -> str:
        newest = newest_of(connection, self._project_id)
        if newest is None:
            raise AssertionError("a change that begins anew has begun a cycle")
        return newest.id

    def _ask(self, connection: Connection) -> None:
        """Open a round in which people say whether the kept labels still hold."""
        shas = connection.scalars(
            select(prelabels.c.sha256)
            .where(prelabels.c.model_version == self._model_id)
            .order_by(prelabels.c.sha256)
        ).all()
        if not shas:
            return
        opening = Opening(
            project_id=self._project_id,
            cycle_id=self._cycle(connection),
            key=f"{KEPT_KEY}-{self._change.version}",
            kind=RoundKind.REVIEW,
            model_version=self._model_id,
            reason="These labels were given under an earlier list of classes. Do they still hold?",
        )
        open_round(connection, opening, shas)
