"""Projects."""

from difflib import get_close_matches

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.project import Project, ProjectSettings, ProjectState
from models.record import now
from models.setting_effect import SettingsEffect
from tenfold.errors import ConflictError, NotFoundError
from tenfold.store.engine import Database
from tenfold.store.newest import project_of
from tenfold.store.rows import new_id, to_project
from tenfold.store.setting_effects import effect_of
from tenfold.store.settings_rows import changed_settings, keep_settings
from tenfold.store.tables import cycles, former_names, projects

FIXED = {"name": "Use `rename`.", "task": "Make another project.", "classes": "Use `Classes`."}
"""Settings that aren't changed here, and what to do instead."""


THERE = projects.c.state != ProjectState.DELETED

_FORMERLY = (
    select(projects)
    .join(former_names, former_names.c.project_id == projects.c.id)
    .where(former_names.c.name == bindparam("name"))
)


def _refuse_fixed(changes: dict[str, object]) -> None:
    for field in sorted(changes.keys() & FIXED.keys()):
        raise ConflictError(f"The {field} of a project can't be changed so.", FIXED[field])


def _free(connection: Connection, name: str) -> None:
    """Let a name no longer lead to a project that once had it."""
    connection.execute(delete(former_names).where(former_names.c.name == name))


class Projects:
    """The projects of this store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, settings: ProjectSettings) -> Project:
        """Make a project.

        Raises:
            ConflictError: the name is taken.
        """
        project_id = new_id()
        chosen = ProjectSettings.model_validate(
            settings.model_dump(include=set(ProjectSettings.model_fields))
        )
        try:
            with self._db.write() as connection:
                _free(connection, chosen.name)
                connection.execute(
                    insert(projects).values(
                        id=project_id,
                        name=chosen.name,
                        settings=chosen.model_dump_json(),
                        state=ProjectState.ACTIVE,
                        classes_version=1,
                        dataset_version=0,
                        created_at=now(),
                    )
                )
                return project_of(connection, project_id)
        except IntegrityError:
            raise ConflictError(
                f"A project named {chosen.name!r} is there already.", "Choose another name."
            ) from None

    def get(self, name: str) -> Project:
        """Return a project by its name, or by one that it had and no other has now.

        Raises:
            NotFoundError: none has it; names that are near are given.
        """
        with self._db.read() as connection:
            row = connection.execute(select(projects).where(projects.c.name == name)).one_or_none()
            row = row or connection.execute(_FORMERLY, {"name": name}).one_or_none()
            if row is not None:
                return to_project(row)
            known = connection.scalars(select(projects.c.name).where(THERE)).all()
            near = get_close_matches(name, known, n=3)
        hint = (
            f"Did you mean {', '.join(near)}?" if near else "`tenfold status` shows all projects."
        )
        raise NotFoundError(f"There is no project named {name!r}.", hint)

    def by_id(self, project_id: str) -> Project:
        """Return a project by its id.

        Raises:
            NotFoundError: no such project.
        """
        with self._db.read() as connection:
            return project_of(connection, project_id)

    def effect(self, name: str, /, **changes: object) -> SettingsEffect:
        """Say what a change of settings would come to; raises as `update` does."""
        _refuse_fixed(changes)
        before = self.get(name)
        with self._db.read() as connection:
            return effect_of(connection, before, changed_settings(before, changes))

    def change(self, name: str, /, **changes: object) -> Project:
        """Change settings as people may while work goes on.

        Raises:
            ConflictError: an audit or a walk is open that keeps what was promised; or as `update`.
            SettingsError: a value that can't be.
        """
        return self._update(name, changes, careful=True)

    def update(self, name: str, /, **changes: object) -> Project:
        """Change settings, whatever is open: what was frozen stays as it was.

        Raises:
            NotFoundError: no such project.
            ConflictError: the task type; or name or classes, which have ways of their own.
            SettingsError: a value that can't be.
        """
        return self._update(name, changes, careful=False)

    def _update(self, name: str, changes: dict[str, object], *, careful: bool) -> Project:
        _refuse_fixed(changes)
        before = self.get(name)
        with self._db.write(before.id) as connection:
            before = project_of(connection, before.id)
            after = changed_settings(before, changes)
            refused = effect_of(connection, before, after).refused if careful else ()
            if refused:
                raise ConflictError(" ".join(refused))
            keep_settings(
                connection,
                before.id,
                after,
                former_classes=before.former_classes,
                counts_since=before.counts_since,
                classes_version=before.classes_version,
            )
            return project_of(connection, before.id)

    def rename(self, name: str, to: str) -> Project:
        """Call a project otherwise; pages that were opened under the old name find it still.

        Raises:
            NotFoundError: no such project.
            ConflictError: the name is taken.
            SettingsError: it can't be a name.
        """
        project = self.get(name)
        settings = changed_settings(project, {"name": to})
        try:
            with self._db.write(project.id) as connection:
                _free(connection, to)
                _free(connection, project.name)
                keep_settings(
                    connection,
                    project.id,
                    settings,
                    former_classes=project.former_classes,
                    counts_since=project.counts_since,
                    classes_version=project.classes_version,
                )
                connection.execute(
                    insert(former_names).values(name=project.name, project_id=project.id)
                )
                return project_of(connection, project.id)
        except IntegrityError:
            raise ConflictError(
                f"A project named {to!r} is there already.", "Choose another name."
            ) from None

    def of_run(self, flow_run_id: str) -> Project | None:
        """Return the project whose cycle a flow run has, whatever it was called then."""
        query = (
            select(projects)
            .join(cycles, cycles.c.project_id == projects.c.id)
            .where(cycles.c.flow_run_id == flow_run_id, THERE)
            .limit(1)
        )
        with self._db.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else to_project(row)

    def set_state(self, name: str, state: ProjectState) -> Project:
        """Pause, go on with, or archive a project."""
        project = self.get(name)
        with self._db.write() as connection:
            connection.execute(
                update(projects).where(projects.c.id == project.id).values(state=state)
            )
            return project_of(connection, project.id)

    def list(self, *, include_archived: bool = False) -> list[Project]:
        """Return projects by name."""
        query = select(projects).where(THERE).order_by(projects.c.name)
        if not include_archived:
            query = query.where(projects.c.state != ProjectState.ARCHIVED)
        with self._db.read() as connection:
            return [to_project(row) for row in connection.execute(query)]
