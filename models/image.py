"""Images, where they came from, and what was set aside."""

from enum import StrEnum

from models.record import Moment, Record, Sha256


class Image(Record):
    """One picture, known by the SHA-256 of its bytes."""

    sha256: Sha256
    width: int
    """Pixels of the upright image, EXIF orientation applied."""
    height: int
    size: int
    """Bytes."""
    media_type: str
    """Such as `image/jpeg`."""
    orientation: int = 1
    """EXIF orientation of the stored bytes, 1 to 8."""
    blob: str
    """Name of the original's blob."""
    columns: dict[str, str] = {}
    """Further columns that the manifest came with."""
    paths: tuple[str, ...] = ()
    """Where it was found, relative to the source."""


class Quarantine(StrEnum):
    """Why a file was set aside."""

    BROKEN = "broken"
    EMPTY = "empty"
    TOO_LARGE = "too large"
    NOT_AN_IMAGE = "not an image"
    OUTSIDE = "leads outside the source"
    MISSING = "missing"
    BAD_ROW = "bad row"


class Quarantined(Record):
    """A source path that gave no image."""

    path: str
    reason: Quarantine
    detail: str = ""
    noticed_at: Moment | None = None
    mark: str = ""
    """The entry's mark: unchanged means that it is no image still. Empty: look again."""


class SourceEntry(Record):
    """One file of the source, as listed, before it is opened."""

    path: str
    """Relative to the source, with forward slashes."""
    size: int | None = None
    mark: str = ""
    """ETag, or size and modification time: unchanged means that it need not be read again."""
    columns: dict[str, str] = {}
