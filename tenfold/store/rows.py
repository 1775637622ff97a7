"""From rows to records."""

import json
import secrets
from typing import Any

from sqlalchemy import Row

from models.annotation import Annotation
from models.cycle import Cycle, Step
from models.image import Image
from models.label import LabelValue, label_value
from models.person import AccessToken, Person
from models.project import Project
from models.round import Approval, Round

AnyRow = Row[Any]

SECOND_LOOK = "second-look"
"""Key, within its cycle, of the round in which tags are looked at again."""


def new_id() -> str:
    """Return a fresh id: 16 hex digits."""
    return secrets.token_hex(8)


def to_value(text: str | None) -> LabelValue | None:
    """Parse a stored label value."""
    return None if text is None else parsed(text)


def parsed(text: str) -> LabelValue:
    """Parse a stored label value that is there."""
    return label_value.validate_json(text)


def from_value(value: LabelValue | None) -> str | None:
    """Write a label value as it is stored."""
    return None if value is None else value.model_dump_json(exclude_defaults=False)


def in_todays_names(project: Project, text: str | None) -> str | None:
    """Return a stored label value with the names that the project's classes have now."""
    value = to_value(text) if project.former_classes else None
    return text if value is None else from_value(project.today(value))


def _fields(row: AnyRow, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def to_project(row: AnyRow) -> Project:
    """Build a project from its row; settings from before there was a walk mean a look."""
    own = _fields(row, "id", "state", "classes_version", "created_at")
    return Project.model_validate({"certificate": "look", **json.loads(row.settings), **own})


def to_person(row: AnyRow) -> Person:
    """Build a person from their row; the password stays behind."""
    return Person.model_validate(_fields(row, "id", "name", "role", "active", "created_at"))


def to_token(row: AnyRow) -> AccessToken:
    """Build an access token, without its secret."""
    return AccessToken.model_validate(
        _fields(row, "id", "person_id", "title", "created_at", "last_used_at")
    )


def to_cycle(row: AnyRow) -> Cycle:
    """Build a cycle from its row."""
    return Cycle.model_validate(_fields(row, *Cycle.model_fields))


def to_step(row: AnyRow) -> Step:
    """Build a step from its row."""
    names = set(Step.model_fields) - {"detail"}
    return Step.model_validate({**_fields(row, *names), "detail": json.loads(row.detail)})


def to_image(row: AnyRow, paths: tuple[str, ...] = ()) -> Image:
    """Build an image from its row and the paths that it was found under."""
    names = set(Image.model_fields) - {"columns", "paths"}
    columns = json.loads(row.columns)
    return Image.model_validate({**_fields(row, *names), "columns": columns, "paths": paths})


def to_round(row: AnyRow) -> Round:
    """Build a round from its row."""
    names = set(Round.model_fields) - {"second_look"}
    return Round.model_validate({**_fields(row, *names), "second_look": row.key == SECOND_LOOK})


def to_approval(row: AnyRow) -> Approval:
    """Build an approval from its row."""
    return Approval.model_validate(_fields(row, *Approval.model_fields))


def to_annotation(row: AnyRow, person: str | None = None) -> Annotation:
    """Build an annotation from its row; `undone` is taken from the row where it was joined in."""
    names = set(Annotation.model_fields) - {"value", "proposed", "person", "undone"}
    return Annotation.model_validate(
        {
            **_fields(row, *names),
            "value": to_value(row.value),
            "proposed": to_value(row.proposed),
            "person": person,
            "undone": bool(getattr(row, "undone_at", None)),
        }
    )
