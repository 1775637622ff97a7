"""What goes with an image that is erased, in the transaction of the caller."""

from collections import Counter

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from models.record import now
from models.round import RoundKind, RoundState
from tenfold.store.backlogs import withdraw
from tenfold.store.erased import ERASED
from tenfold.store.finals import row_contribution
from tenfold.store.newest import committed_now
from tenfold.store.rows import AnyRow
from tenfold.store.tables import (
    annotations,
    drafts,
    examples,
    images,
    items,
    model_versions,
    prelabels,
    review_requests,
    rounds,
    seen,
    sources,
    undone,
    walk_commits,
    walks,
)
from tenfold.store.tallies import bump

BLANK = {
    "class": '{"kind":"class","label":""}',
    "set": '{"kind":"set","labels":[]}',
    "boxes": '{"kind":"boxes","boxes":[]}',
    "polygons": '{"kind":"polygons","polygons":[]}',
}
"""What stands in a walk's log for a label that was erased."""


def leave_rounds(connection: Connection, project_id: str, sha256: str) -> None:
    """Ask nobody for the image any more; who holds it is handed another."""
    opened = (
        select(items.c.round_id)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.sha256 == sha256,
            rounds.c.state != RoundState.CLOSED,
        )
        .distinct()
    )
    for round_id in connection.scalars(opened).all():
        withdraw(connection, round_id, [sha256])
    connection.execute(
        delete(walk_commits).where(
            walk_commits.c.project_id == project_id,
            walk_commits.c.sha256 == sha256,
            walk_commits.c.wrong.is_(None),
            ~_answered_in(project_id, sha256),
            walk_commits.c.walk_id.in_(select(walks.c.id).where(walks.c.closed_at.is_(None))),
        )
    )


def _answered_in(project_id: str, sha256: str) -> ColumnElement[bool]:
    """Whether somebody has answered the image in a round that a commit asked for."""
    return exists().where(
        items.c.round_id == walk_commits.c.round_id,
        items.c.project_id == project_id,
        items.c.sha256 == sha256,
        items.c.annotation_id.is_not(None),
    )


def measured_by(connection: Connection, project_id: str, sha256: str) -> bool:
    """Whether an open audit, or an open walk, has an answer to the image."""
    answered = (
        select(items.c.round_id)
        .join(rounds, rounds.c.id == items.c.round_id)
        .where(
            items.c.project_id == project_id,
            items.c.sha256 == sha256,
            items.c.annotation_id.is_not(None),
            rounds.c.kind == RoundKind.AUDIT,
            rounds.c.state != RoundState.CLOSED,
        )
    )
    audited = connection.scalar(answered.limit(1)) is not None
    return audited or bool(committed_now(connection, project_id, [sha256]))


def leave_sources(connection: Connection, project_id: str, sha256: str) -> None:
    """Let its paths be known still, so that they aren't read again, but lead to nothing."""
    gone = connection.execute(
        update(sources)
        .where(
            sources.c.project_id == project_id,
            sources.c.sha256 == sha256,
            sources.c.gone.is_(False),
        )
        .values(gone=True, columns="{}")
    ).rowcount
    bump(connection, project_id, {"paths": -gone})


def empty(connection: Connection, row: AnyRow) -> None:
    """Take what the image was out of its row, and out of the counts."""
    if not row.gone:
        changes: Counter[str] = Counter()
        changes.subtract(row_contribution(row))
        bump(connection, row.project_id, changes)
    connection.execute(
        update(images)
        .where(images.c.project_id == row.project_id, images.c.sha256 == row.sha256)
        .values(
            state=ERASED,
            columns="{}",
            gone=True,
            final_value=None,
            final_by=None,
            final_annotation=None,
        )
    )
    for table in (drafts, examples, seen):
        connection.execute(
            delete(table).where(table.c.project_id == row.project_id, table.c.sha256 == row.sha256)
        )


def forget_words(connection: Connection, project_id: str, sha256: str) -> None:
    """Remove what people said of the image, and what models proposed."""
    said = (annotations.c.project_id == project_id) & (annotations.c.sha256 == sha256)
    standing = (
        select(annotations.c.id)
        .outerjoin(undone, undone.c.annotation_id == annotations.c.id)
        .where(said, undone.c.annotation_id.is_(None))
    )
    moment = now()
    rows = [{"annotation_id": one, "at": moment} for one in connection.scalars(standing)]
    if rows:
        connection.execute(insert(undone), rows)
    connection.execute(
        update(annotations).where(said).values(value=None, skip=None, comment="", proposed=None)
    )
    connection.execute(
        update(review_requests)
        .where(review_requests.c.project_id == project_id, review_requests.c.sha256 == sha256)
        .values(comment="", closed_at=func.coalesce(review_requests.c.closed_at, moment))
    )
    _forget_proposals(connection, project_id, sha256)


def _forget_proposals(connection: Connection, project_id: str, sha256: str) -> None:
    models = select(model_versions.c.id).where(model_versions.c.project_id == project_id)
    for model in connection.scalars(models).all():
        removed = connection.execute(
            delete(prelabels).where(
                prelabels.c.model_version == model, prelabels.c.sha256 == sha256
            )
        ).rowcount
        if removed:
            connection.execute(
                update(model_versions)
                .where(model_versions.c.id == model)
                .values(prelabels=model_versions.c.prelabels - removed)
            )
    mine = (walk_commits.c.project_id == project_id) & (walk_commits.c.sha256 == sha256)
    for row in connection.execute(select(walk_commits).where(mine)).all():
        connection.execute(
            update(walk_commits)
            .where(walk_commits.c.walk_id == row.walk_id, walk_commits.c.position == row.position)
            .values(value=_blank(row.value))
        )


def _blank(value: str) -> str:
    kind = next((kind for kind in BLANK if f'"kind":"{kind}"' in value), "class")
    return BLANK[kind]
