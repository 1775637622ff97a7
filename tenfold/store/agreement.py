"""Who said what of the same images, and how well people agree."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, select, tuple_

from models.agreement import Agreement, Answers, Decided, Disagreement
from models.annotation import AnnotationKind
from models.cycle import Claim
from models.label import Boxes, Polygons, TaskType
from models.project import Project
from models.round import RoundKind, RoundState
from tenfold.agreement import TWO, Count, Same
from tenfold.store.consensus import answered, answers_of, keep_decided, said_in
from tenfold.store.engine import Database
from tenfold.store.newest import project_of
from tenfold.store.rows import AnyRow, in_todays_names, to_value
from tenfold.store.tables import annotations, images, items, rounds
from tenfold.task_types import task_kind
from tenfold.task_types.matching import mean_box_iou, mean_polygon_iou

PAGE = 500
"""Images in one query."""

NOMINAL = (TaskType.CLASSIFICATION, TaskType.MULTILABEL)
"""Task types whose answers are the same or not, word for word."""

Place = tuple[str, str]
"""Hash and round of the last image of a page."""


class Agreements:
    """Of closed rounds alone: in an open one nobody may learn what others say."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def summary(self, project_id: str) -> Agreement:
        """Return how well the people of a project agree.

        Raises:
            NotFoundError: no such project.
        """
        with self._db.read() as connection:
            project = project_of(connection, project_id)
            count = Count(_same(project), project.task in NOMINAL, _overlap)
            for answers in _images(connection, project_id):
                count.add({row.person: _word(project, row) for row in answers})
        return count.result()

    def disagreements(
        self,
        project_id: str,
        after: Place = ("", ""),
        limit: int = 60,
        *,
        undecided: bool = False,
    ) -> list[Disagreement]:
        """Return images of which people don't say the same, in the order of their hashes.

        Args:
            project_id: the project.
            after: hash and round of the last one of the page before.
            limit: at most so many.
            undecided: only images of which no reviewer has said what is right.

        Raises:
            NotFoundError: no such project.
        """
        found: list[Disagreement] = []
        with self._db.read() as connection:
            project = project_of(connection, project_id)
            same = _same(project)
            for answers in _images(connection, project_id, after, undecided=undecided):
                if len(found) == limit:
                    break
                words = [_word(project, row) for row in answers]
                if not all(same(words[0], word) for word in words[1:]):
                    found.append(_disagreement(project, answers))
        return found

    def answers(self, cycle_id: str) -> list[Answers]:
        """Return what several people said of the same images in a cycle's closed manual rounds."""
        with self._db.read() as connection:
            return answers_of(connection, cycle_id)

    def decide(self, claim: Claim, decided: Sequence[Decided], model_version: str) -> int:
        """Keep what disagreeing answers come to, weighed; return how many images are new.

        It decides between people of closed manual rounds alone: nothing of an audit, and nothing
        that a reviewer has spoken of, changes by it.

        Raises:
            StaleClaimError: another run works on the cycle.
        """
        with self._db.claimed(claim) as connection:
            return keep_decided(connection, claim, decided, model_version)

    def audited(self, project_id: str) -> set[str]:
        """Return the images of all audits, of looks and walks, open or closed."""
        query = (
            select(items.c.sha256)
            .join(rounds, rounds.c.id == items.c.round_id)
            .where(items.c.project_id == project_id, rounds.c.kind == RoundKind.AUDIT)
        )
        with self._db.read() as connection:
            return set(connection.scalars(query))


def _same(project: Project) -> Same:
    agrees = task_kind(project.task).agrees

    def same(one: str, other: str) -> bool:
        if one == other:
            return True
        if not (one.startswith("{") and other.startswith("{")):
            return False  # a skip agrees with the same skip alone
        left, right = to_value(one), to_value(other)
        return left is not None and right is not None and agrees(left, right)

    return same


def _word(project: Project, row: AnyRow) -> str:
    return str(row.skip if row.value is None else in_todays_names(project, row.value))


def _disagreement(project: Project, answers: list[AnyRow]) -> Disagreement:
    return Disagreement(
        sha256=answers[0].sha256,
        round_id=answers[0].round_id,
        said=said_in(project, answers),
        width=answers[0].width,
        height=answers[0].height,
    )


def _overlap(one: str, other: str) -> float | None:
    if not (one.startswith("{") and other.startswith("{")):
        return None
    left, right = to_value(one), to_value(other)
    if isinstance(left, Boxes) and isinstance(right, Boxes):
        return mean_box_iou(left.boxes, right.boxes)
    if isinstance(left, Polygons) and isinstance(right, Polygons):
        return mean_polygon_iou(left.polygons, right.polygons)
    return None


def _images(
    connection: Connection, project_id: str, after: Place = ("", ""), *, undecided: bool = False
) -> Iterator[list[AnyRow]]:
    """Yield the answers to each image of a closed round that two or more people gave."""
    while True:
        query = _places(project_id, after)
        query = query.where(~_adjudicated()) if undecided else query
        places = connection.execute(query).all()
        if not places:
            return
        after = (places[-1].sha256, places[-1].round_id)
        rows = connection.execute(_answers(project_id, (places[0].sha256, after[0])))
        wanted = {(place.sha256, place.round_id) for place in places}
        for place, answers in groupby(rows, lambda row: (row.sha256, row.round_id)):
            given = list(answers)
            if place in wanted and len(given) >= TWO:
                yield given


def _adjudicated() -> ColumnElement[bool]:
    return exists().where(
        annotations.c.project_id == items.c.project_id,
        annotations.c.sha256 == items.c.sha256,
        annotations.c.kind == AnnotationKind.ADJUDICATION,
    )


def _places(project_id: str, after: Place) -> Select[Any]:
    return (
        select(items.c.sha256, items.c.round_id)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.slot == 0,
            rounds.c.overlap > 1,
            rounds.c.state == RoundState.CLOSED,
            tuple_(items.c.sha256, items.c.round_id) > after,
        )
        .order_by(items.c.sha256, items.c.round_id)
        .limit(PAGE)
    )


def _answers(project_id: str, between: tuple[str, str]) -> Select[Any]:
    return (
        answered()
        .add_columns(images.c.width, images.c.height)
        .join(rounds, rounds.c.id == items.c.round_id)
        .join(
            images,
            and_(images.c.project_id == items.c.project_id, images.c.sha256 == items.c.sha256),
        )
        .where(
            items.c.project_id == project_id,
            items.c.sha256.between(*between),
            rounds.c.overlap > 1,
            rounds.c.state == RoundState.CLOSED,
        )
    )
