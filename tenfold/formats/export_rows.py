"""The rows of an export: images and the labels that it is to hold, in the order of hashes."""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Literal

from models.annotation import FinalKind
from models.dataset import DatasetRow, SnapshotRow
from models.image import Image
from models.label import classes_in
from models.prelabel import Prelabel
from models.project import Project
from tenfold.blobs.port import BlobStore
from tenfold.formats.records import PRELABEL, ExportRow
from tenfold.formats.split import Parting, Split
from tenfold.store import ImageFilter, ImageView, Store

Include = Literal["final", "human", "prelabels"]

PAGE = 500
"""Labels whose annotators are asked for at once."""


@dataclass(frozen=True, slots=True)
class What:
    """What an export is to hold."""

    include: Include = "final"
    """`final` labels; only those that a `human` gave; or the final ones and, where there is none,
    `prelabels`: what the newest model proposes, as far as it may be seen."""
    provenance: bool = True
    """Whether each label says whose word it is."""
    split: Split | None = None
    """Into training, validation and test sets, a folder each."""
    upright_copies: bool = False
    """Also the images, EXIF rotation applied."""
    version: int | None = None
    """Of this dataset version; None: of the images in the source now."""


@dataclass(slots=True)
class Tally:
    """What was written."""

    images: int = 0
    sideways: int = 0
    by: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Rows:
    """Reads them from the stores, page by page."""

    store: Store
    blobs: BlobStore
    project: Project
    what: What
    tally: Tally

    def of(self, part: str | None = None) -> Iterator[ExportRow]:
        """Yield all rows, or those of a part, and count them."""
        for row in self._all():
            if part is not None and self._part(row) != part:
                continue
            self.tally.by[str(row.by)] += 1
            self.tally.sideways += row.image.orientation != 1
            self.tally.parts[part or ""] += 1
            yield row if self.what.provenance else _plain(row)

    def classes(self) -> tuple[str, ...]:
        """Return the project's classes, and behind them further ones that labels have.

        Parts of one export number their classes the same way.
        """
        further: set[str] = set()
        for label in self._labels():
            further |= classes_in(label.value)
        known = self.project.class_names
        return (*known, *sorted(further - set(known)))

    def _part(self, row: ExportRow) -> str:
        return self._parting.part(row.image.sha256, row.image.columns)

    @cached_property
    def _parting(self) -> Parting:
        """How all parts of the export are told apart: put together once."""
        split = self.what.split
        if split is None:
            raise AssertionError("only a split export has parts")
        return Parting(split, self._columns)

    def _columns(self, shas: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        for start in range(0, len(shas), PAGE):
            views = self.store.images.views(self.project.id, shas[start : start + PAGE])
            found.update((view.image.sha256, view.image.columns) for view in views)
        return found

    def _all(self) -> Iterator[ExportRow]:
        if self.what.include != "prelabels":
            return self._final()
        both = (self._final(), self._proposed())
        return heapq.merge(*both, key=lambda row: row.image.sha256)

    def _labels(self) -> Iterator[SnapshotRow]:
        human = self.what.include == "human"
        return self.store.snapshots.final_labels(
            self.project.id, version=self.what.version, human_only=human
        )

    def _final(self) -> Iterator[ExportRow]:
        images = self.store.images.iterate(self.project.id, version=self.what.version)
        matched = _matched(images, self._labels(), self.tally)
        confidences = _Confidences(self.store)
        while page := list(islice(matched, PAGE)):
            names = self.store.snapshots.annotators([label.annotation_id for _, label in page])
            for image, label in page:
                yield ExportRow(
                    image=_dataset_row(self.blobs, image),
                    value=label.value,
                    by=label.by,
                    annotator=names.get(label.annotation_id),
                    model_version=label.model_version,
                    confidence=confidences.of(label),
                )

    def _proposed(self) -> Iterator[ExportRow]:
        """Yield pre-labels of images without a label; of open audits and walks there are none."""
        wanted, after = ImageFilter(state="pre-labeled"), ""
        while page := self.store.images.page(self.project.id, wanted, after, PAGE):
            for view in page:
                if view.prelabel is not None:
                    yield self._prelabel(view)
            after = page[-1].image.sha256

    def _prelabel(self, view: ImageView) -> ExportRow:
        if view.prelabel is None:
            raise AssertionError("there is no pre-label")
        return ExportRow(
            image=_dataset_row(self.blobs, view.image),
            value=view.prelabel,
            by=PRELABEL,
            model_version=view.model_version,
            confidence=view.confidence,
        )


def _plain(row: ExportRow) -> ExportRow:
    return replace(row, by=None, annotator=None, model_version=None, confidence=None)


def _matched(
    images: Iterator[Image], labels: Iterator[SnapshotRow], tally: Tally
) -> Iterator[tuple[Image, SnapshotRow]]:
    """Yield images with their labels; what a change in between left alone is passed over."""
    image = next(images, None)
    for label in labels:
        while image is not None and image.sha256 < label.sha256:
            tally.images += 1
            image = next(images, None)
        if image is None:
            return
        if image.sha256 == label.sha256:
            yield image, label


def _dataset_row(blobs: BlobStore, image: Image) -> DatasetRow:
    return DatasetRow(
        image_url=blobs.url(image.blob),
        **image.model_dump(include=set(DatasetRow.model_fields) - {"image_url"}),
    )


class _Confidences:
    """A model's confidence in the labels that it gave or proposed; both come in hash order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._models: dict[str, tuple[Iterator[Prelabel], Prelabel | None]] = {}

    def of(self, label: SnapshotRow) -> float | None:
        """Return it where the label came from a pre-label; labels are asked for in hash order."""
        shown = label.by in (FinalKind.ACCEPTED, FinalKind.REVIEWED)
        if not shown or label.model_version is None:
            return None
        if label.model_version not in self._models:
            prelabels = self._store.models.prelabels(label.model_version)
            self._models[label.model_version] = (prelabels, next(prelabels, None))
        prelabels, at = self._models[label.model_version]
        while at is not None and at.sha256 < label.sha256:
            at = next(prelabels, None)
        self._models[label.model_version] = (prelabels, at)
        return at.confidence if at is not None and at.sha256 == label.sha256 else None
