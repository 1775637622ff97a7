"""What was answered in a round: for each image the answer that counts."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from models.annotation import Annotation, SkipReason
from models.round import ItemState
from tenfold.store.finals import Agrees, consensus
from tenfold.store.newest import project_of
from tenfold.store.older_lists import agreeing, with_todays_names
from tenfold.store.rows import AnyRow, to_annotation
from tenfold.store.tables import annotations, items, people, rounds, undone


def answers_of(connection: Connection, round_row: AnyRow) -> list[Annotation]:
    """Return for each answered image of a round the answer that counts, in the round's order."""
    project = project_of(connection, round_row.project_id)
    agrees = agreeing(project)
    given: dict[str, list[AnyRow]] = defaultdict(list)
    for answer in connection.execute(_given(round_row.id)):
        given[answer.sha256].append(answer)
    return [
        with_todays_names(project, to_annotation(counting, counting.person))
        for answers in given.values()
        for counting in [_counting(answers, agrees)]
    ]


def _counting(answers: Sequence[AnyRow], agrees: Agrees) -> AnyRow:
    by_id = sorted(answers, key=lambda answer: answer.id)
    decided = [answer for answer in by_id if answer.skip != SkipReason.UNSURE]
    return (consensus(decided, agrees) if decided else None) or (decided or by_id)[0]


def _given(round_id: str) -> Select[Any]:
    return (
        select(annotations, people.c.name.label("person"), rounds.c.overlap)
        .join(items, items.c.annotation_id == annotations.c.id)
        .join(rounds, rounds.c.id == items.c.round_id)
        .outerjoin(people, people.c.id == annotations.c.person_id)
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
        .where(
            items.c.round_id == round_id,
            items.c.state == ItemState.ANSWERED,
            undone.c.annotation_id.is_(None),
        )
        .order_by(items.c.position)
    )
