"""The right answers for a source's images, from a labels file: for simulations and checks."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from models.label import Boxes, LabelSet, Polygons, TaskType, classes_in
from tenfold.errors import FormatError
from tenfold.formats.reading import read
from tenfold.formats.records import Value


@dataclass(frozen=True, slots=True)
class Answers:
    """Path → right label."""

    file: Path
    task: TaskType
    values: dict[str, Value]
    _by_name: dict[str, str | None]

    def get(self, path: str) -> Value | None:
        """Return what is right for an image.

        A path that is longer or shorter at its front is found, too, where only one fits. Where
        the file has no row: no boxes, for boxes and polygons; None for classes.
        """
        key = self.key(path)
        if key is not None:
            return self.values[key]
        match self.task:
            case TaskType.BOXES:
                return Boxes()
            case TaskType.POLYGONS:
                return Polygons()
        return None

    def key(self, path: str) -> str | None:
        """Return the path by which the file knows an image; None where it has no row for it."""
        if path in self.values:
            return path
        name = PurePosixPath(path).name
        known = self._by_name.get(name)
        if known and (f"/{known}".endswith(f"/{path}") or f"/{path}".endswith(f"/{known}")):
            return known
        return None

    def known(self, paths: Iterable[str]) -> int:
        """Count the paths that the file has a row for."""
        return sum(self.key(path) is not None for path in paths)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that occur, sorted."""
        return tuple(sorted({name for value in self.values.values() for name in classes_in(value)}))

    def __len__(self) -> int:
        return len(self.values)


def read_answers(path: Path | str, task: TaskType | str) -> Answers:
    """Read a labels file of any format as answers for a task.

    Raises:
        FormatError: not readable, or no answer in it.
    """
    wanted = TaskType(task)
    values: dict[str, Value] = {}
    by_name: dict[str, str | None] = {}
    for row in read(path, task=wanted):
        value = row.value
        if value is None and wanted is TaskType.MULTILABEL:
            value = LabelSet()
        if value is None and wanted is TaskType.BOXES:
            value = Boxes()
        if value is not None:
            values[row.path] = value
            name = PurePosixPath(row.path).name
            by_name[name] = None if name in by_name else row.path
    if not values:
        raise FormatError(f"{path}: no answers in it.")
    return Answers(Path(path), wanted, values, by_name)
