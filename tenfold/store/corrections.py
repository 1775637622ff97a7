"""Labels from outside rounds: corrections on the data view, and imports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from models.annotation import Annotation, AnnotationKind, SkipReason
from models.label import LabelValue
from models.person import Person, Role
from models.project import Project
from models.record import now
from tenfold.errors import ConflictError
from tenfold.store.annotation_rows import annotation_of
from tenfold.store.answers import checked
from tenfold.store.finals import recompute
from tenfold.store.newest import held_blind, newest_prelabeled
from tenfold.store.review_requests import close
from tenfold.store.rows import AnyRow, from_value, in_todays_names
from tenfold.store.tables import annotations, prelabels, roles

CHUNK = 500
"""Values in one IN list."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of an image outside a round."""

    project: Project
    sha256: str
    word: LabelValue | SkipReason
    comment: str = ""


def correct(connection: Connection, wanted: Correction, person: Person) -> Annotation:
    """Write a correction, and work the image's final label out anew.

    Raises:
        ConflictError: an audit that isn't approved yet, or an open walk, holds the image.
        InvalidAnswerError: it can't be a label of this image.
    """
    project, sha256 = wanted.project, wanted.sha256
    skip = wanted.word if isinstance(wanted.word, SkipReason) else None
    value = None if isinstance(wanted.word, SkipReason) else wanted.word
    normal = checked(connection, project, sha256, value)
    if held_blind(connection, project.id, [sha256]):
        raise ConflictError(
            "This image is being answered blind in an audit, or may yet be.",
            "Correct it once the audit is approved, or the certificate is there.",
        )
    reviews = _role(connection, project.id, person).may_act_as(Role.REVIEWER)
    proposed = _proposed(connection, project.id, sha256)
    added = connection.execute(
        insert(annotations)
        .values(
            project_id=project.id,
            sha256=sha256,
            kind=AnnotationKind.ADJUDICATION if reviews else AnnotationKind.CORRECTION,
            value=from_value(normal),
            skip=skip,
            comment=wanted.comment,
            person_id=person.id,
            proposed=in_todays_names(project, proposed.value) if proposed else None,
            model_version=proposed.model_version if proposed else None,
            classes_version=project.classes_version,
            created_at=now(),
        )
        .returning(annotations.c.id)
    ).scalar_one()
    recompute(connection, project, [sha256])
    close(connection, project.id, [sha256])
    return annotation_of(connection, added)


def import_labels(
    connection: Connection, project: Project, labels: Mapping[str, LabelValue]
) -> int:
    """Write imported labels that aren't there yet; return how many."""
    there = _imported(connection, project.id, list(labels))
    moment = now()
    rows = []
    for sha, value in labels.items():
        stored = from_value(checked(connection, project, sha, value))
        if there.get(sha) != stored:
            rows.append(_import_row(project, sha, stored, moment))
    if rows:
        connection.execute(insert(annotations), rows)
        recompute(connection, project, [str(row["sha256"]) for row in rows])
    return len(rows)


def _import_row(
    project: Project, sha256: str, stored: str | None, moment: datetime
) -> dict[str, object]:
    return {
        "project_id": project.id,
        "sha256": sha256,
        "kind": AnnotationKind.IMPORT,
        "value": stored,
        "classes_version": project.classes_version,
        "created_at": moment,
    }


def _imported(
    connection: Connection, project_id: str, shas: Sequence[str]
) -> dict[str, str | None]:
    """Return the newest imported value of each image."""
    found: dict[str, str | None] = {}
    for start in range(0, len(shas), CHUNK):
        query = (
            select(annotations.c.sha256, annotations.c.value)
            .where(
                annotations.c.project_id == project_id,
                annotations.c.sha256.in_(shas[start : start + CHUNK]),
                annotations.c.kind == AnnotationKind.IMPORT,
            )
            .order_by(annotations.c.id)
        )
        found.update((sha, value) for sha, value in connection.execute(query))
    return found


def _role(connection: Connection, project_id: str, person: Person) -> Role:
    given = connection.scalar(
        select(roles.c.role).where(roles.c.project_id == project_id, roles.c.person_id == person.id)
    )
    return Role(given) if given else person.role


def _proposed(connection: Connection, project_id: str, sha256: str) -> AnyRow | None:
    model = newest_prelabeled(connection, project_id)
    return connection.execute(
        select(prelabels).where(prelabels.c.model_version == model, prelabels.c.sha256 == sha256)
    ).one_or_none()
