"""What the data view filters by, and what of an image may not be shown."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Table, and_, exists, or_, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from models.annotation import FinalKind
from models.label import ClassLabel
from models.record import Fraction, Record
from models.round import RoundKind, RoundState
from tenfold.store.newest import audit_ahead, walk_is_open
from tenfold.store.rows import from_value
from tenfold.store.tables import (
    annotations,
    images,
    items,
    one_class,
    people,
    prelabels,
    rounds,
    sources,
)
from tenfold.store.walk_rows import in_open_walk


class ImageFilter(Record):
    """Which images to show; every condition that is given must hold."""

    state: str | None = None
    """`manual`, `reviewed`, `audited`, `imported`, `accepted`, `pre-labeled`, `skipped`,
    `unlabeled`, or `excluded`."""
    label: str | None = None
    """A class in the final label, or, where there is none, in the pre-label."""
    by: FinalKind | None = None
    person: str | None = None
    """Name of whoever's word the final label is."""
    round_id: str | None = None
    path_contains: str | None = None
    least_confidence: Fraction | None = None
    most_confidence: Fraction | None = None
    disagrees: bool = False
    """People said something else than the newest model proposes."""
    quarantined: bool = False
    """Nothing matches: what was set aside isn't an image; see `Images.quarantined`."""


def conditions_of(wanted: ImageFilter, blind: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Return what must hold of an image and its pre-label."""
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(_in_state(wanted.state, blind))
    if wanted.by is not None:
        found.append(images.c.final_by == wanted.by)
    if wanted.by is FinalKind.ACCEPTED:
        found.append(~blind)
    if wanted.person is not None:
        found.append(_said_by(wanted.person))
    if wanted.round_id is not None:
        found.append(_in_round(wanted.round_id))
    if wanted.disagrees:
        found += [
            images.c.final_by != FinalKind.ACCEPTED,
            prelabels.c.value != images.c.final_value,
            ~blind,
        ]
    if wanted.path_contains:
        found.append(_path_contains(wanted.path_contains))
    return found + _confidence_conditions(wanted, blind)


def _in_state(state: str, blind: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an image is shown in a state: in an open audit, none is shown as accepted."""
    shown = images.c.state == state
    if state == "excluded":
        return images.c.excluded.is_(True)
    if state == "accepted":
        return and_(shown, ~blind)
    if state == "pre-labeled":
        return or_(shown, and_(images.c.state == "accepted", blind))
    return shown


def label_conditions(label: str, blind: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Return the conditions that a class is in the label, or, where there is none, proposed."""
    final = names_class(images.c.final_value, label)
    by_person = or_(images.c.final_by != FinalKind.ACCEPTED, ~blind)
    proposed = and_(images.c.final_value.is_(None), names_class(prelabels.c.value, label), ~blind)
    return [or_(and_(final, by_person), proposed)]


def class_conditions(
    label: str, after: str, blind: ColumnElement[bool]
) -> list[tuple[list[ColumnElement[bool]], Table]]:
    """Return the conditions that the one class of an image is this, and that it is proposed.

    Each is found in an index of a table, in the order of the hashes.
    """
    value = from_value(ClassLabel(label=label))
    by_person = or_(images.c.final_by != FinalKind.ACCEPTED, ~blind)
    proposed: list[Any] = [
        text(one_class("prelabels.value")),
        prelabels.c.value == value,
        prelabels.c.sha256 > after,
        images.c.final_value.is_(None),
        ~blind,
    ]
    final: list[Any] = [
        text(one_class("images.final_value")),
        images.c.final_value == value,
        by_person,
    ]
    return [(final, images), (proposed, prelabels)]


def _confidence_conditions(
    wanted: ImageFilter, blind: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.least_confidence is not None:
        found.append(prelabels.c.confidence >= wanted.least_confidence)
    if wanted.most_confidence is not None:
        found.append(prelabels.c.confidence <= wanted.most_confidence)
    return [*found, ~blind] if found else []


def names_class(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a stored value names a class: a plain search for it as the JSON has it."""
    quoted = json.dumps(name, ensure_ascii=False)
    as_written = (f'"label":{quoted}', f"[{quoted}", f",{quoted},", f",{quoted}]")
    return or_(*(position_of(column, part) > 0 for part in as_written))


class position_of(FunctionElement[int]):  # noqa: N801 - it is called as a function
    """Where a text is in another, counted from 1, case and all; 0: nowhere."""

    type = Integer()
    inherit_cache = True


@compiles(position_of, "sqlite")
def _in_sqlite(element: position_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(position_of, "postgresql")
def _in_postgres(element: position_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


def blind_now(connection: Connection, project_id: str) -> ColumnElement[bool]:
    """Return the condition that no word of a model may be shown of an image.

    It is in an open audit, committed in an open walk, or it may still be drawn into an audit.
    """
    held = [audited_now()]
    if walk_is_open(connection, project_id):
        held.append(in_open_walk())
    if audit_ahead(connection, project_id):
        held.append(and_(images.c.touched.is_(False), images.c.final_value.is_(None)))
    return or_(*held)


def audited_now() -> ColumnElement[bool]:
    """Return the condition that an image is in an audit that isn't approved yet.

    The query around it must name the table of rounds otherwise.
    """
    return exists().where(
        items.c.project_id == images.c.project_id,
        items.c.sha256 == images.c.sha256,
        items.c.round_id == rounds.c.id,
        rounds.c.kind == RoundKind.AUDIT,
        rounds.c.state != RoundState.CLOSED,
    )


def _in_round(round_id: str) -> ColumnElement[bool]:
    return exists().where(
        items.c.round_id == round_id,
        items.c.project_id == images.c.project_id,
        items.c.sha256 == images.c.sha256,
    )


def _said_by(name: str) -> ColumnElement[bool]:
    return exists().where(
        annotations.c.id == images.c.final_annotation,
        annotations.c.person_id == people.c.id,
        people.c.name == name,
    )


def _path_contains(part: str) -> ColumnElement[bool]:
    return exists().where(
        sources.c.project_id == images.c.project_id,
        sources.c.sha256 == images.c.sha256,
        sources.c.gone.is_(False),
        sources.c.path.icontains(part, autoescape=True),
    )
