"""A project's settings, checked and written."""

import json

from pydantic import ValidationError
from sqlalchemy import Connection, update

from models.project import Project, ProjectSettings
from tenfold.errors import SettingsError
from tenfold.store.tables import projects


def changed_settings(before: Project, changes: dict[str, object]) -> ProjectSettings:
    """Return a project's settings with some of them changed.

    Raises:
        SettingsError: with what can't be, and why.
    """
    old = before.model_dump(include=set(ProjectSettings.model_fields))
    try:
        return ProjectSettings.model_validate({**old, **changes})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'settings'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(f"Project {before.name!r} can't be set so: {problems}.") from None


def keep_settings(
    connection: Connection,
    project_id: str,
    settings: ProjectSettings,
    *,
    former_classes: dict[str, str | None],
    counts_since: int,
    classes_version: int,
) -> None:
    """Write settings, and beside them what is known of earlier lists of classes."""
    stored = settings.model_dump(mode="json")
    stored |= {"former_classes": former_classes, "counts_since": counts_since}
    connection.execute(
        update(projects)
        .where(projects.c.id == project_id)
        .values(
            name=settings.name,
            settings=json.dumps(stored, ensure_ascii=False),
            classes_version=classes_version,
        )
    )
