"""What people have begun on images and not sent, so that they find it on another device.

A draft is no answer: it is nobody's label, nothing counts it, and only its person gets it back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
)

from models.draft import Begun, Draft
from models.label import LabelValue, classes_in
from models.project import Project
from models.record import now as this_moment
from models.round import ItemState
from tenfold.errors import InvalidAnswerError
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.newest import project_of
from tenfold.store.rows import AnyRow, from_value, parsed
from tenfold.store.tables import drafts, images, items, review_requests
from tenfold.store.tallies import insert_into
from tenfold.task_types import task_kind

LARGEST = 256 * 1024
"""Characters of a draft that is kept: some two thousand boxes."""

OLD = timedelta(days=30)
"""After that nobody comes back to a draft."""

BEGUN = (
    drafts.c.value.label("begun_value"),
    drafts.c.classes_version.label("begun_under"),
    drafts.c.at.label("begun_at"),
)
"""The columns of a draft beside those of its image."""

Of = BindParameter[Any] | ColumnElement[Any]


def of_person(image: FromClause, round_id: Of, person_id: Of) -> ColumnElement[bool]:
    """Return the condition that a draft is a person's, of an image in a round."""
    return and_(
        drafts.c.project_id == image.c.project_id,
        drafts.c.sha256 == image.c.sha256,
        drafts.c.person_id == person_id,
        drafts.c.round_id == round_id,
    )


def begun_in(project: Project, row: AnyRow) -> Begun | None:
    """Return the draft beside an image, with today's names; none where labels were begun anew."""
    if row.begun_value is None or row.begun_under < project.counts_since:
        return None
    return Begun(value=project.today(parsed(row.begun_value)), at=row.begun_at)


def forget(connection: Connection, project_id: str, person_id: int, sha256: str) -> None:
    """Remove a person's draft of an image that they have answered."""
    connection.execute(_FORGET, {"project": project_id, "person": person_id, "sha": sha256})


_FORGET = delete(drafts).where(
    drafts.c.project_id == bindparam("project"),
    drafts.c.sha256 == bindparam("sha"),
    drafts.c.person_id == bindparam("person"),
)


@dataclass(frozen=True, slots=True)
class KeptDrafts:
    """Drafts that were kept."""

    shas: list[str]
    """Of their images; the others are answered, gone, too large, or can't become answers."""
    at: datetime


class Drafts:
    """What was begun and not sent."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(
        self,
        project_id: str,
        person_id: int,
        begun: Sequence[Draft],
        now: datetime | None = None,
    ) -> KeptDrafts:
        """Keep drafts of a person, each in the place of the one before.

        One that comes after the answer to its image, as when the two overtook each other, is left.
        """
        moment = now or this_moment()
        alone_at = [f"person {person_id}"]
        with self._db.write(project_id, shared=True, alone_at=alone_at) as connection:
            project = project_of(connection, project_id)
            sizes = _sizes(connection, project_id, person_id, begun)
            rows = [
                {
                    "project_id": project_id,
                    "sha256": each.sha256,
                    "person_id": person_id,
                    "round_id": each.round_id,
                    "value": text,
                    "classes_version": each.classes_version or project.classes_version,
                    "at": moment,
                }
                for each, text in _checked(project, begun, sizes)
            ]
            _put(connection, rows)
            _forget_old(connection, project_id, person_id, moment - OLD)
        return KeptDrafts([str(row["sha256"]) for row in rows], moment)


Size = tuple[int, int]


def _sizes(
    connection: Connection, project_id: str, person_id: int, begun: Iterable[Draft]
) -> dict[tuple[str, str], Size]:
    """Return width and height of the images that wait for an answer of the person, by round."""
    asked_again = exists().where(
        review_requests.c.project_id == items.c.project_id,
        review_requests.c.sha256 == items.c.sha256,
        review_requests.c.person_id == person_id,
        review_requests.c.closed_at.is_(None),
    )
    own = items.alias("own")
    answered = exists().where(
        own.c.round_id == items.c.round_id,
        own.c.sha256 == items.c.sha256,
        own.c.person_id == person_id,
        own.c.state == ItemState.ANSWERED,
    )
    query = (
        select(items.c.round_id, items.c.sha256, images.c.width, images.c.height)
        .join(
            images,
            and_(images.c.project_id == items.c.project_id, images.c.sha256 == items.c.sha256),
        )
        .where(
            items.c.project_id == project_id,
            items.c.sha256.in_({each.sha256 for each in begun}),
            images.c.state != ERASED,
            or_(~answered, asked_again),
        )
    )
    rows = connection.execute(query)
    return {(row.round_id, row.sha256): (row.width, row.height) for row in rows}


def _checked(
    project: Project, begun: Iterable[Draft], sizes: dict[tuple[str, str], Size]
) -> Iterable[tuple[Draft, str]]:
    """Yield the drafts that may be kept, each image once, with what is written of them."""
    latest = {each.sha256: each for each in begun}
    for each in latest.values():
        size = sizes.get((each.round_id, each.sha256))
        text = None if size is None else _written(project, each.value, size)
        if text is not None and len(text) <= LARGEST:
            yield each, text


def _written(project: Project, value: LabelValue, size: Size) -> str | None:
    """Return what is kept of a value; None: it could never be an answer."""
    # A class that is gone meanwhile is for the person to see.
    names = (*project.class_names, *classes_in(value))
    try:
        return from_value(task_kind(project.task).check(value, names, *size))
    except InvalidAnswerError:
        return None


def _put(connection: Connection, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    put = insert_into(drafts, connection.dialect)
    key = drafts.primary_key.columns.keys()
    changed = {name: put.excluded[name] for name in drafts.c.keys() if name not in key}  # noqa: SIM118 -- not a dict
    connection.execute(put.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _forget_old(connection: Connection, project_id: str, person_id: int, before: datetime) -> None:
    connection.execute(
        delete(drafts).where(
            drafts.c.project_id == project_id,
            drafts.c.person_id == person_id,
            drafts.c.at < before,
        )
    )
