"""A blob store in a container of Azure Blob Storage."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, cast
from urllib.parse import quote, urlsplit

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.storage.blob import ContainerClient, ContentSettings

from tenfold.blobs.azure_errors import MissingContainerError, code_of, explained
from tenfold.blobs.azure_stream import BlobStream
from tenfold.blobs.port import BlobInfo
from tenfold.errors import BlobError, BlobNotFoundError

_LONGEST_NAME = 1024
_FORBIDDEN = 403
_PAGE = 5000
"""Blobs in an answer to a listing, at most: what Azure gives at once."""

_FOLDER = "hdi_isfolder"
"""Metadata of the empty blobs that are listed for folders (learn.microsoft.com, "Known issues with
Azure Data Lake Storage", and the ABFS driver, which writes them itself in flat accounts)."""


class AzureBlobStore:
    """Blobs of one container, all under one prefix. The container is made at the first put.

    A name that begins with a slash counts from the container's root, past the prefix: so images
    that lie in the container already are referred to where they are.
    """

    def __init__(self, client: ContainerClient, prefix: str = "") -> None:
        self._client = client
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._made = False
        self._making = Lock()

    @property
    def place(self) -> tuple[str, str, str]:
        """Account URL, container, and prefix with its last slash."""
        return _without_query(self._client.url), self._client.container_name, self._prefix

    def put(self, name: str, data: bytes, *, media_type: str = "", replace: bool = True) -> bool:
        """Store bytes; with `replace=False` only where nothing is. Return whether it was sent."""
        md5 = hashlib.md5(data, usedforsecurity=False).digest()
        return self._put(name, data, len(data), _content(md5, media_type), replace=replace)

    def put_file(
        self, name: str, path: Path, *, media_type: str = "", replace: bool = True
    ) -> bool:
        """Store a file's bytes, streamed; as `put`."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise BlobError(f"{path} can't be read: {error.strerror}.") from error
        with file:
            md5 = hashlib.file_digest(file, _new_md5).digest()
            size = file.seek(0, io.SEEK_END)
            return self._put(name, file, size, _content(md5, media_type), replace=replace)

    def get(self, name: str) -> bytes:
        """Return all bytes."""
        with explained(name):
            return self._client.download_blob(self._full(name)).readall()

    def open(self, name: str) -> BinaryIO:
        """Return a stream of the bytes; the caller closes it."""
        with explained(name):
            downloader = self._client.download_blob(self._full(name))
        return cast("BinaryIO", io.BufferedReader(BlobStream(downloader.chunks(), name)))

    def exists(self, name: str) -> bool:
        """Whether the blob is there."""
        try:
            with explained(name):
                self._client.get_blob_client(self._full(name)).get_blob_properties()
        except BlobNotFoundError:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Yield blobs by name order whose name begins with prefix, in pages.

        What stands for a folder, as in accounts with a hierarchical namespace, is no blob.
        """
        start, cut = self._prefix + prefix, len(self._prefix)
        if prefix.startswith("/"):
            start, cut = prefix[1:], -1
        with suppress(MissingContainerError), explained(prefix):
            for blob in self._client.list_blobs(
                name_starts_with=start, include=["metadata"], results_per_page=_PAGE
            ):
                if _FOLDER in (blob.metadata or {}):
                    continue
                name = blob.name[cut:] if cut >= 0 else f"/{blob.name}"
                yield BlobInfo(name, blob.size, blob.etag.strip('"'))

    def delete(self, name: str) -> None:
        """Remove the blob; nothing happens where it is not there."""
        with suppress(BlobNotFoundError), explained(name):
            self._client.delete_blob(self._full(name), delete_snapshots="include")

    def url(self, name: str) -> str:
        """Return where the blob lies, as an https:// URL without a secret."""
        return f"{_without_query(self._client.url)}/{quote(self._full(name))}"

    def check(self) -> None:
        """Ask for the container.

        Raises:
            BlobNotFoundError: it is not there.
            BlobError: it can't be reached or not be read.
        """
        with explained(self._client.container_name):
            next(self._client.list_blobs(results_per_page=1).by_page(), None)

    def _full(self, name: str) -> str:
        full = name[1:] if name.startswith("/") else self._prefix + name
        parts = full.split("/")
        if not name or "\\" in name or "\0" in name or any(p in ("", ".", "..") for p in parts):
            raise BlobError(f"{name!r} can't be the name of a blob.")
        if len(full) > _LONGEST_NAME:
            raise BlobError(f"{name[:80]!r}… is longer than {_LONGEST_NAME} characters.")
        return full

    def _put(
        self, name: str, data: Any, size: int, content: ContentSettings, *, replace: bool
    ) -> bool:
        full = self._full(name)
        with explained(name):
            self._make_container()
            if hasattr(data, "seek"):
                data.seek(0)
            try:
                self._client.upload_blob(
                    full, data, length=size, overwrite=replace, content_settings=content,
                    validate_content=True,
                )  # fmt: skip
            except (ResourceExistsError, ResourceModifiedError):
                if replace:
                    raise
                return False
        return True

    def _make_container(self) -> None:
        """Make the container if it is missing; a SAS for blobs alone may not ask, so no matter."""
        with self._making:
            if self._made:
                return
            try:
                self._client.create_container()
            except HttpResponseError as error:
                if error.status_code != _FORBIDDEN and code_of(error) != "ContainerAlreadyExists":
                    raise
            self._made = True


def _new_md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _content(md5: bytes, media_type: str) -> ContentSettings:
    return ContentSettings(
        content_type=media_type or "application/octet-stream", content_md5=bytearray(md5)
    )


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
