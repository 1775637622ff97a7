"""The rows of a labels file, brought together with the images that they mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from models.label import Boxes, Polygons
from models.person import Role
from models.prelabel import Prelabel
from models.project import Frame, Project
from tenfold import formats
from tenfold.errors import FormatError
from tenfold.formats.records import LabeledPath, SizeOf, SizeUnknownError, Value
from tenfold.importing.places import Places
from tenfold.importing.report import ImportReport
from tenfold.pipeline.context import Context
from tenfold.pipeline.frames import to_upright
from tenfold.store import Brought
from tenfold.store.importing import IMPORTED

BATCH = 500
"""Labels in one transaction."""

UNSURE = 0.5
"""How sure a model is taken to be that doesn't say."""

Placed = tuple[str, LabeledPath]


def _rows(
    path: Path, places: Places, report: ImportReport, size_of: SizeOf
) -> Iterator[LabeledPath]:
    """Yield the rows of a file, and note what is not understood."""

    def misread(name: str, error: FormatError) -> None:
        # An image that isn't there has no size: it is listed as missing, and not twice.
        if not isinstance(error, SizeUnknownError) or places.find(LabeledPath(name)) is not None:
            report.misread(error)

    rows = formats.read(
        path,
        report.format,
        task=report.task,
        size_of=size_of,
        on_bad=misread,
        on_unread=report.misread,
    )
    for row in rows:
        report.images += 1
        yield row


def look_up(path: Path, places: Places, report: ImportReport) -> ImportReport:
    """Count what would come in."""
    for _ in _looked_up(path, places, report):
        pass
    return report


def finds_any(path: Path, places: Places, report: ImportReport) -> bool:
    """Whether an image of the file is there; the file is read as far as the first that is."""
    return any(_looked_up(path, places, report))


def _looked_up(path: Path, places: Places, report: ImportReport) -> Iterator[bool]:
    """Yield of each image whether it is there, and count it."""
    for row in _rows(path, places, report, lambda _path: (1, 1)):
        place = places.find(row)
        if place is None:
            report.miss(row)
        else:
            report.count(row.value)
        yield place is not None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes labels into the store, as people's or as a model's."""

    ctx: Context
    project: Project
    places: Places
    report: ImportReport

    def write(self, path: Path) -> None:
        """Bring in all labels of a file whose images are there."""
        person = self.ctx.store.people.ensure(IMPORTED, Role.LABELER).id
        placed = self._placed(path)
        while batch := list(islice(placed, BATCH)):
            hashes = self.ctx.store.images.hashes(self.project.id, [path for path, _ in batch])
            rows = {hashes[place]: row for place, row in batch if place in hashes}
            self._note(rows, self._keep(rows, person))

    def _placed(self, path: Path) -> Iterator[Placed]:
        for row in _rows(path, self.places, self.report, self._size_of):
            place = self.places.find(row)
            if place is None:
                self.report.miss(row)
                continue
            self.report.count(row.value)
            if row.value is not None:
                yield place, row

    def _size_of(self, path: str) -> tuple[int, int] | None:
        place = self.places.find(LabeledPath(path))
        hashes = self.ctx.store.images.hashes(self.project.id, [place] if place else [])
        if place not in hashes:
            return None
        image = self.ctx.store.images.get(self.project.id, hashes[place])
        return image.width, image.height

    def _keep(self, rows: dict[str, LabeledPath], person: int) -> Brought:
        values = {sha: self._upright(sha, row.value) for sha, row in rows.items() if row.value}
        if not self.report.prelabels:
            return self.ctx.store.imports.labels(self.project.id, values, person)
        proposed = {
            sha: Prelabel(sha256=sha, value=value, confidence=_confidence(rows[sha]))
            for sha, value in values.items()
        }
        return self.ctx.store.imports.prelabels(self.project.id, proposed)

    def _upright(self, sha256: str, value: Value) -> Value:
        stored = self.project.import_frame is Frame.STORED
        if not stored or not isinstance(value, Boxes | Polygons):
            return value
        return to_upright(value, self.ctx.store.images.get(self.project.id, sha256))

    def _note(self, rows: dict[str, LabeledPath], brought: Brought) -> None:
        self.report.new += brought.new
        self.report.same += brought.same
        for sha, why in brought.refused.items():
            self.report.refuse(rows[sha].path, why)


def _confidence(row: LabeledPath) -> float:
    return UNSURE if row.confidence is None else row.confidence
