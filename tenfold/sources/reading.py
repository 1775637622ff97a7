"""A file's bytes, or why there are none."""

import zipfile
import zlib

from models.image import Quarantine, Quarantined, SourceEntry
from tenfold.sources.port import LONGEST_FILE, Source

_UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
"""What damaged or encrypted archives and failing disks raise."""


def read(source: Source, entry: SourceEntry) -> bytes | Quarantined:
    """Read one file whole, or say why it is set aside.

    Raises:
        BlobError: the container as a whole can't be read; `TransientBlobError` if only now.
    """
    try:
        with source.open(entry) as stream:
            data = stream.read(LONGEST_FILE + 1)
    except FileNotFoundError:
        return _aside(entry, Quarantine.MISSING, "There is no such file.")
    except _UNREADABLE as error:
        return _aside(entry, Quarantine.BROKEN, f"It can't be read: {error}.")
    if len(data) > LONGEST_FILE:
        return _aside(entry, Quarantine.TOO_LARGE, too_long(len(data)))
    return data


def too_long(size: int) -> str:
    """Say that a file has too many bytes."""
    return f"{size:,} bytes or more; up to {LONGEST_FILE:,} are taken."


def _aside(entry: SourceEntry, reason: Quarantine, detail: str) -> Quarantined:
    return Quarantined(path=entry.path, reason=reason, detail=detail)
