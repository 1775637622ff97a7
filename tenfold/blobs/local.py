"""A blob store in a directory of this machine."""

import errno
import io
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tenfold.blobs.port import BlobInfo
from tenfold.blobs.walking import walk
from tenfold.errors import BlobError, BlobNotFoundError, TransientBlobError

_TEMPORARY = ".writing"
_STALE_SECONDS = 86_400
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_MAY_PASS = {errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ETIMEDOUT}


class LocalBlobStore:
    """Blobs as files under one directory; written beside, synced, then moved into place."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self._temporary = self.root / _TEMPORARY
        with _explained(str(self.root)):
            self._temporary.mkdir(parents=True, exist_ok=True)
            self._sweep()

    def put(self, name: str, data: bytes, *, media_type: str = "", replace: bool = True) -> bool:
        """Store bytes; with `replace=False` only where nothing is. Return whether it was sent."""
        del media_type  # a file's name says it
        return self._put(name, lambda file: file.write(data), replace=replace)

    def put_file(
        self, name: str, path: Path, *, media_type: str = "", replace: bool = True
    ) -> bool:
        """Store a file's bytes, streamed; as `put`."""
        del media_type
        try:
            source = path.open("rb")
        except OSError as error:
            raise BlobError(f"{path} can't be read: {error.strerror}.") from error
        with source:
            return self._put(name, lambda file: shutil.copyfileobj(source, file), replace=replace)

    def get(self, name: str) -> bytes:
        """Return all bytes."""
        with _explained(name):
            return self._path(name).read_bytes()

    def open(self, name: str) -> BinaryIO:
        """Return a stream of the bytes; the caller closes it."""
        with _explained(name):
            return self._path(name).open("rb")

    def exists(self, name: str) -> bool:
        """Whether the blob is there."""
        with _explained(name):
            return self._path(name).is_file()

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Yield blobs by name order whose name begins with prefix."""
        with _explained(prefix):
            for name, entry in walk(self.root, prefix):
                if name.startswith(f"{_TEMPORARY}/"):
                    continue
                with suppress(FileNotFoundError):  # deleted meanwhile
                    stat = entry.stat()
                    yield BlobInfo(name, stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}")

    def delete(self, name: str) -> None:
        """Remove the blob; nothing happens where it is not there."""
        with _explained(name):
            self._path(name).unlink(missing_ok=True)

    def url(self, name: str) -> str:
        """Return where the blob lies, as a file:// URL."""
        return self._path(name).as_uri()

    def _path(self, name: str) -> Path:
        parts = name.split("/")
        if "\0" in name or "\\" in name or any(p in ("", ".", "..", _TEMPORARY) for p in parts):
            raise BlobError(f"{name!r} can't be the name of a blob.")
        return self.root.joinpath(*parts)

    def _put(
        self, name: str, write: Callable[[io.BufferedWriter], object], *, replace: bool
    ) -> bool:
        path = self._path(name)
        with _explained(name):
            if not replace and path.exists():
                return False
            _make_folder(path.parent)
            temporary = self._temporary / secrets.token_hex(12)
            try:
                _write_synced(temporary, write)
                placed = _place(temporary, path, replace=replace)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(path.parent)
            return placed

    def _sweep(self) -> None:
        """Remove what writers that were killed left behind."""
        oldest = time.time() - _STALE_SECONDS
        for left in self._temporary.iterdir():
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < oldest:
                    left.unlink()


def _write_synced(path: Path, write: Callable[[io.BufferedWriter], object]) -> None:
    with path.open("xb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())


def _place(temporary: Path, path: Path, *, replace: bool) -> bool:
    """Move a finished file into place; without `replace` only where nothing is."""
    if replace:
        temporary.replace(path)
        return True
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():  # a file system without hard links: as near as it gets
            return False
        temporary.replace(path)
    return True


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they outlast a power failure."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn the system's errors into those of the blob store."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise BlobNotFoundError(f"There is no blob {name!r}.") from error
    except OSError as error:
        kind = TransientBlobError if error.errno in _MAY_PASS else BlobError
        raise kind(f"The blob store failed at {name!r}: {error.strerror}.") from error
