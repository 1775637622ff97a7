"""All that an answer is judged by, read with one statement."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, select

from models.annotation import Answer
from models.project import Project
from tenfold.store.erased import ERASED
from tenfold.store.newest import round_of
from tenfold.store.people import active_person
from tenfold.store.rows import AnyRow
from tenfold.store.standings import BESIDE, project_beside
from tenfold.store.tables import annotations, images, people, projects, rounds

_BEFORE = (
    select(annotations.c.id)
    .where(annotations.c.person_id == bindparam("person"), annotations.c.key == bindparam("key"))
    .scalar_subquery()
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
        _BEFORE.label("before"),
    )
    .select_from(rounds)
    .join(projects, projects.c.id == rounds.c.project_id)
    .join(people, people.c.id == bindparam("person"))
    .outerjoin(
        images,
        and_(images.c.project_id == rounds.c.project_id, images.c.sha256 == bindparam("sha")),
    )
    .where(rounds.c.id == bindparam("round"))
)


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
    row = connection.execute(_SCENE, values).one_or_none()
    if row is None or (row.before is None and not row.person_active):
        round_of(connection, answer.round_id)
        active_person(connection, person_id)
        raise AssertionError("a row without a round or a person")
    there = row.image_state not in (None, ERASED)
    size = (row.image_width, row.image_height) if there else None
    return Scene(row, row.person_name, project_beside(row, row.project_id), size, row.before)
