"""The data view: pages of images with their labels and, where it may be seen, what is proposed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, and_, select

from models.annotation import FinalKind
from models.image import Image
from models.label import LabelValue, TaskType
from models.project import Project
from models.record import Record
from tenfold.store.image_filter import (
    ImageFilter,
    blind_now,
    class_conditions,
    conditions_of,
    label_conditions,
)
from tenfold.store.newest import newest_prelabeled, paths_of, project_of
from tenfold.store.rows import AnyRow, to_image, to_value
from tenfold.store.tables import images, prelabels
from tenfold.task_types import task_kind

SCANNED = 5_000
"""Images at most that are compared one by one for a page, so that it answers soon."""
AT_ONCE = 500


class ImageView(Record):
    """One image of the data view."""

    image: Image
    state: str
    value: LabelValue | None = None
    by: FinalKind | None = None
    prelabel: LabelValue | None = None
    confidence: float | None = None
    model_version: str | None = None
    """Whose pre-label it is."""
    skips: int = 0
    """How many answers gave no label."""


class ImagePage(Record):
    """Some images, and where the next ones begin."""

    images: tuple[ImageView, ...]
    after: str | None
    """Send this as `after` for the next page; None at the end. A page before it may be short."""
    looked_at: int
    """Images that were compared to find these."""


def page(
    connection: Connection, project_id: str, wanted: ImageFilter, after: str, limit: int
) -> ImagePage:
    """Return up to `limit` images in the order of their hashes, after a hash."""
    if wanted.quarantined:
        return ImagePage(images=(), after=None, looked_at=0)
    if wanted.disagrees:
        return _disagreeing(connection, project_id, wanted, after, limit)
    found = _fitting(connection, project_id, wanted, after, limit)
    more = found[-1].image.sha256 if len(found) == limit else None
    return ImagePage(images=tuple(found), after=more, looked_at=len(found))


def _disagreeing(
    connection: Connection, project_id: str, wanted: ImageFilter, after: str, limit: int
) -> ImagePage:
    """Return those whose label and proposal the task type holds for different, of a stretch.

    Where the two are the same word for word, the database has left them out already.
    """
    project = project_of(connection, project_id)
    agrees = task_kind(project.task).agrees
    found: list[ImageView] = []
    looked_at, more = 0, True
    while more and looked_at < SCANNED and len(found) < limit:
        views = _fitting(connection, project_id, wanted, after, AT_ONCE)
        more = len(views) == AT_ONCE
        for view in views:
            looked_at, after = looked_at + 1, view.image.sha256
            proposed = view.prelabel and project.today(view.prelabel)
            if view.value and proposed and not agrees(proposed, view.value):
                found.append(view)
            if len(found) == limit:
                more = True
                break
    return ImagePage(images=tuple(found), after=after if more else None, looked_at=looked_at)


def _fitting(
    connection: Connection, project_id: str, wanted: ImageFilter, after: str, limit: int
) -> list[ImageView]:
    blind = blind_now(connection, project_id)
    conditions = [images.c.sha256 > after, *conditions_of(wanted, blind)]
    if wanted.label is None:
        return _views(connection, project_id, conditions, blind, limit)
    if project_of(connection, project_id).task is not TaskType.CLASSIFICATION:
        conditions += label_conditions(wanted.label, blind)
        return _views(connection, project_id, conditions, blind, limit)
    found = [
        view
        for alike, table in class_conditions(wanted.label, after, blind)
        for view in _views(connection, project_id, [*conditions, *alike], blind, limit, table)
    ]
    return sorted(found, key=lambda view: view.image.sha256)[:limit]


def some(connection: Connection, project_id: str, shas: Sequence[str]) -> list[ImageView]:
    """Return these images as a page shows them, in the order of their hashes."""
    blind = blind_now(connection, project_id)
    return _views(connection, project_id, [images.c.sha256.in_(shas)], blind, len(shas))


def one(connection: Connection, project_id: str, sha256: str) -> ImageView | None:
    """Return one image as a page shows it."""
    blind = blind_now(connection, project_id)
    found = _views(connection, project_id, [images.c.sha256 == sha256], blind, 1)
    return next(iter(found), None)


def today(project: Project, view: ImageView) -> ImageView:
    """Return what is shown of an image with the names that the classes have now."""
    if not project.former_classes or view.prelabel is None:
        return view
    return view.model_copy(update={"prelabel": project.today(view.prelabel)})


def _views(
    connection: Connection,
    project_id: str,
    conditions: Sequence[ColumnElement[bool]],
    blind: ColumnElement[bool],
    limit: int,
    by: Table = images,
) -> list[ImageView]:
    model = newest_prelabeled(connection, project_id) or ""
    query = (
        select(
            images,
            prelabels.c.value.label("proposed"),
            prelabels.c.confidence.label("confidence"),
            prelabels.c.model_version.label("proposed_by"),
            blind.label("blind"),
        )
        .outerjoin(
            prelabels,
            and_(prelabels.c.model_version == model, prelabels.c.sha256 == images.c.sha256),
        )
        .where(images.c.project_id == project_id, images.c.gone.is_(False), *conditions)
        .order_by(by.c.sha256)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    shas = [row.sha256 for row in rows]
    paths = paths_of(connection, project_id, shas)
    return [_view(row, paths[row.sha256], blind=row.blind) for row in rows]


def _view(row: AnyRow, paths: tuple[str, ...], *, blind: bool) -> ImageView:
    by_machine = row.final_by == FinalKind.ACCEPTED
    show_final = not (blind and by_machine)
    return ImageView(
        image=to_image(row, paths),
        state=row.state if show_final else "pre-labeled",
        value=to_value(row.final_value) if show_final else None,
        by=row.final_by if show_final else None,
        prelabel=None if blind else to_value(row.proposed),
        confidence=None if blind else row.confidence,
        model_version=None if blind else row.proposed_by,
        skips=row.skips,
    )
