"""What is to be imported, and how."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models.label import TaskType
from tenfold import formats
from tenfold.errors import FormatError
from tenfold.formats.reading import READ_AS


class As(StrEnum):
    """Whose word the labels are to be."""

    LABELS = "labels"
    """People's, in the name of the person `imported`."""
    PRELABELS = "prelabels"
    """A model's, for people to check."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import that somebody asks for."""

    name: str
    """The project: one that is there, or a new one."""
    path: Path
    format: str = "auto"
    images: str | None = None
    """Where a new project's images are: a directory, a .zip, `az://CONTAINER[/PREFIX]`."""
    task: TaskType | None = None
    classes: tuple[str, ...] = ()
    """The first classes of a new project; those that are found follow."""
    kind: As | None = None
    """None: pre-labels where the file holds a model's predictions, else labels."""

    def as_prelabels(self, name: str) -> bool:
        """Whether what comes in from a file of a format is a model's word."""
        return name == "predictions" if self.kind is None else self.kind is As.PRELABELS


def settled(wanted: Wanted) -> tuple[Path, str]:
    """Return the file or folder that is to be read, and its format.

    Raises:
        FormatError: nothing there, or nothing that is known, or several things.
    """
    path = wanted.path
    if str(path).startswith("az:"):
        raise FormatError(
            f"{path}: labels are imported from a file on this machine.",
            "Fetch it, or take it as a source: tenfold new NAME --source az://CONTAINER/FILE.",
        )
    if not path.exists():
        raise FormatError(f"{path}: no such file or folder.")
    if wanted.format != "auto":
        return path, READ_AS.get(wanted.format, wanted.format)
    if path.is_dir() and formats.sniff(path) is None:
        path = _only_file(path)
    return path, formats.detect(path)


def _only_file(folder: Path) -> Path:
    """Return the one labels file of a folder that is no data set by its layout."""
    found = [
        file
        for suffix in ("json", "jsonl", "ndjson", "manifest", "csv", "tsv")
        for file in sorted(folder.glob(f"*.{suffix}"))
        if formats.sniff(file)
    ]
    if len(found) != 1:
        names = ", ".join(file.name for file in found[:5])
        raise FormatError(
            f"{folder}: {f'several labels files: {names}' if found else 'no labels file in it'}.",
            "Name the file.",
        )
    return found[0]
