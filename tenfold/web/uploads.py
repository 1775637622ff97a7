"""Images that are sent from somebody's own machine: kept in the blob store, as a project's source.

Each upload has a prefix of its own there. Files come one by one, are looked at before they are
kept, and are kept once: sent again, the same bytes under the same name change nothing. Whatever is
left of an upload goes with its project, or after two days where none was made of it.
"""

import asyncio
import hashlib
import mimetypes
import re
import secrets
import tempfile
import unicodedata
from collections.abc import AsyncIterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO

from starlette.concurrency import run_in_threadpool

from models.image import Quarantine
from models.record import now
from models.upload import TakenFile, Upload, UploadNote
from tenfold.blobs import BlobStore, names
from tenfold.blobs.opening import AZURE_SCHEME
from tenfold.errors import (
    BlobNotFoundError,
    ConflictError,
    FormatError,
    NotFoundError,
    ServiceError,
)
from tenfold.formats.paths import safe_name
from tenfold.settings import Settings
from tenfold.sources.decode import flaw
from tenfold.sources.inside import is_junk
from tenfold.sources.port import LONGEST_FILE
from tenfold.sources.reading import too_long
from tenfold.store import Store
from tenfold.uploads import hash_of, remove_upload, upload_in

KEPT = timedelta(days=2)
"""How long files wait for a project that takes its images from them."""

LONGEST_PATH = 900
"""Characters of a file's path; a source knows up to 1024, and Azure too."""

DECODED_AT_ONCE = 3
"""Images that are decoded at the same time, in threads that no other request waits for."""

LOOK_AT_HOME = "See whether it opens where it comes from, then send that file again."

_ID = re.compile(r"[0-9a-f]{16}")


class Uploads:
    """Uploads that were begun, and the files in them."""

    def __init__(self, settings: Settings, store: Store, blobs: BlobStore) -> None:
        self._settings, self._store, self._blobs = settings, store, blobs
        self._folder = settings.home_dir / "uploading"
        self._looking = ThreadPoolExecutor(DECODED_AT_ONCE, thread_name_prefix="sent-image")

    def begin(self, by: str) -> Upload:
        """Make a new upload; nothing is in it yet."""
        self._forget_old()
        made = secrets.token_hex(8)
        note = UploadNote(by=by, at=now())
        self._blobs.put(names.upload_note(made), note.model_dump_json().encode())
        return self._upload(made)

    def get(self, made: str) -> Upload:
        """Return an upload that was begun.

        Raises:
            NotFoundError: there is none, or no more.
        """
        if not _ID.fullmatch(made) or not self._blobs.exists(names.upload_note(made)):
            raise NotFoundError("There is no such upload any more.", "Send the files again.")
        return self._upload(made)

    def of_source(self, source: str) -> Upload:
        """Return the upload that a project takes its images from.

        Raises:
            ConflictError: its images come from elsewhere.
        """
        made = upload_in(source, self._blobs)
        if made is None:
            raise ConflictError(
                f"The images of this project come from {source}, where tenfold never writes.",
                "Put the files there, or change the project's source.",
            )
        return self._upload(made)

    async def take(self, upload: Upload, path: str, chunks: AsyncIterable[bytes]) -> TakenFile:
        """Keep a file that is sent, once it was looked at.

        Args:
            upload: where it goes.
            path: what it is called on the sender's machine, folders included.
            chunks: its bytes.

        Raises:
            FormatError: it is no whole image, or too large, or its name is too long.
        """
        with self._temporary() as file:
            try:
                sha256 = await _receive(file, chunks)
                name = _name(path)  # now: who is answered before they have sent all hears nothing
                await self._look_at(name, file)
            except FormatError as error:
                raise FormatError(f"{path}: {error}") from error
            return await run_in_threadpool(self._keep, upload.id, name, file, sha256)

    def _sweep(self) -> None:
        """Remove what a page that was killed left of files on their way."""
        oldest = (now() - KEPT).timestamp()
        for file in self._folder.glob("*"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < oldest:
                    file.unlink()

    def _temporary(self) -> "tempfile._TemporaryFileWrapper[bytes]":
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return tempfile.NamedTemporaryFile(dir=self._folder)
        except OSError as error:
            message = f"The server can't write to {self._folder}: {error.strerror}."
            raise ServiceError(message) from error

    def _keep(self, made: str, name: str, file: IO[bytes], sha256: str) -> TakenFile:
        media_type = mimetypes.guess_type(name)[0] or ""
        for path in (name, _beside(name, sha256)):
            blob = names.upload(made) + path
            if self._blobs.put_file(blob, Path(file.name), media_type=media_type, replace=False):
                return TakenFile(path=path, new=True)
            if hash_of(self._blobs, blob) == sha256:
                return TakenFile(path=path, new=False)
        raise ConflictError(f"Another file is called {name}.", "Call it otherwise.")

    async def _look_at(self, name: str, file: IO[bytes]) -> None:
        """Refuse what ingest would set aside, by the same look: the whole picture is decoded."""
        file.flush()
        limits = (self._settings.image_pixels, self._settings.screen_side)
        loop = asyncio.get_running_loop()
        wrong = await loop.run_in_executor(self._looking, flaw, file, name, *limits)
        if wrong is None:
            return
        broken = wrong.reason is Quarantine.BROKEN
        raise FormatError(wrong.detail, LOOK_AT_HOME if broken else "")

    def _upload(self, made: str) -> Upload:
        url, prefix = self._settings.blobs_url, names.upload(made).rstrip("/")
        if url.startswith(AZURE_SCHEME):
            return Upload(id=made, source=f"{url.rstrip('/')}/{prefix}")
        root = Path(url.removeprefix("file://")).expanduser().resolve()
        return Upload(id=made, source=str(root / prefix))

    def _forget_old(self) -> None:
        """Remove what was sent and no project was made of; of the others only the note."""
        self._sweep()
        begun = list(self._blobs.list(names.UPLOAD_NOTES))
        used = {each.source for each in self._store.projects.list(include_archived=True)}
        for blob in begun:
            made = PurePosixPath(blob.name).stem
            try:
                note = UploadNote.model_validate_json(self._blobs.get(blob.name))
            except BlobNotFoundError:
                continue  # another page does the same
            if now() - note.at < KEPT:
                continue
            if self._upload(made).source not in used:
                remove_upload(self._blobs, made)
            self._blobs.delete(blob.name)


def _name(path: str) -> str:
    """Return what a file is kept as: always inside its upload.

    Raises:
        FormatError: it is hidden, or its path is too long.
    """
    name = safe_name(unicodedata.normalize("NFC", path))
    if is_junk(name):
        raise FormatError("It is a hidden file, or one of the operating system's own.")
    if len(name) > LONGEST_PATH:
        raise FormatError(f"Its path is too long: at most {LONGEST_PATH} characters are taken.")
    return name


def _beside(name: str, sha256: str) -> str:
    """Return another name for a file, so that both are kept: it says which bytes they are."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}-{sha256[:12]}{path.suffix}"))


async def _receive(file: IO[bytes], chunks: AsyncIterable[bytes]) -> str:
    """Write what is sent into a file; return its SHA-256.

    Raises:
        FormatError: it is too long.
    """
    digest, size = hashlib.sha256(), 0
    async for chunk in chunks:
        size += len(chunk)
        if size > LONGEST_FILE:
            raise FormatError(too_long(size))
        await run_in_threadpool(_write, file, chunk)
        digest.update(chunk)
    return digest.hexdigest()


def _write(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise ServiceError(f"The server can't keep the file: {error.strerror}.") from error
