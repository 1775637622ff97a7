"""What readers give, what writers take, and what a reader may be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from models.annotation import FinalKind
from models.dataset import DatasetRow
from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import FormatError

Value = ClassLabel | LabelSet | Boxes | Polygons

PRELABEL: Final = "pre-label"
"""Whose word a label is that a model proposes and nobody has accepted."""

OWN = "tenfold"
"""Key under which tenfold's exports in other tools' formats say more than these can."""


def own_part(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tenfold's own export added to an object of a file; of others' files nothing."""
    found = row.get(OWN)
    return found if isinstance(found, dict) else {}


def own_task(own: Mapping[str, Any]) -> TaskType | None:
    """Return the task that tenfold's own export says the labels are of."""
    return TaskType(own["task"]) if own.get("task") in set(TaskType) else None


SizeOf = Callable[[str], tuple[int, int] | None]
"""Gives width and height in pixels of the upright image at a path, if it can."""

OnBad = Callable[[str, FormatError], None]
"""Told of a path (or an empty text) whose label can't be read, and why."""

OnUnread = Callable[[FormatError], None]
"""Told of a line or an entry that isn't understood at all; its text names the line."""


@dataclass(frozen=True, slots=True)
class LabeledPath:
    """One image of a labels file."""

    path: str
    """As the file names it, with forward slashes, without a leading `./`."""
    value: Value | None = None
    """None where the file says nothing of the image, or nothing that can be read."""
    columns: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    height: int | None = None
    url: str | None = None
    """Where the file says that the image can be had, beside its path."""
    confidence: float | None = None
    """How sure a model was, where the label is its word."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One final label with the image that it is of and whose word it is."""

    image: DatasetRow
    value: Value
    by: FinalKind | Literal["pre-label"] | None
    """Whose word it is; None where the export isn't to say so."""
    annotator: str | None = None
    model_version: str | None = None
    confidence: float | None = None
    """The model's, where it proposed or gave the label."""
    path: str | None = None
    """What the labels file calls the image; None: its first source path."""
    copied: bool = False
    """Whether a copy of the image lies at `path` beside the labels file."""

    @property
    def name(self) -> str:
        """What the labels file calls the image."""
        return self.path or (self.image.paths[0] if self.image.paths else self.image.sha256)

    @property
    def url(self) -> str:
        """Where the image is: its copy beside the labels file, else its blob."""
        return self.name if self.copied else self.image.image_url

    @property
    def source_paths(self) -> list[str]:
        """All paths that the image had in the source, where `name` isn't the only one."""
        return [] if self.image.paths == (self.name,) else list(self.image.paths)


class SizeUnknownError(FormatError):
    """A label in parts of an image's width and height, which are not known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader is told beside the file."""

    task: TaskType | None = None
    """What the labels are to be; None: what the file itself suggests."""
    size_of: SizeOf = lambda _path: None
    on_bad: OnBad | None = None
    on_unread: OnUnread | None = None

    def size(self, path: str, url: str | None) -> tuple[int, int] | None:
        """Return an image's width and height: by its path, else by its address."""
        return self.size_of(path) or (None if url is None else self.size_of(url))

    def bad(self, path: str, error: FormatError) -> None:
        """Pass an error on to whoever wants it; raise it where nobody does."""
        if self.on_bad is None:
            raise error
        self.on_bad(path, error)

    def unread(self, error: FormatError) -> None:
        """Pass on that a line isn't understood, and go on; raise where nobody wants to hear."""
        if self.on_unread is None:
            raise error
        self.on_unread(error)
