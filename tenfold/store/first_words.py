"""The first word on an image: most answers are one, and what it changes is known beforehand.

So it needs no look at what else was said of the image, and PostgreSQL takes it as one statement.
SQLite has no statement that writes to several tables; there it goes the way of all answers.
"""

from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    bindparam,
    case,
    func,
    null,
    select,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeEngine

from models.project import Project
from models.round import RoundState
from tenfold.store.answers import COUNTING, Given, Place, filling, row_of
from tenfold.store.finals import (
    Final,
    contribution,
    decide,
    final_contribution,
    update_values,
    updating,
)
from tenfold.store.rows import AnyRow
from tenfold.store.scenes import Scene
from tenfold.store.tables import annotations, labeler_counts, tallies
from tenfold.task_types import task_kind


def is_first(connection: Connection, scene: Scene, to: Place) -> bool:
    """Whether an answer can be kept here."""
    fills = to.item is not None and to.replaces is None
    return connection.dialect.name != "sqlite" and fills and scene.unsaid is not None


def keep(connection: Connection, scene: Scene, given: Given) -> tuple[AnyRow, bool]:
    """Do for such an answer what `answers.keep` does for any, in one statement."""
    row = row_of(scene.project, given)
    final = _final(scene.project, scene.round.overlap, row)
    values = {
        **{f"said_{name}": value for name, value in row.items()},
        **_slot(given),
        **update_values(scene.project.id, given.answer.sha256, final),
        "v_counts": final.annotation is not None,
        **_changes(scene, final),
        "did_skipped": int(given.answer.skip is not None),
    }
    added = connection.execute(_everything(), values).one()
    return added, added.round_state == RoundState.ANSWERED


def _final(project: Project, overlap: int, row: dict[str, object]) -> Final:
    """Return the final label of an image of which only this is said."""
    alone: Any = SimpleNamespace(**row, id=0, overlap=overlap)
    return decide([alone], task_kind(project.task).agrees)


def _slot(given: Given) -> dict[str, object]:
    item = given.to.item
    if item is None:
        raise AssertionError("an answer that fills no slot")
    return {
        "round": item.round_id,
        "place": item.position,
        "person": given.person_id,
        "moment": given.at,
    }


def _changes(scene: Scene, final: Final) -> dict[str, object]:
    changes = final_contribution(final)
    changes.subtract(contribution(scene.unsaid or "", None, None, excluded=False))
    names = sorted(name for name, n in changes.items() if n)
    return {"t_names": names, "t_changes": [changes[name] for name in names]}


_SAID = [column for column in annotations.c if column is not annotations.c.id]


@cache
def _everything() -> Select[Any]:
    """Return the statement: the annotation, its slot, the image, and all that counts them.

    What everybody who answers writes, too, comes last, in the order in which `answers.keep` goes.
    """
    adding = (
        postgresql.insert(annotations)
        .values({column: bindparam(f"said_{column.name}") for column in _SAID})
        .returning(annotations)
    )
    added = adding.cte("added")
    own = select(added.c.id).scalar_subquery()
    filled = filling(own).cte("filled")
    image = updating(case((bindparam("v_counts"), own), else_=null())).cte("image")
    did = _did().cte("did")
    tallied = _tallied().cte("tallied")
    after_tallies = select(func.count()).select_from(tallied).scalar_subquery() >= 0
    counted = COUNTING.where(after_tallies).cte("counted")
    return (
        select(*added.c, counted.c.state.label("round_state"))
        .select_from(added.join(counted, true()))
        .add_cte(filled, image, did)
    )


def _did() -> postgresql.Insert:
    """Count the answer for its labeler; the values are those of the annotation."""
    insert = postgresql.insert(labeler_counts).values(
        project_id=bindparam("said_project_id"),
        person_id=bindparam("said_person_id"),
        answers=1,
        skipped=bindparam("did_skipped"),
        corrected=0,
        reviewed=0,
        seconds=bindparam("said_seconds"),
    )
    there, new = labeler_counts.c, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["project_id", "person_id"],
        set_={name: there[name] + new[name] for name in ("answers", "skipped", "seconds")},
    )


def _tallied() -> ReturningInsert[Any]:
    """Add to the counts of the project, in the order of their names."""
    changes = select(
        bindparam("said_project_id"),
        _each("t_names", Text()),
        _each("t_changes", BigInteger()),
    )
    insert = postgresql.insert(tallies).from_select(["project_id", "name", "n"], changes)
    return insert.on_conflict_do_update(
        index_elements=["project_id", "name"], set_={"n": tallies.c.n + insert.excluded.n}
    ).returning(tallies.c.name)


def _each(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return func.unnest(bindparam(name, type_=ARRAY(kind)))
