"""A directory in the layout of Pascal VOC or YOLO: its images, with labels or without."""

from collections.abc import Iterator
from pathlib import Path

from models.image import Quarantine, SourceEntry
from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold import formats
from tenfold.errors import FormatError
from tenfold.formats.grouping import Spool
from tenfold.sources.directory import DirectorySource
from tenfold.sources.inside import file_inside
from tenfold.sources.manifest import as_source_error

_LABEL_FILES = (
    ".xml",
    ".txt",
    ".yaml",
    ".yml",
    ".json",
    ".jsonl",
    ".csv",
    ".md",
    ".cache",
    ".names",
)


class DatasetSource(DirectorySource):
    """All images of the directory, those that no label file speaks of included."""

    def __init__(self, root: Path, task: TaskType | None) -> None:
        super().__init__(root)
        self._task = task

    def entries(self) -> Iterator[SourceEntry]:
        """Yield the images in the order of their paths; labels without an image are set aside.

        Raises:
            SourceError: a folder or a label file can't be read.
        """
        self.start_over()
        with Spool() as columns:
            for row in self._rows(note=True):
                if not self._holds(row.path):
                    missing = f"There is no such file in {self.root}."
                    self.refuse(row.path, Quarantine.MISSING, missing)
                elif row.columns:
                    columns.add(row.path, row.columns)
            columns.ready()
            for entry in self.files():
                found = columns.items(entry.path)
                yield entry.model_copy(update={"columns": found[0]}) if found else entry

    def wanted(self, path: str) -> bool:
        """Whether a file is to be looked at: label files and what describes the set are not."""
        return not path.lower().endswith(_LABEL_FILES)

    def labels(self) -> Iterator[tuple[str, ClassLabel | LabelSet | Boxes | Polygons]]:
        """Yield path and label value of the images that have one."""
        for row in self._rows(note=False):
            if row.value is not None and self._holds(row.path):
                yield row.path, row.value

    def _rows(self, *, note: bool) -> Iterator[formats.LabeledPath]:
        def on_bad(path: str, error: FormatError) -> None:
            if note:
                self.refuse(f"label of {path}", Quarantine.BAD_ROW, str(error))

        with as_source_error():
            yield from formats.read(self.root, task=self._task, on_bad=on_bad)

    def _holds(self, path: str) -> bool:
        try:
            return file_inside(self.root, path).is_file()
        except (OSError, ValueError):
            return False
