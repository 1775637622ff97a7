"""Labels of a project, from the label store into a folder or a zip file."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from models.project import Project
from tenfold.blobs.port import BlobStore
from tenfold.errors import ConflictError, FormatError
from tenfold.formats import voc_writer, yolo_writer
from tenfold.formats.copies import Copies
from tenfold.formats.export_rows import Rows, Tally, What
from tenfold.formats.sinks import FolderSink, Sink, ZipSink
from tenfold.formats.split import check_column
from tenfold.formats.writing import WRITERS, check_holds, folder_sink, refuse_older
from tenfold.store import Store

Report = Callable[[int, int], None]

LOOKED_AT = 2000
"""Images whose columns are looked at to know which there are."""

_COPIES = {"voc": voc_writer.IMAGES}
_FLUSH = 1 << 16
"""Bytes that are gathered before they are sent."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export holds."""

    format: str
    labels: int
    """Images with a label."""
    files: tuple[Path, ...]
    """Files and folders directly in the export's folder."""
    file_count: int
    unlabeled: int
    """Images without a label: not in the export."""
    sideways: int
    """Images that EXIF turns, whose shapes are in the frame of the upright image."""
    by: dict[str, int] = field(default_factory=dict)
    """Labels by whose word they are."""
    parts: dict[str, int] = field(default_factory=dict)
    """Labels in training, validation and test set, where the export is split."""
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


@dataclass(frozen=True, slots=True)
class _Under:
    """A folder of a sink."""

    sink: Sink
    folder: str

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self.sink.open(f"{self.folder}/{name}")


@dataclass(frozen=True, slots=True)
class _Job:
    """One export."""

    rows: Rows
    format: str

    @property
    def what(self) -> What:
        return self.rows.what

    def steps(self, sink: Sink) -> Iterator[None]:
        """Write everything, a step an image."""
        if self.what.split is None:
            yield from self._write(sink, None, self.rows.project.class_names)
            return
        classes = self.rows.classes()
        for part in self.what.split.parts:
            yield from self._write(_Under(sink, part), part, classes)
        if self.format == "yolo":
            yolo_writer.write_split(sink, self.what.split.parts, classes)

    def _write(self, sink: Sink, part: str | None, classes: tuple[str, ...]) -> Iterator[None]:
        with ExitStack() as stack:
            rows, copies = self.rows.of(part), None
            if self.what.upright_copies:
                copies = stack.enter_context(Copies(_copies_of(self.format)))
                rows = copies.placed(rows)
            yield from WRITERS[self.format](rows, classes, sink, self.rows.project.task)
            if copies:
                yield from copies.write(self.rows.blobs, sink)


def _copies_of(name: str) -> str:
    return _COPIES.get(name, yolo_writer.IMAGES)


def _job(
    store: Store, blobs: BlobStore, project: Project, name: str, what: What | None
) -> tuple[_Job, Tally]:
    """Return an export that can be made.

    Raises:
        FormatError: it can't: the format doesn't hold such labels, or no image has the column.
    """
    check_holds(name, project.task)
    chosen = what or What()
    if chosen.split is not None and chosen.split.column is not None:
        check_column(chosen.split.column, columns_of(store, project))
    tally = Tally()
    return _Job(Rows(store, blobs, project, chosen, tally), name), tally


def columns_of(store: Store, project: Project) -> list[str]:
    """Return the names of the columns that images came with, as far as the first ones show."""
    views = store.images.page(project.id, limit=LOOKED_AT)
    return sorted({name for view in views for name in view.image.columns})


def export_project(
    store: Store,
    blobs: BlobStore,
    project: Project,
    format: str,  # noqa: A002 -- the word that people use
    to: Path,
    what: What | None = None,
    progress: Report | None = None,
) -> ExportReport:
    """Write the labels of a project, streamed in the order of the images' hashes.

    Args:
        store: the label store.
        blobs: where the images are; each is referenced by path and URL.
        project: whose labels.
        format: one of `tenfold.formats.writing.WRITERS`.
        to: a folder; or, for the formats of one file, a file with its suffix.
        what: what it is to hold; None: all final labels, and whose word they are.
        progress: told of images done and images in all.

    Raises:
        FormatError: the format can't hold the task's labels, or no image has the column of a split.
        ConflictError: an export of many files lies there already.
    """
    job, tally = _job(store, blobs, project, format, what)
    sink = _sink(job, to)
    passes = len(job.what.split.parts) if job.what.split else 1
    images = store.images.count(project.id, job.what.version)
    for _ in job.steps(sink):
        if progress:
            progress(min(tally.images, passes * images), passes * images)
    return _report(job, sink, images)


def _sink(job: _Job, to: Path) -> FolderSink:
    split = job.what.split
    if split is None:
        sink = folder_sink(job.format, to)
        if job.what.upright_copies:
            _refuse_older_copies(job.format, to)
        return sink
    if to.suffix and not to.is_dir():
        raise FormatError(
            f"{to} is one file, and a split export is several.", "Name a folder, or a .zip."
        )
    for part in split.parts:
        refuse_older(job.format, to / part)
        if job.what.upright_copies:
            _refuse_older_copies(job.format, to / part)
    return FolderSink(to)


def _refuse_older_copies(name: str, to: Path) -> None:
    folder = (to.parent if to.suffix else to) / _copies_of(name)
    if folder.exists():
        raise ConflictError(f"{folder} is there already.", "Choose another folder.")


def _report(job: _Job, sink: FolderSink, images: int) -> ExportReport:
    tally = job.rows.tally
    labels = sum(tally.by.values())
    return ExportReport(
        format=job.format,
        labels=labels,
        files=tuple(sink.top),
        file_count=sink.count,
        unlabeled=max(0, images - labels),
        sideways=tally.sideways,
        by=dict(tally.by),
        parts={part: n for part, n in tally.parts.items() if part},
        copied=job.what.upright_copies,
    )


def export_stream(
    store: Store,
    blobs: BlobStore,
    project: Project,
    format: str,  # noqa: A002 -- the word that people use
    what: What | None = None,
) -> Iterator[bytes]:
    """Return a zip file of an export, made while it is read and in constant memory.

    Raises:
        FormatError: at once, before the first byte: the format can't hold the task's labels, or no
            image has the column of a split.
    """
    job, _ = _job(store, blobs, project, format, what)
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


_HOLDS = {
    "final": "Final labels",
    "human": "Labels that people gave",
    "prelabels": "Final labels, and where there is none what the newest model proposes,",
}


def _readme(job: _Job) -> str:
    what, project = job.what, job.rows.project
    of = f"{_HOLDS[what.include]} of the project {project.name} ({project.task.value})"
    lines = [
        f"{of}, format {job.format}.",
        "The images lie beside them, upright."
        if what.upright_copies
        else "Images are named by path and URL; shapes fit the upright image (EXIF applied).",
    ]
    if what.provenance:
        lines.append(
            "Each label says whose word it is: adjudicated, reviewed, consensus, person, audited, "
            "imported, accepted from a model, or only a pre-label."
        )
    if what.split is not None:
        lines.append(_parted(what))
    return "\n".join(lines) + "\n"


def _parted(what: What) -> str:
    if what.split is None:
        raise AssertionError("it isn't split")
    shares = "/".join(f"{100 * share:g}" for share in what.split.shares)
    by = f"the column {what.split.column}" if what.split.column else "the images' hashes"
    near = " Images that show nearly the same are in one part." if what.split.near else ""
    return f"Split {shares} into training, validation and test by {by}.{near}"
