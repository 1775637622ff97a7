"""Where an export goes: a folder, or a zip file that is sent while it is made."""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A fixed time for all entries: the same labels give the same bytes."""

_PACKED_ALREADY = (".jpg", ".jpeg", ".png", ".webp", ".gif")


class Sink(Protocol):
    """Takes files by name, one after the other: a file is closed before the next is opened."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a new file for writing."""
        ...


class FolderSink:
    """Writes into a folder; each file appears whole or not at all."""

    def __init__(self, folder: Path, renamed: dict[str, str] | None = None) -> None:
        self._folder = folder
        self._renamed = renamed or {}
        self.top: dict[Path, None] = {}
        """Files and folders directly in the folder that were written."""
        self.count = 0
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a new file; it takes its place when it is closed without an error."""
        path = self._folder / self._renamed.get(name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name[:100]}.part")
        try:
            with part.open("wb") as stream:
                yield stream
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self.top[self._folder / path.relative_to(self._folder).parts[0]] = None
        self.count += 1


class _Outbox(io.RawIOBase):
    """Keeps what was written until it is taken; can't go back, as a connection can't."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        self.size += len(data)
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return taken


class ZipSink:
    """Writes a zip file that is taken away piece by piece."""

    def __init__(self) -> None:
        self._outbox = _Outbox()
        self._zip = ZipFile(self._outbox, "w")

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a new entry."""
        info = ZipInfo(name, _EPOCH)
        packed = name.lower().endswith(_PACKED_ALREADY)
        info.compress_type = ZIP_STORED if packed else ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as stream:
            yield cast(BinaryIO, stream)

    @property
    def waiting(self) -> int:
        """Bytes that are ready to be sent."""
        return self._outbox.size

    def take(self) -> bytes:
        """Return what is ready to be sent."""
        return self._outbox.take()

    def finish(self) -> bytes:
        """Write the zip file's directory and return the last bytes."""
        self._zip.close()
        return self._outbox.take()
