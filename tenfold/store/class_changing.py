"""Changing the classes of a project while people work.

The list changes in one transaction, and with it what the names mean. What follows for labels that
are there is worked through in parts, so that answers come between; killed on the way, it goes on
where it stopped.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from models.class_list import Afterwards, ClassChange, ClassDraft, ClassEffect
from models.project import Project, ProjectSettings
from models.record import now
from tenfold.errors import ConflictError
from tenfold.store import tallies
from tenfold.store.class_aftermath import Aftermath
from tenfold.store.class_effects import effect_of
from tenfold.store.class_plans import ClassPlan, plan_change
from tenfold.store.cycle_ends import begin_anew
from tenfold.store.engine import Database
from tenfold.store.newest import project_of
from tenfold.store.settings_rows import changed_settings, keep_settings
from tenfold.store.tables import annotations, class_changes


class Classes:
    """The lists of label classes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def effect(self, project_id: str, drafts: Sequence[ClassDraft]) -> ClassEffect:
        """Say what a change would come to.

        Raises:
            ConflictError: it can't be made, and why.
        """
        with self._db.read() as connection:
            project = project_of(connection, project_id)
            plan = plan_change(project, drafts)
            _refuse_used(connection, project, plan)
            return effect_of(connection, project, plan)

    def change(
        self,
        project_id: str,
        drafts: Sequence[ClassDraft],
        *,
        by: str,
        version: int | None = None,
        afterwards: Afterwards | None = None,
        finish: bool = True,
    ) -> ClassChange:
        """Make a change, and draw its consequences.

        Args:
            project_id: the project.
            drafts: the list that is to be.
            by: who changes it.
            version: of the list that the change was made from; None: whatever it is.
            afterwards: what becomes of the labels; None where that needs no choice.
            finish: draw the consequences now; else `finish` is to be called.

        Raises:
            ConflictError: it can't be made; the list is another by now; or it ends an audit or a
                certificate, and nobody has chosen what comes afterwards.
        """
        with self._db.write(project_id) as connection:
            project = project_of(connection, project_id)
            if version not in (None, project.classes_version):
                raise ConflictError(
                    "The classes were changed meanwhile.", "Load the list of classes again."
                )
            made = _make(connection, project, drafts, by, afterwards)
        if finish:
            self.finish(project_id)
        return made

    def finish(self, project_id: str) -> None:
        """Draw what consequences of changes are left; nothing happens where none are."""
        pending = (
            select(class_changes)
            .where(class_changes.c.project_id == project_id, class_changes.c.done.is_(False))
            .order_by(class_changes.c.version)
            .limit(1)
        )
        while True:
            with self._db.read() as connection:
                row = connection.execute(pending).one_or_none()
            if row is None:
                return
            record = ClassChange.model_validate_json(row.record)
            Aftermath(self._db, project_id, record, row.upto).work()

    def changes(self, project_id: str) -> list[ClassChange]:
        """Return the changes of a project's classes, oldest first."""
        query = (
            select(class_changes.c.record)
            .where(class_changes.c.project_id == project_id)
            .order_by(class_changes.c.version)
        )
        with self._db.read() as connection:
            return [ClassChange.model_validate_json(text) for text in connection.scalars(query)]


def _make(
    connection: Connection,
    project: Project,
    drafts: Sequence[ClassDraft],
    by: str,
    afterwards: Afterwards | None,
) -> ClassChange:
    plan = plan_change(project, drafts)
    _refuse_used(connection, project, plan)
    effect = effect_of(connection, project, plan)
    if effect.ends and afterwards is None:
        raise ConflictError(
            " ".join(effect.ends),
            f"Choose what becomes of the labels: {', '.join(each.value for each in Afterwards)}.",
        )
    settings = changed_settings(project, {"classes": plan.after})
    record = ClassChange(
        version=project.classes_version + int(plan.after != project.classes),
        classes=plan.after,
        effect=effect,
        afterwards=afterwards or Afterwards.GO_ON,
        restarted=bool(effect.ends) or afterwards in (Afterwards.PROPOSALS, Afterwards.START_OVER),
        by=by,
        at=now(),
    )
    if record.version > project.classes_version:
        _write(connection, project, settings, plan, record)
    return record


def _write(
    connection: Connection,
    project: Project,
    settings: ProjectSettings,
    plan: ClassPlan,
    record: ClassChange,
) -> None:
    anew = record.restarted and record.afterwards is not Afterwards.GO_ON
    keep_settings(
        connection,
        project.id,
        settings,
        former_classes=plan.former,
        counts_since=record.version if anew else project.counts_since,
        classes_version=record.version,
    )
    newest = select(func.max(annotations.c.id)).where(annotations.c.project_id == project.id)
    connection.execute(
        insert(class_changes).values(
            project_id=project.id,
            version=record.version,
            record=record.model_dump_json(),
            upto=connection.scalar(newest) or 0,
            done=False,
        )
    )
    if record.restarted:
        begin_anew(connection, project.id, _because(record))


def _because(record: ClassChange) -> str:
    effect = record.effect
    parts = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("added", effect.added),
            ("removed", effect.removed),
            ("renamed", tuple(effect.renamed)),
        )
        if names
    ]
    return f"{record.by} changed the classes: {'; '.join(parts)}."


def _refuse_used(connection: Connection, project: Project, plan: ClassPlan) -> None:
    used = tallies.read(connection, project.id) if plan.removed else {}
    for name in sorted(plan.removed):
        labels = used.get(f"people:{name}", 0) + used.get(f"machine:{name}", 0)
        if labels:
            raise ConflictError(
                f"The class {name!r} can't be taken away: {labels} labels use it.",
                "Merge it into another class, or correct these labels first.",
            )
