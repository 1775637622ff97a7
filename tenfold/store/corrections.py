"""Labels from outside rounds: corrections on the data view."""

from dataclasses import dataclass

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
