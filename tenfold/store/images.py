"""Images, where they came from, and what was set aside."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, and_, exists, or_, select

from models.annotation import FinalKind
from models.cycle import Claim
from models.image import Image, Quarantined, SourceEntry
from models.record import Record
from tenfold.errors import NotFoundError
from tenfold.store import intake, pages, tallies
from tenfold.store.engine import Database
from tenfold.store.erased import ERASED
from tenfold.store.image_filter import ImageFilter
from tenfold.store.membership import count_images, delivery_of, member, of_cycle
from tenfold.store.newest import image_of, paths_of, project_of
from tenfold.store.pages import ImagePage, ImageView, today
from tenfold.store.rows import to_image
from tenfold.store.tables import erasures, images, quarantine, sources

CHUNK = 500
"""Values in one IN list."""


class AddReport(Record):
    """What came of a batch."""

    new: int
    duplicates: int
    """Paths that hold the bytes of an image that was there already."""
    quarantined: int


class ImageCounts(Record):
    """How many images a project has."""

    images: int
    """In the source now."""
    quarantined: int
    duplicates: int


class Uncounted(NamedTuple):
    """Labels that are delivered beside those that a certificate speaks of."""

    imported: int
    """Made elsewhere."""
    earlier: int
    """A model's, delivered by an earlier cycle, of images that left and came back."""


class Images:
    """The images of all projects; within a project the hash of its bytes is an image's key."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self,
        claim: Claim,
        found: Sequence[Image],
        entries: Mapping[str, Sequence[SourceEntry]],
        quarantined: Sequence[Quarantined],
    ) -> AddReport:
        """Take in a batch in one transaction; a second time it changes nothing.

        An image that was erased for good is not taken in again, wherever it comes from.

        Args:
            claim: the right to write.
            found: the images of the batch.
            entries: hash → the source entries that hold it.
            quarantined: paths that gave no image.
        """
        with self._db.claimed(claim) as connection:
            gone = intake.erased_among(connection, claim.project_id, [*entries])
            intake.know_erased(connection, claim.project_id, gone, entries)
            there = {sha: paths for sha, paths in entries.items() if sha not in gone}
            new = intake.add_images(
                connection, claim.project_id, [image for image in found if image.sha256 not in gone]
            )
            duplicates = intake.add_entries(connection, claim.project_id, there)
            aside = intake.set_aside(connection, claim.project_id, quarantined)
        return AddReport(new=len(new), duplicates=duplicates - len(new), quarantined=aside)

    def marks(self, project_id: str, paths: Sequence[str]) -> dict[str, str]:
        """Return the marks of paths that are known: there, of an erased image, or set aside."""
        there_or_erased = or_(sources.c.gone.is_(False), _of_erased())
        aside = self._of_paths(project_id, paths, quarantine.c.mark, quarantine.c.mark != "")
        return aside | self._of_paths(project_id, paths, sources.c.mark, there_or_erased)

    def hashes(self, project_id: str, paths: Sequence[str]) -> dict[str, str]:
        """Return the image hashes of those paths that are known and still there."""
        return self._of_paths(project_id, paths, sources.c.sha256, sources.c.gone.is_(False))

    def _of_paths(
        self, project_id: str, paths: Sequence[str], column: Column[str], fits: ColumnElement[bool]
    ) -> dict[str, str]:
        """Return a column of the table that it is of, for those paths whose rows fit."""
        rows, found = column.table.c, dict[str, str]()
        with self._db.read() as connection:
            for start in range(0, len(paths), CHUNK):
                part = paths[start : start + CHUNK]
                query = select(rows.path, column).where(
                    rows.project_id == project_id, rows.path.in_(part), fits
                )
                found.update((path, value) for path, value in connection.execute(query))
        return found

    def mark_gone(self, claim: Claim, paths: Sequence[str]) -> None:
        """Note that paths are no longer in the source; labels are kept."""
        with self._db.claimed(claim) as connection:
            intake.mark_gone(connection, claim.project_id, paths)

    def all_paths(self, project_id: str) -> Iterator[str]:
        """Yield the paths that are in the source, in order, page by page."""
        after = ""
        while True:
            with self._db.read() as connection:
                page = connection.scalars(
                    select(sources.c.path)
                    .where(
                        sources.c.project_id == project_id,
                        sources.c.path > after,
                        sources.c.gone.is_(False),
                    )
                    .order_by(sources.c.path)
                    .limit(5000)
                ).all()
            if not page:
                return
            yield from page
            after = page[-1]

    def get(self, project_id: str, sha256: str) -> Image:
        """Return one image.

        Raises:
            NotFoundError: the project has no such image, or it was erased.
        """
        with self._db.read() as connection:
            row = image_of(connection, project_id, sha256)
            if row.state == ERASED:
                raise NotFoundError(f"Image {sha256} was erased for good.")
            return to_image(row, paths_of(connection, project_id, [sha256])[sha256])

    def iterate(
        self, project_id: str, version: int | None = None, batch: int = 1000
    ) -> Iterator[Image]:
        """Yield images in the order of their hashes.

        Args:
            project_id: the project.
            version: of this dataset version; None: those in the source now.
            batch: rows a query; nothing is held between two.
        """
        after = ""
        while True:
            with self._db.read() as connection:
                rows = connection.execute(
                    select(images)
                    .where(member(project_id, version), images.c.sha256 > after)
                    .order_by(images.c.sha256)
                    .limit(batch)
                ).all()
                paths = paths_of(connection, project_id, [row.sha256 for row in rows])
            if not rows:
                return
            for row in rows:
                yield to_image(row, paths[row.sha256])
            after = rows[-1].sha256

    def count(self, project_id: str, version: int | None = None) -> int:
        """Count the images of a dataset version, or those in the source now."""
        with self._db.read() as connection:
            if version is None:
                return tallies.read(connection, project_id)["images"]
            return count_images(connection, member(project_id, version))

    def deliverable(self, claim: Claim) -> int:
        """Count the images that a cycle's certificate speaks of: N."""
        with self._db.read() as connection:
            return count_images(connection, of_cycle(connection, claim.project_id, claim.cycle_id))

    def uncounted(self, claim: Claim) -> Uncounted:
        """Count the labels that a cycle delivers, too, but that don't count in its N."""
        with self._db.read() as connection:
            delivery = delivery_of(connection, claim.project_id, claim.cycle_id)
            imported = and_(delivery.members, images.c.final_by == FinalKind.IMPORTED)
            earlier = and_(delivery.members, delivery.earlier)
            return Uncounted(count_images(connection, imported), count_images(connection, earlier))

    def counts(self, project_id: str) -> ImageCounts:
        """Count images, duplicates and what was set aside."""
        with self._db.read() as connection:
            return counts_of(tallies.read(connection, project_id))

    def quarantined(self, project_id: str, after: str = "", limit: int = 100) -> list[Quarantined]:
        """Return what was set aside, by path, after a path."""
        query = (
            select(quarantine)
            .where(quarantine.c.project_id == project_id, quarantine.c.path > after)
            .order_by(quarantine.c.path)
            .limit(limit)
        )
        with self._db.read() as connection:
            return [
                Quarantined(
                    path=row.path, reason=row.reason, detail=row.detail, noticed_at=row.noticed_at
                )
                for row in connection.execute(query)
            ]

    def pool(self, project_id: str, version: int) -> list[str]:
        """Return the hashes, in order, of a version's images without a human word on them."""
        with self._db.read() as connection:
            return pool_of(connection, project_id, version)

    def unfinished(self, project_id: str, version: int) -> list[str]:
        """Return the hashes, in order, of a version's images that still want a final label."""
        query = (
            select(images.c.sha256)
            .where(
                member(project_id, version),
                images.c.gone.is_(False),
                images.c.final_value.is_(None),
                images.c.excluded.is_(False),
            )
            .order_by(images.c.sha256)
        )
        with self._db.read() as connection:
            return list(connection.scalars(query))

    def page(
        self,
        project_id: str,
        wanted: ImageFilter | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[ImageView]:
        """Return the images of `stretch` alone: a short page may not be the last."""
        return list(self.stretch(project_id, wanted, after, limit).images)

    def stretch(
        self,
        project_id: str,
        wanted: ImageFilter | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> ImagePage:
        """Return a page of the data view, images by hash after a hash, and where the next begins.

        Of an image in an open audit no word of a model is shown, nor found by a filter.
        """
        with self._db.read() as connection:
            found = pages.page(connection, project_id, wanted or ImageFilter(), after or "", limit)
            project = project_of(connection, project_id)
        shown = tuple(today(project, view) for view in found.images)
        return found.model_copy(update={"images": shown})

    def stretches(self, project_id: str, wanted: ImageFilter) -> Iterator[ImagePage]:
        """Yield all that a filter finds, stretch by stretch."""
        after: str | None = ""
        while after is not None:
            found = self.stretch(project_id, wanted, after, CHUNK)
            yield found
            after = found.after

    def view(self, project_id: str, sha256: str) -> ImageView | None:
        """Return one image as the data view shows it; None where it isn't in the source now."""
        with self._db.read() as connection:
            view = pages.one(connection, project_id, sha256)
            return view and today(project_of(connection, project_id), view)

    def views(self, project_id: str, shas: Sequence[str]) -> list[ImageView]:
        """Return these images as the data view shows them, by hash; those that are gone are not.

        Args:
            project_id: the project.
            shas: the images, so many that one query takes them.
        """
        with self._db.read() as connection:
            project = project_of(connection, project_id)
            return [today(project, view) for view in pages.some(connection, project_id, shas)]


def _of_erased() -> ColumnElement[bool]:
    return exists().where(
        erasures.c.project_id == sources.c.project_id, erasures.c.sha256 == sources.c.sha256
    )


def counts_of(counted: Counter[str]) -> ImageCounts:
    """Return the image counts among a project's tallies."""
    return ImageCounts(
        images=counted["images"],
        quarantined=counted["quarantined"],
        duplicates=counted["paths"] - counted["images"],
    )


def pool_of(connection: Connection, project_id: str, version: int) -> list[str]:
    """Return the hashes, in order, of a version's images without a human word on them."""
    query = (
        select(images.c.sha256)
        .where(
            member(project_id, version),
            images.c.gone.is_(False),
            images.c.touched.is_(False),
            or_(images.c.final_by.is_(None), images.c.final_by == FinalKind.ACCEPTED),
        )
        .order_by(images.c.sha256)
    )
    return list(connection.scalars(query))
