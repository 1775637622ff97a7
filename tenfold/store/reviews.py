"""The review tab: answers of people, newest first, and what reviewers are asked to look at."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from models.annotation import Annotation, AnnotationKind, SkipReason
from models.project import Project
from models.review import (
    ImageRequest,
    ReviewFilter,
    ReviewItem,
    ReviewRequest,
    ReviewState,
    Waiting,
)
from models.round import RoundKind, RoundState
from tenfold.errors import ConflictError
from tenfold.store import corrections, pages, review_requests
from tenfold.store.engine import Database
from tenfold.store.image_filter import audited_now, names_class
from tenfold.store.newest import paths_of, project_of, walk_is_open
from tenfold.store.people import active_person
from tenfold.store.review_requests import OPEN, answer_of
from tenfold.store.rows import AnyRow, to_value
from tenfold.store.tables import annotations, images, people, rounds, undone
from tenfold.store.tables import review_requests as requests
from tenfold.store.walk_rows import in_open_walk

ANSWERS = (
    AnnotationKind.MANUAL,
    AnnotationKind.REVIEW,
    AnnotationKind.AUDIT,
    AnnotationKind.CORRECTION,
)
"""Kinds of annotations that a reviewer looks at."""

_BY = people.alias("asking")
_TO = people.alias("asked")
_IN = rounds.alias("answered_in")
_REQUEST = (
    requests.c.id.label("request_id"),
    requests.c.comment.label("request_comment"),
    requests.c.at.label("request_at"),
    _BY.c.name.label("request_by"),
)


class Reviews:
    """Nothing of what is being answered blind, by one person or by several, is among it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(
        self, project_id: str, wanted: ReviewFilter, before: int | None = None, limit: int = 60
    ) -> list[ReviewItem]:
        """Return answers of people, the newest first.

        Args:
            project_id: the project.
            wanted: which ones.
            before: the annotation id of the last one of the page before.
            limit: at most so many.
        """
        with self._db.read() as connection:
            query = _answers(connection, project_id).where(*_conditions(wanted))
            if before is not None:
                query = query.where(annotations.c.id < before)
            rows = connection.execute(query.order_by(annotations.c.id.desc()).limit(limit)).all()
            paths = paths_of(connection, project_id, [row.sha256 for row in rows])
            project = project_of(connection, project_id)
        return [_answer(project, row, paths[row.sha256]) for row in rows]

    def asked(self, project_id: str, after: int = 0, limit: int = 60) -> list[ReviewItem]:
        """Return images that reviewers are asked to look at, the oldest request first.

        Args:
            project_id: the project.
            after: the id of the last request of the page before.
            limit: at most so many.
        """
        with self._db.read() as connection:
            query = (
                _asked(connection, project_id)
                .where(requests.c.id > after)
                .order_by(requests.c.id)
                .limit(limit)
            )
            rows = connection.execute(query).all()
            views = [pages.one(connection, project_id, row.sha256) for row in rows]
            project = project_of(connection, project_id)
        pairs = zip(rows, views, strict=True)
        return [_looked_at(project, row, view) for row, view in pairs if view is not None]

    def waiting(self, project_id: str) -> Waiting:
        """Return how many images wait for reviewers, and for labelers who got them back."""
        query = select(func.count(), func.count(requests.c.person_id)).where(
            requests.c.project_id == project_id, OPEN
        )
        with self._db.read() as connection:
            both, sent_back = connection.execute(query).one()
        return Waiting(for_reviewers=both - sent_back, sent_back=sent_back)

    def accept(self, person_id: int, project_id: str, annotation_id: int) -> Annotation:
        """Confirm an answer: the reviewer's word, the same as the labeler's.

        Raises:
            NotFoundError: the project has no such answer.
            ConflictError: it was taken back, or the image is being answered blind.
        """
        with self._db.write(project_id) as connection:
            row = answer_of(connection, project_id, annotation_id)
            word = to_value(row.value) or SkipReason(row.skip)
            said = corrections.Correction(project_of(connection, project_id), row.sha256, word)
            return corrections.correct(connection, said, active_person(connection, person_id))

    def send_back(self, person_id: int, project_id: str, annotation_id: int, comment: str) -> None:
        """Ask the labeler of an answer to look again; until then the answer stands.

        Raises:
            NotFoundError: the project has no such answer.
            ConflictError: it was taken back, is an audit's, or the labeler may no longer work.
        """
        with self._db.write(project_id) as connection:
            labeler = answer_of(connection, project_id, annotation_id).person_id
            if not connection.scalar(select(people.c.active).where(people.c.id == labeler)):
                raise ConflictError(
                    "Whoever gave this answer may no longer work here.", "Correct it yourself."
                )
            review_requests.send_back(connection, project_id, annotation_id, person_id, comment)

    def ask(self, person_id: int, project_id: str, shas: Sequence[str], comment: str = "") -> int:
        """Put images before the reviewers; return how many are new there."""
        with self._db.write(project_id) as connection:
            return review_requests.ask(connection, project_id, shas, person_id, comment)

    def requests(self, project_id: str, sha256: str) -> list[ImageRequest]:
        """Return all that was ever asked of an image, the oldest first."""
        query: Select[Any] = (
            select(
                *_REQUEST,
                requests.c.annotation_id,
                requests.c.closed_at,
                _TO.c.name.label("request_to"),
            )
            .join(_BY, _BY.c.id == requests.c.by_id)
            .outerjoin(_TO, _TO.c.id == requests.c.person_id)
            .where(requests.c.project_id == project_id, requests.c.sha256 == sha256)
            .order_by(requests.c.id)
        )
        with self._db.read() as connection:
            return [_of_image(row) for row in connection.execute(query)]

    def labelers(self, project_id: str) -> list[str]:
        """Return the names of those who answered, in order."""
        query = (
            select(people.c.name)
            .where(
                exists().where(
                    annotations.c.project_id == project_id, annotations.c.person_id == people.c.id
                )
            )
            .order_by(people.c.name)
        )
        with self._db.read() as connection:
            return list(connection.scalars(query))


def _hidden(connection: Connection, project_id: str) -> ColumnElement[bool]:
    """Return the condition that what is said of an image must not be shown yet."""
    held = [audited_now()]
    if walk_is_open(connection, project_id):
        held.append(in_open_walk())
    return or_(*held)


def _answers(connection: Connection, project_id: str) -> Select[Any]:
    goes_on = and_(
        _IN.c.state != RoundState.CLOSED,
        or_(_IN.c.kind == RoundKind.AUDIT, _IN.c.overlap > 1),
    )
    return (
        select(
            annotations,
            people.c.name.label("person"),
            images.c.width,
            images.c.height,
            images.c.state.label("image_state"),
            *_REQUEST,
        )
        .join(people, people.c.id == annotations.c.person_id)
        .join(
            images,
            and_(
                images.c.project_id == annotations.c.project_id,
                images.c.sha256 == annotations.c.sha256,
            ),
        )
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
        .outerjoin(_IN, _IN.c.id == annotations.c.round_id)
        .outerjoin(
            requests,
            and_(
                requests.c.project_id == annotations.c.project_id,
                requests.c.sha256 == annotations.c.sha256,
                requests.c.annotation_id == annotations.c.id,
                OPEN,
            ),
        )
        .outerjoin(_BY, _BY.c.id == requests.c.by_id)
        .where(
            annotations.c.project_id == project_id,
            annotations.c.kind.in_(ANSWERS),
            annotations.c.second_opinion.is_(False),
            undone.c.annotation_id.is_(None),
            images.c.gone.is_(False),
            or_(_IN.c.id.is_(None), ~goes_on),
            ~_hidden(connection, project_id),
        )
    )


def _conditions(wanted: ReviewFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is ReviewState.OPEN:
        found += [~_reviewed_later(), requests.c.id.is_(None)]
    if wanted.state is ReviewState.SENT_BACK:
        found.append(requests.c.id.is_not(None))
    if wanted.person is not None:
        found.append(people.c.name == wanted.person)
    if wanted.label is not None:
        found.append(names_class(annotations.c.value, wanted.label))
    if wanted.commented:
        found.append(annotations.c.comment != "")
    return found


def _reviewed_later() -> ColumnElement[bool]:
    later = annotations.alias("later")
    return exists().where(
        later.c.project_id == annotations.c.project_id,
        later.c.sha256 == annotations.c.sha256,
        later.c.kind == AnnotationKind.ADJUDICATION,
        later.c.id > annotations.c.id,
    )


def _answer(project: Project, row: AnyRow, paths: tuple[str, ...]) -> ReviewItem:
    """Return an answer with the names that its classes have now."""
    value, proposed = to_value(row.value), to_value(row.proposed)
    return ReviewItem(
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        path=next(iter(paths), ""),
        state=row.image_state,
        value=value and project.today(value),
        skip=row.skip,
        proposed=proposed and project.today(proposed),
        annotation_id=row.id,
        kind=row.kind,
        person=row.person,
        comment=row.comment,
        seconds=row.seconds,
        created_at=row.created_at,
        request=_request(row) if row.request_id else None,
    )


def _request(row: AnyRow) -> ReviewRequest:
    return ReviewRequest(
        id=row.request_id, by=row.request_by, comment=row.request_comment, at=row.request_at
    )


def _of_image(row: AnyRow) -> ImageRequest:
    return ImageRequest(
        **_request(row).model_dump(),
        annotation_id=row.annotation_id,
        to=row.request_to,
        open=row.closed_at is None,
    )


def _asked(connection: Connection, project_id: str) -> Select[Any]:
    return (
        select(
            requests.c.sha256,
            *_REQUEST,
        )
        .join(
            images,
            and_(
                images.c.project_id == requests.c.project_id,
                images.c.sha256 == requests.c.sha256,
            ),
        )
        .join(_BY, _BY.c.id == requests.c.by_id)
        .where(
            requests.c.project_id == project_id,
            requests.c.person_id.is_(None),
            OPEN,
            images.c.gone.is_(False),
            ~_hidden(connection, project_id),
        )
    )


def _looked_at(project: Project, row: AnyRow, view: pages.ImageView) -> ReviewItem:
    return ReviewItem(
        sha256=row.sha256,
        width=view.image.width,
        height=view.image.height,
        path=next(iter(view.image.paths), ""),
        state=view.state,
        value=view.value,
        proposed=view.prelabel and project.today(view.prelabel),
        request=_request(row),
    )
