"""Projects."""

from difflib import get_close_matches

from pydantic import ValidationError
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from models.project import Project, ProjectSettings, ProjectState
from models.record import now
from tenfold.errors import ConflictError, NotFoundError, SettingsError
from tenfold.store import tallies
from tenfold.store.engine import Database
from tenfold.store.newest import project_of, walk_is_open
from tenfold.store.rows import new_id, to_project
from tenfold.store.tables import projects

FIXED = ("name", "task")
"""Settings that never change."""


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
        """Return a project by its name.

        Raises:
            NotFoundError: none has it; names that are near are given.
        """
        with self._db.read() as connection:
            row = connection.execute(select(projects).where(projects.c.name == name)).one_or_none()
            if row is not None:
                return to_project(row)
            near = get_close_matches(name, connection.scalars(select(projects.c.name)).all(), n=3)
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

    def update(self, name: str, /, **changes: object) -> Project:
        """Change settings; another list of classes gets a new version.

        Raises:
            NotFoundError: no such project.
            ConflictError: the name or the task type, or a class that labels use is taken away.
            SettingsError: a value that can't be.
        """
        fixed = sorted(set(changes) & set(FIXED))
        if fixed:
            raise ConflictError(f"The {' and '.join(fixed)} of a project can't be changed.")
        before = self.get(name)
        with self._db.write(before.id) as connection:
            before = project_of(connection, before.id)
            after = _changed(before, changes)
            removed = set(before.class_names) - set(after.class_names)
            used = tallies.read(connection, before.id)
            _refuse_used(removed, used)
            if removed and walk_is_open(connection, before.id):
                raise ConflictError(
                    "No class can be taken away while a walk goes on: labels are committed.",
                    "Wait for the certificate.",
                )
            bumped = int(after.classes != before.classes)
            connection.execute(
                update(projects)
                .where(projects.c.id == before.id)
                .values(
                    settings=after.model_dump_json(),
                    classes_version=before.classes_version + bumped,
                )
            )
            return project_of(connection, before.id)

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
        query = select(projects).order_by(projects.c.name)
        if not include_archived:
            query = query.where(projects.c.state != ProjectState.ARCHIVED)
        with self._db.read() as connection:
            return [to_project(row) for row in connection.execute(query)]


def _changed(before: Project, changes: dict[str, object]) -> ProjectSettings:
    old = before.model_dump(include=set(ProjectSettings.model_fields))
    try:
        return ProjectSettings.model_validate({**old, **changes})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(f"Project {before.name!r} can't be set so: {problems}.") from None


def _refuse_used(removed: set[str], used: dict[str, int]) -> None:
    for name in sorted(removed):
        labels = used.get(f"people:{name}", 0) + used.get(f"machine:{name}", 0)
        if labels:
            raise ConflictError(
                f"The class {name!r} can't be taken away: {labels} labels use it.",
                "Correct these labels first.",
            )
