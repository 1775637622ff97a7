"""Final labels of a project, from the label store into a folder or a zip file."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from models.annotation import FinalKind
from models.dataset import DatasetRow, SnapshotRow
from models.image import Image
from models.prelabel import Prelabel
from models.project import Project
from tenfold.blobs.port import BlobStore
from tenfold.errors import ConflictError
from tenfold.formats import voc_writer, yolo_writer
from tenfold.formats.copies import Copies
from tenfold.formats.records import ExportRow
from tenfold.formats.sinks import FolderSink, Sink, ZipSink
from tenfold.formats.writing import WRITERS, check_holds, folder_sink
from tenfold.store import Store

Report = Callable[[int, int], None]
Include = Literal["final", "human"]

PAGE = 500
"""Labels whose annotators are asked for at once."""

_COPIES = {"voc": voc_writer.IMAGES}
_FLUSH = 1 << 16
"""Bytes that are gathered before they are sent."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export holds."""

    format: str
    labels: int
    """Images with a final label."""
    files: tuple[Path, ...]
    """Files and folders directly in the export's folder."""
    file_count: int
    unlabeled: int
    """Images without a final label: not in the export."""
    sideways: int
    """Images that EXIF turns, whose shapes are in the frame of the upright image."""
    by: dict[str, int] = field(default_factory=dict)
    """Labels by whose word they are."""
    copied: bool = False

    @property
    def note(self) -> str:
        """What somebody who uses the labels should know; mostly nothing."""
        if not self.sideways or self.copied:
            return ""
        return (
            f"{self.sideways} images are stored turned (EXIF). Boxes and outlines fit the upright "
            "image: use upright copies with a program that doesn't look at EXIF."
        )


@dataclass(slots=True)
class _Tally:
    images: int = 0
    sideways: int = 0
    by: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Job:
    """One export."""

    store: Store
    blobs: BlobStore
    project: Project
    format: str
    version: int | None
    include: Include
    upright_copies: bool
    tally: _Tally

    def steps(self, sink: Sink) -> Iterator[None]:
        """Write everything, a step an image."""
        with ExitStack() as stack:
            rows = _rows(self)
            copies = None
            if self.upright_copies:
                folder = _COPIES.get(self.format, yolo_writer.IMAGES)
                copies = stack.enter_context(Copies(folder))
                rows = copies.placed(rows)
            write = WRITERS[self.format]
            yield from write(rows, self.project.class_names, sink, self.project.task)
            if copies:
                yield from copies.write(self.blobs, sink)


def export_project(
    store: Store,
    blobs: BlobStore,
    project: Project,
    format: str,  # noqa: A002 -- the word that people use
    to: Path,
    *,
    upright_copies: bool = False,
    include: Include = "final",
    version: int | None = None,
    progress: Report | None = None,
) -> ExportReport:
    """Write the final labels of a project, streamed in the order of the images' hashes.

    Args:
        store: the label store.
        blobs: where the images are; each is referenced by path and URL.
        project: whose labels.
        format: `coco`, `voc`, `yolo`, `csv` or `jsonl`.
        to: a folder; or, for csv, jsonl and coco, a file with that suffix.
        upright_copies: also write the images, EXIF rotation applied.
        include: `final`; or `human`, without what was accepted from a model.
        version: of this dataset version; None: of the images in the source now.
        progress: told of images done and images in all.

    Raises:
        FormatError: the format can't hold the task's labels; it names those that can.
        ConflictError: an export of many files lies there already.
    """
    check_holds(format, project.task)
    sink = folder_sink(format, to)
    if upright_copies:
        _refuse_older_copies(format, to)
    tally = _Tally()
    job = _Job(store, blobs, project, format, version, include, upright_copies, tally)
    total = store.images.count(project.id, version)
    for _ in job.steps(sink):
        if progress:
            progress(min(tally.images, total), total)
    return _report(job, sink, total)


def _refuse_older_copies(name: str, to: Path) -> None:
    folder = (to.parent if to.suffix else to) / _COPIES.get(name, yolo_writer.IMAGES)
    if folder.exists():
        raise ConflictError(f"{folder} is there already.", "Choose another folder.")


def _report(job: _Job, sink: FolderSink, total: int) -> ExportReport:
    labels = sum(job.tally.by.values())
    return ExportReport(
        format=job.format,
        labels=labels,
        files=tuple(sink.top),
        file_count=sink.count,
        unlabeled=max(0, total - labels),
        sideways=job.tally.sideways,
        by=dict(job.tally.by),
        copied=job.upright_copies,
    )


def export_stream(
    store: Store,
    blobs: BlobStore,
    project: Project,
    format: str,  # noqa: A002 -- the word that people use
    *,
    upright_copies: bool = False,
    include: Include = "final",
    version: int | None = None,
) -> Iterator[bytes]:
    """Return a zip file of an export, made while it is read and in constant memory.

    Raises:
        FormatError: at once, before the first byte: the format can't hold the task's labels.
    """
    check_holds(format, project.task)
    job = _Job(store, blobs, project, format, version, include, upright_copies, _Tally())
    return _zipped(job)


def _zipped(job: _Job) -> Iterator[bytes]:
    sink = ZipSink()
    with sink.open("README.txt") as out:
        out.write(_readme(job).encode())
    yield sink.take()
    for _ in job.steps(sink):
        if sink.waiting >= _FLUSH:
            yield sink.take()
    yield sink.finish()


def _readme(job: _Job) -> str:
    what = "labels that people gave" if job.include == "human" else "final labels"
    where = (
        "The images lie beside them, upright."
        if job.upright_copies
        else "Images are named by path and URL; shapes fit the upright image (EXIF applied)."
    )
    return (
        f"{what.capitalize()} of the project {job.project.name} ({job.project.task.value}), "
        f"format {job.format}.\n{where}\nEach label says whose word it is: adjudicated, reviewed, "
        "consensus, person, audited, imported, or accepted from a model.\n"
    )


def _rows(job: _Job) -> Iterator[ExportRow]:
    """Yield images with their final labels; both come in the order of the hashes."""
    images = job.store.images.iterate(job.project.id, version=job.version)
    labels = job.store.snapshots.final_labels(
        job.project.id, version=job.version, human_only=job.include == "human"
    )
    matched = _matched(images, labels, job.tally)
    confidences = _Confidences(job.store)
    while page := list(islice(matched, PAGE)):
        annotators = job.store.snapshots.annotators([label.annotation_id for _, label in page])
        for image, label in page:
            job.tally.by[label.by.value] += 1
            job.tally.sideways += image.orientation != 1
            yield ExportRow(
                image=_dataset_row(job.blobs, image),
                value=label.value,
                by=label.by,
                annotator=annotators.get(label.annotation_id),
                model_version=label.model_version,
                confidence=confidences.of(label),
            )


def _matched(
    images: Iterator[Image], labels: Iterator[SnapshotRow], tally: _Tally
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
