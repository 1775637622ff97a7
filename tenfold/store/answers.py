"""Answers: which slot of which round one fills, and the annotation that it becomes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    insert,
    select,
    update,
)

from models.annotation import AnnotationKind, Answer
from models.label import LabelValue
from models.project import Project
from models.round import Doubt, ItemState, RoundKind, RoundState
from tenfold.errors import InvalidAnswerError
from tenfold.store.erased import ERASED
from tenfold.store.finals import recompute
from tenfold.store.leases import blind_to
from tenfold.store.newest import in_open_audit
from tenfold.store.review_requests import close, sent_back
from tenfold.store.rows import AnyRow, from_value, in_todays_names
from tenfold.store.scenes import Scene, Slot
from tenfold.store.second_looks import doubts_of
from tenfold.store.tables import annotations, images, items, prelabels, rounds, seen, undone
from tenfold.store.tallies import count_labeler
from tenfold.task_types import task_kind

KIND = {
    RoundKind.MANUAL: AnnotationKind.MANUAL,
    RoundKind.REVIEW: AnnotationKind.REVIEW,
    RoundKind.AUDIT: AnnotationKind.AUDIT,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes."""

    round_id: str
    kind: AnnotationKind
    item: Slot | None = None
    """The slot that it fills; None: it is kept, but no slot waits for it."""
    second_opinion: bool = False
    replaces: int | None = None
    """The person's own earlier answer, which a reviewer sent back to them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person had before their eyes."""

    value: str | None = None
    model_version: str | None = None


def checked(
    connection: Connection, project: Project, sha256: str, value: LabelValue | None
) -> LabelValue | None:
    """Return a value in its normal form.

    Raises:
        InvalidAnswerError: the project has no such image, or it can't be a label of it.
    """
    found = connection.execute(
        select(images.c.width, images.c.height).where(
            images.c.project_id == project.id, images.c.sha256 == sha256, images.c.state != ERASED
        )
    ).one_or_none()
    return normal(project, sha256, None if found is None else (found.width, found.height), value)


def normal(
    project: Project,
    sha256: str,
    size: tuple[int, int] | None,
    value: LabelValue | None,
    gone: Iterable[str] = (),
) -> LabelValue | None:
    """Return a value in its normal form and today's names, for an image of a size in pixels.

    Classes that are gone are let through where they are named as such.

    Raises:
        InvalidAnswerError: no size: the project has no such image; or it can't be a label of it.
    """
    if size is None:
        raise InvalidAnswerError(f"Project {project.name!r} has no image {sha256}, or no more.")
    if value is None:
        return None
    names = (*project.class_names, *gone)
    return task_kind(project.task).check(project.today(value), names, *size)


def place(
    connection: Connection, scene: Scene, person_id: int, sha256: str, moment: datetime
) -> Place:
    """Find where an answer goes; what a model said has no part in it.

    Raises:
        InvalidAnswerError: the image was never part of the round.
    """
    round_row, found = scene.round, scene.slots
    if not found:
        raise InvalidAnswerError(f"Image {sha256} isn't part of round {round_row.number}.")
    kind = KIND[RoundKind(round_row.kind)]
    if round_row.kind != RoundKind.AUDIT and round_row.state != RoundState.CLOSED:
        item = _slot(found, person_id, moment)
        if item is not None:
            return Place(round_row.id, kind, item)
    again = _own_again(connection, scene, sha256, person_id)
    if again is not None:
        return Place(round_row.id, kind, again, replaces=again.annotation_id)
    audit = _audit_slot(connection, round_row.project_id, person_id, sha256, moment)
    if audit is not None:
        return Place(audit.round_id, AnnotationKind.AUDIT, audit)
    # An open audit decides for itself; otherwise the first to say something of the image counts.
    later = _is_audited(connection, round_row.project_id, sha256) or _has_answer(
        connection, round_row.project_id, sha256
    )
    return Place(round_row.id, kind, second_opinion=later)


def _slot(rows: Sequence[Slot], person_id: int, moment: datetime) -> Slot | None:
    """Return the person's own slot, else a free one, else one whose holder hasn't answered."""
    waiting = [row for row in rows if row.state == ItemState.WAITING]
    own = [row for row in rows if row.person_id == person_id]
    if own:
        return own[0] if own[0].state == ItemState.WAITING else None
    free = [row for row in waiting if row.leased_until is None or row.leased_until <= moment]
    return next(iter(free or waiting), None)


def _own_again(connection: Connection, scene: Scene, sha256: str, person_id: int) -> Slot | None:
    """Return the slot whose answer by this person was sent back to them."""
    for row in scene.slots:
        if row.person_id == person_id and row.state == ItemState.ANSWERED:
            asked = sent_back(connection, scene.project.id, person_id, sha256)
            return row if asked is not None and asked == row.annotation_id else None
    return None


def _audit_slot(
    connection: Connection, project_id: str, person_id: int, sha256: str, moment: datetime
) -> Slot | None:
    """Return a slot of an open audit that the person may fill: they have seen no proposal."""
    query = (
        select(*(items.c[name] for name in Slot._fields))
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.sha256 == sha256,
            rounds.c.kind == RoundKind.AUDIT,
            rounds.c.state == RoundState.OPEN,
            *blind_to(person_id),
        )
        .order_by(items.c.slot)
    )
    rows = [Slot(*row) for row in connection.execute(query)]
    return _slot(rows, person_id, moment)


def _is_audited(connection: Connection, project_id: str, sha256: str) -> bool:
    return bool(in_open_audit(connection, project_id, [sha256]))


def _has_answer(connection: Connection, project_id: str, sha256: str) -> bool:
    """Whether a person's answer counts for the image already."""
    return (
        connection.scalar(
            select(annotations.c.id)
            .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
            .where(
                annotations.c.project_id == project_id,
                annotations.c.sha256 == sha256,
                annotations.c.person_id.is_not(None),
                annotations.c.second_opinion.is_(False),
                undone.c.annotation_id.is_(None),
            )
            .limit(1)
        )
        is not None
    )


def shown_to(connection: Connection, round_row: AnyRow, person_id: int, sha256: str) -> Shown:
    """Return the proposal that a review showed to a person, as the store knows it."""
    if round_row.kind != RoundKind.REVIEW or round_row.model_version is None:
        return Shown()
    doubts = doubts_of(round_row)
    if doubts:
        return _shown_doubt(connection, round_row, person_id, doubts[sha256])
    value = connection.scalar(
        select(prelabels.c.value)
        .join(
            seen,
            (seen.c.model_version == prelabels.c.model_version)
            & (seen.c.sha256 == prelabels.c.sha256),
        )
        .where(
            prelabels.c.model_version == round_row.model_version,
            prelabels.c.sha256 == sha256,
            seen.c.project_id == round_row.project_id,
            seen.c.person_id == person_id,
        )
    )
    return Shown(value, round_row.model_version) if value is not None else Shown()


def _shown_doubt(connection: Connection, round_row: AnyRow, person_id: int, doubt: Doubt) -> Shown:
    saw = select(seen.c.sha256).where(
        seen.c.project_id == round_row.project_id,
        seen.c.sha256 == doubt.sha256,
        seen.c.person_id == person_id,
        seen.c.model_version == round_row.model_version,
    )
    if connection.scalar(saw) is None:
        return Shown()
    return Shown(from_value(doubt.likelier), round_row.model_version)


@dataclass(frozen=True, slots=True)
class Given:
    """A checked answer with all that is to be kept of it."""

    person_id: int
    answer: Answer
    to: Place
    shown: Shown
    at: datetime


_ADD = insert(annotations).returning(annotations)


def row_of(project: Project, given: Given) -> dict[str, object]:
    """Return the row that an answer becomes, by the names of its columns."""
    answer, to = given.answer, given.to
    return {
        "project_id": project.id,
        "sha256": answer.sha256,
        "kind": to.kind,
        "value": from_value(answer.value),
        "skip": answer.skip,
        "comment": answer.comment,
        "person_id": given.person_id,
        "round_id": to.round_id,
        "key": answer.key,
        "proposed": in_todays_names(project, given.shown.value),
        "model_version": given.shown.model_version,
        "seconds": answer.seconds,
        "actions": answer.actions,
        "classes_version": answer.classes_version or project.classes_version,
        "second_opinion": to.second_opinion,
        "created_at": given.at,
    }


def keep(connection: Connection, project: Project, given: Given) -> tuple[AnyRow, bool]:
    """Write the annotation, fill its slot, and work the image's final label out anew.

    Returns:
        The annotation's row, and whether its round has all answers now.
    """
    answer, to = given.answer, given.to
    added = connection.execute(_ADD, row_of(project, given)).one()
    if to.item is not None:
        _fill(connection, to.item, given, added.id)
    if to.replaces is not None:
        _replace(connection, project, given, to.replaces)
        return added, False
    count_labeler(
        connection,
        project.id,
        given.person_id,
        answers=1,
        skipped=int(answer.skip is not None),
        seconds=answer.seconds,
    )
    recompute(connection, project, [answer.sha256])
    # Last, since everybody who answers waits for this row until the commit.
    return added, to.item is not None and _count(connection, to.item.round_id, given.at)


def _replace(connection: Connection, project: Project, given: Given, earlier: int) -> None:
    """Let an answer stand in the place of the person's own earlier one."""
    before = connection.execute(select(annotations).where(annotations.c.id == earlier)).one()
    connection.execute(insert(undone).values(annotation_id=earlier, at=given.at))
    close(connection, project.id, [given.answer.sha256])
    answer = given.answer
    changed = (before.value, before.skip) != (from_value(answer.value), answer.skip)
    count_labeler(
        connection,
        project.id,
        given.person_id,
        skipped=int(answer.skip is not None) - int(before.skip is not None),
        reviewed=1,
        corrected=int(changed),
        seconds=answer.seconds,
    )
    recompute(connection, project, [answer.sha256])


def filling(annotation: ColumnElement[int]) -> Update:
    """Return the statement that fills a slot of a `round`, at a `place`, by a `person`."""
    return (
        update(items)
        .where(items.c.round_id == bindparam("round"), items.c.position == bindparam("place"))
        .values(
            state=ItemState.ANSWERED,
            person_id=bindparam("person"),
            leased_until=None,
            annotation_id=annotation,
        )
    )


_COMPLETE = and_(rounds.c.state == RoundState.OPEN, rounds.c.answered + 1 >= rounds.c.size)

COUNTING = (
    update(rounds)
    .where(rounds.c.id == bindparam("round"))
    .values(
        answered=rounds.c.answered + 1,
        state=case((_COMPLETE, RoundState.ANSWERED), else_=rounds.c.state),
        answered_at=case((_COMPLETE, bindparam("moment")), else_=rounds.c.answered_at),
    )
    .returning(rounds.c.state)
)
"""Counts one answer more in a round, and returns the round's state."""

_FILL = filling(bindparam("annotation"))


def _fill(connection: Connection, item: Slot, given: Given, annotation_id: int) -> None:
    connection.execute(
        _FILL,
        {
            "round": item.round_id,
            "place": item.position,
            "person": given.person_id,
            "annotation": annotation_id,
        },
    )


def _count(connection: Connection, round_id: str, moment: datetime) -> bool:
    state = connection.execute(COUNTING, {"round": round_id, "moment": moment}).scalar_one()
    return bool(state == RoundState.ANSWERED)
