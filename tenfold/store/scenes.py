"""All that an answer is judged by, read with one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, exists, select

from models.annotation import Answer
from models.project import Project
from tenfold.store.erased import ERASED
from tenfold.store.newest import round_of
from tenfold.store.people import active_person
from tenfold.store.rows import AnyRow
from tenfold.store.standings import BESIDE, project_beside
from tenfold.store.tables import annotations, drafts, images, items, people, projects, rounds

_BEFORE = (
    select(annotations.c.id)
    .where(annotations.c.person_id == bindparam("person"), annotations.c.key == bindparam("key"))
    .scalar_subquery()
)

_SAID = exists().where(
    annotations.c.project_id == rounds.c.project_id, annotations.c.sha256 == bindparam("sha")
)

_DRAFTED = exists().where(
    drafts.c.project_id == rounds.c.project_id,
    drafts.c.sha256 == bindparam("sha"),
    drafts.c.person_id == bindparam("person"),
)

_SCENE = (
    select(
        rounds,
        people.c.name.label("person_name"),
        people.c.active.label("person_active"),
        *BESIDE,
        images.c.state.label("image_state"),
        images.c.width.label("image_width"),
        images.c.height.label("image_height"),
        images.c.gone.label("image_gone"),
        images.c.final_annotation.label("image_final_annotation"),
        images.c.touched.label("image_touched"),
        _SAID.label("said"),
        _BEFORE.label("before"),
        _DRAFTED.label("drafted"),
        items.c.position.label("item_position"),
        items.c.state.label("item_state"),
        items.c.person_id.label("item_person_id"),
        items.c.leased_until.label("item_leased_until"),
        items.c.annotation_id.label("item_annotation_id"),
    )
    .select_from(rounds)
    .join(projects, projects.c.id == rounds.c.project_id)
    .join(people, people.c.id == bindparam("person"))
    .outerjoin(
        images,
        and_(images.c.project_id == rounds.c.project_id, images.c.sha256 == bindparam("sha")),
    )
    .outerjoin(items, and_(items.c.round_id == rounds.c.id, items.c.sha256 == bindparam("sha")))
    .where(rounds.c.id == bindparam("round"))
    .order_by(items.c.slot)
)


class Slot(NamedTuple):
    """One of the answers that a round wants of an image; columns of its item."""

    round_id: str
    position: int
    state: str
    person_id: int | None
    leased_until: datetime | None
    annotation_id: int | None


@dataclass(frozen=True, slots=True)
class Scene:
    """A person, a round, its project and an image."""

    round: AnyRow
    person: str
    project: Project
    size: tuple[int, int] | None
    """Width and height of the image; None: the project has no such image, or it was erased."""
    before: int | None
    """The annotation that the answer became when it was sent before."""
    slots: list[Slot]
    """Of the image in the round; none: it was never part of it."""
    unsaid: str | None
    """The state of an image of which nobody ever said anything; None: somebody did, or it left."""
    drafted: bool
    """Whether something is kept that the person had begun on the image."""


def scene_of(connection: Connection, person_id: int, answer: Answer) -> Scene:
    """Return what an answer is about.

    Raises:
        NotFoundError: no such round, or person.
        ForbiddenError: the person may no longer work here; an answer sent before is still known.
    """
    values = {
        "person": person_id,
        "key": answer.key,
        "round": answer.round_id,
        "sha": answer.sha256,
    }
    found = connection.execute(_SCENE, values).all()
    row = found[0] if found else None
    if row is None or (row.before is None and not row.person_active):
        round_of(connection, answer.round_id)
        active_person(connection, person_id)
        raise AssertionError("a row without a round or a person")
    there = row.image_state not in (None, ERASED)
    return Scene(
        round=row,
        person=row.person_name,
        project=project_beside(row, row.project_id),
        size=(row.image_width, row.image_height) if there else None,
        before=row.before,
        slots=[_slot(each) for each in found if each.item_position is not None],
        unsaid=row.image_state if there and _is_unsaid(row) else None,
        drafted=bool(row.drafted),
    )


def _is_unsaid(row: AnyRow) -> bool:
    counted = row.image_touched or row.image_final_annotation is not None
    return not (row.said or counted or row.image_gone)


def _slot(row: AnyRow) -> Slot:
    return Slot(
        round_id=row.id,
        position=row.item_position,
        state=row.item_state,
        person_id=row.item_person_id,
        leased_until=row.item_leased_until,
        annotation_id=row.item_annotation_id,
    )
