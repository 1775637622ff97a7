"""The final label of an image: which of its annotations counts, kept with the image's row."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Update,
    bindparam,
    select,
    update,
)

from models.annotation import AnnotationKind as Kind
from models.annotation import FinalKind, SkipReason
from models.label import Boxes, ClassLabel, LabelSet, LabelValue, Polygons
from models.project import Project
from tenfold.store.erased import ERASED
from tenfold.store.newest import newest_prelabeled
from tenfold.store.rows import AnyRow, in_todays_names, to_value
from tenfold.store.tables import annotations, images, prelabels, rounds, undone
from tenfold.store.tallies import bump, count_labeler
from tenfold.task_types import task_kind

HUMAN = (Kind.MANUAL, Kind.REVIEW, Kind.AUDIT, Kind.CORRECTION, Kind.ADJUDICATION)
"""Kinds of annotations that a person of the project gave."""

STATES = {
    Kind.MANUAL: "manual",
    Kind.AUDIT: "audited",
    Kind.REVIEW: "reviewed",
    Kind.CORRECTION: "reviewed",
    Kind.ADJUDICATION: "reviewed",
    Kind.CONSENSUS: "manual",
    Kind.IMPORT: "imported",
    Kind.ACCEPTED: "accepted",
}
"""What an image's state is called when such an annotation is its final label."""

BATCH = 500
"""Images whose final labels are worked out together."""

Agrees = Callable[[LabelValue, LabelValue], bool]


@dataclass(frozen=True, slots=True)
class Final:
    """What the image's row says."""

    state: str
    value: str | None = None
    by: FinalKind | None = None
    annotation: int | None = None
    excluded: bool = False
    touched: bool = False
    skips: int = 0


def decide(rows: Sequence[AnyRow], agrees: Agrees, *, prelabeled: bool = False) -> Final:
    """Choose among an image's annotations, oldest first, those taken back left out."""
    touched = any(row.kind in HUMAN for row in rows)
    counting = [row for row in rows if not row.second_opinion]
    skips = sum(row.skip is not None for row in counting)
    winner, by = _winner([row for row in counting if row.skip != SkipReason.UNSURE], agrees)
    if winner is None or (by is FinalKind.ACCEPTED and touched):
        open_state = "skipped" if touched else "pre-labeled" if prelabeled else "unlabeled"
        return Final(state=open_state, touched=touched, skips=skips)
    if winner.skip is not None:
        return Final(
            state="skipped", annotation=winner.id, excluded=True, touched=touched, skips=skips
        )
    return Final(STATES[winner.kind], winner.value, by, winner.id, False, touched, skips)


def _winner(rows: Sequence[AnyRow], agrees: Agrees) -> tuple[AnyRow | None, FinalKind | None]:
    """Adjudicated, else reviewed, else consensus, else a person's, else imported, else accepted."""
    of: dict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        of[row.kind].append(row)
    reviewed = sorted(of[Kind.REVIEW] + of[Kind.CORRECTION], key=lambda row: row.id)
    people = sorted(of[Kind.MANUAL] + of[Kind.AUDIT], key=lambda row: row.id)
    if of[Kind.ADJUDICATION]:
        return of[Kind.ADJUDICATION][-1], FinalKind.ADJUDICATED
    if reviewed:
        return reviewed[-1], FinalKind.REVIEWED
    if people:
        # A consensus in which a model has a voice can't measure a model: in audits none counts.
        weighed = [] if of[Kind.AUDIT] else of[Kind.CONSENSUS]
        return _of_people(people, weighed, agrees)
    if of[Kind.IMPORT]:
        return of[Kind.IMPORT][-1], FinalKind.IMPORTED
    if of[Kind.ACCEPTED]:
        return of[Kind.ACCEPTED][-1], FinalKind.ACCEPTED
    return None, None


def _of_people(
    people: Sequence[AnyRow], weighed: Sequence[AnyRow], agrees: Agrees
) -> tuple[AnyRow, FinalKind]:
    if weighed:
        return weighed[-1], FinalKind.CONSENSUS
    agreed = consensus(people, agrees)
    if agreed is not None:
        return agreed, FinalKind.CONSENSUS
    alone = FinalKind.AUDITED if people[0].kind == Kind.AUDIT else FinalKind.PERSON
    return people[0], alone


def consensus(rows: Sequence[AnyRow], agrees: Agrees) -> AnyRow | None:
    """Return the first answer that more than half of a round's overlap agree with, if any.

    Args:
        rows: decided answers with `round_id` and `overlap`, oldest first.
        agrees: whether two values say the same.
    """
    of_round: dict[str, list[AnyRow]] = defaultdict(list)
    for row in rows:
        of_round[row.round_id].append(row)
    for answers in of_round.values():
        overlap = answers[0].overlap or 1
        groups: list[list[AnyRow]] = []
        for row in answers:
            group = next((group for group in groups if _same(group[0], row, agrees)), None)
            groups.append([row]) if group is None else group.append(row)
        largest = max(groups, key=len)
        if overlap > 1 and 2 * len(largest) > overlap:
            return largest[0]
    return None


def _same(one: AnyRow, other: AnyRow, agrees: Agrees) -> bool:
    if one.value is None or other.value is None:
        return bool(one.skip == other.skip and one.value == other.value)
    if one.value == other.value:
        return True
    left, right = to_value(one.value), to_value(other.value)
    return left is not None and right is not None and agrees(left, right)


def class_counts(value: LabelValue | None) -> Counter[str]:
    """Count the labels, or the boxes, of each class in a value."""
    match value:
        case ClassLabel():
            return Counter([value.label])
        case LabelSet():
            return Counter(value.labels)
        case Boxes():
            return Counter(box.label for box in value.boxes)
        case Polygons():
            return Counter(polygon.label for polygon in value.polygons)
        case None:
            return Counter()


def contribution(state: str, value: str | None, by: str | None, *, excluded: bool) -> Counter[str]:
    """Return what one image adds to the tallies of its project."""
    who = "machine" if by == FinalKind.ACCEPTED else "people"
    counts = Counter({"images": 1, f"state:{state}": 1, "excluded": int(excluded)})
    for name, n in class_counts(to_value(value)).items():
        counts[f"{who}:{name}"] = n
    return counts


def row_contribution(row: AnyRow) -> Counter[str]:
    """Return what an image's row adds to the tallies now."""
    return contribution(row.state, row.final_value, row.final_by, excluded=row.excluded)


def final_contribution(final: Final) -> Counter[str]:
    """Return what an image adds to the tallies with such a final label."""
    return contribution(final.state, final.value, final.by, excluded=final.excluded)


def recompute(connection: Connection, project: Project, shas: Iterable[str]) -> None:
    """Work the final labels of images out anew; the caller holds the project's lock."""
    wanted = sorted(set(shas))
    for start in range(0, len(wanted), BATCH):
        _recompute(connection, project, wanted[start : start + BATCH])


def _recompute(connection: Connection, project: Project, shas: Sequence[str]) -> None:
    wanted = {"project": project.id, "shas": shas}
    said = _annotations(connection, project, shas)
    # A pre-label matters only where no person has said anything.
    unsaid = [sha for sha in shas if not any(row.kind in HUMAN for row in said[sha])]
    proposed = _prelabeled(connection, project.id, unsaid)
    agrees = task_kind(project.task).agrees
    changes: Counter[str] = Counter()
    updates = []
    for image in connection.execute(_IMAGES, wanted).all():
        rows = said[image.sha256]
        final = decide(rows, agrees, prelabeled=image.sha256 in proposed)
        _note_correction(connection, project.id, image, final, rows)
        there = update_values(project.id, image.sha256, final)
        updates.append({**there, "v_annotation": final.annotation})
        if not image.gone:
            changes.update(final_contribution(final))
            changes.subtract(row_contribution(image))
    if updates:
        # One alone isn't sent as a batch, which costs more.
        connection.execute(_UPDATE, updates if len(updates) > 1 else updates[0])
    bump(connection, project.id, changes)


# What labelers' requests execute is built once: building costs more than executing.
_SHAS: BindParameter[Sequence[str]] = bindparam("shas", expanding=True)

_IMAGES = select(images).where(
    images.c.project_id == bindparam("project"),
    images.c.sha256.in_(_SHAS),
    images.c.state != ERASED,
)

_SAID = (
    select(annotations, rounds.c.overlap)
    .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
    .outerjoin(rounds, rounds.c.id == annotations.c.round_id)
    .where(
        annotations.c.project_id == bindparam("project"),
        annotations.c.sha256.in_(_SHAS),
        undone.c.annotation_id.is_(None),
    )
    .order_by(annotations.c.id)
)


def updating(annotation: ColumnElement[int]) -> Update:
    """Return the statement that writes an image's final label, which an annotation gave it."""
    return (
        update(images)
        .where(images.c.project_id == bindparam("p"), images.c.sha256 == bindparam("s"))
        .values(
            state=bindparam("v_state"),
            final_value=bindparam("v_value"),
            final_by=bindparam("v_by"),
            final_annotation=annotation,
            excluded=bindparam("v_excluded"),
            touched=bindparam("v_touched"),
            skips=bindparam("v_skips"),
        )
    )


_UPDATE = updating(bindparam("v_annotation"))


def update_values(project_id: str, sha256: str, final: Final) -> dict[str, object]:
    """Return what `updating` wants to know, but for the annotation."""
    return {
        "p": project_id,
        "s": sha256,
        "v_state": final.state,
        "v_value": final.value,
        "v_by": final.by,
        "v_excluded": final.excluded,
        "v_touched": final.touched,
        "v_skips": final.skips,
    }


def _annotations(
    connection: Connection, project: Project, shas: Sequence[str]
) -> defaultdict[str, list[AnyRow]]:
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(_SAID, {"project": project.id, "shas": shas}):
        found[row.sha256].append(_today(project, row))
    return found


def _today(project: Project, row: AnyRow) -> Any:
    """Return a row that says the same with the names that the classes have now."""
    value = in_todays_names(project, row.value)
    return row if value == row.value else SimpleNamespace(**{**row._asdict(), "value": value})


def _prelabeled(connection: Connection, project_id: str, shas: Sequence[str]) -> set[str]:
    model = newest_prelabeled(connection, project_id) if shas else None
    if model is None:
        return set()
    query = select(prelabels.c.sha256).where(
        prelabels.c.model_version == model, prelabels.c.sha256.in_(shas)
    )
    return set(connection.scalars(query))


def _note_correction(
    connection: Connection, project_id: str, image: AnyRow, final: Final, rows: Sequence[AnyRow]
) -> None:
    """Count it for the labeler when somebody else's word replaces or confirms theirs."""
    by_id = {row.id: row for row in rows}
    before, after = by_id.get(image.final_annotation), by_id.get(final.annotation or 0)
    if before is None or after is None or before.person_id is None:
        return
    if after.person_id not in (None, before.person_id):
        changed = (after.value, after.skip) != (before.value, before.skip)
        count_labeler(connection, project_id, before.person_id, reviewed=1, corrected=int(changed))
