"""The files that a manifest names: beside it in a folder, or in the storage account."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from models.image import Quarantine, SourceEntry
from tenfold.blobs.opening import AZURE_SCHEME, split_azure
from tenfold.errors import BlobNotFoundError
from tenfold.sources.inside import file_inside, leaves, mark_of

if TYPE_CHECKING:
    from tenfold.blobs.azure import AzureBlobStore

Objection = tuple[Quarantine, str]
OpenContainer = Callable[[str], "AzureBlobStore"]
"""Opens a container of the settings' account by its name."""

_BY_NAME = "named in a manifest"
"""Mark of a blob that a manifest names: it is read once, not looked up at every refresh."""

_AZURES_HOST = re.compile(r"^([a-z0-9]+)(?:-secondary)?\.(?:[a-z0-9]+\.)?(?:blob|dfs)\.")
"""Host of a storage account: whichever of its endpoints, private ones among them, is meant."""

_IMAGE_FOLDERS = ("images", "JPEGImages")


class Files(Protocol):
    """Where the paths of a manifest lead."""

    def find(self, path: str) -> SourceEntry | Objection:
        """Return the file that a row means, or why there is none."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Open what `find` found; `FileNotFoundError` where nothing is."""
        ...

    def in_place(self, path: str) -> str | None:
        """Return the blob's name where it lies in the project's own container."""
        ...


class FolderFiles:
    """Files of a folder on this machine; `az://` and `https://` paths lead to the account."""

    def __init__(self, root: Path, remote: "RemoteFiles") -> None:
        self.root = root.resolve()
        self._remote = remote

    def find(self, path: str) -> SourceEntry | Objection:
        """Return the file at the path, else the first of the places where tools put images."""
        if self._remote.leads_to(path):
            return self._remote.find(path)
        if "://" in path:
            return Quarantine.MISSING, "Only files, az:// and the account's https:// are read."
        if leaves(path):
            return (
                Quarantine.OUTSIDE,
                f"The path leads out of {self.root}: put the manifest above its images.",
            )
        for candidate in _candidates(path):
            try:
                status = file_inside(self.root, candidate).stat()
            except (OSError, ValueError):
                continue
            return SourceEntry(path=candidate, size=status.st_size, mark=mark_of(status))
        return Quarantine.MISSING, f"There is no such file in {self.root}."

    def open(self, path: str) -> BinaryIO:
        """Open a file that was found."""
        if self._remote.leads_to(path):
            return self._remote.open(path)
        return file_inside(self.root, path).open("rb")

    def in_place(self, path: str) -> str | None:
        """Return the blob's name where the path leads to the project's own container."""
        return self._remote.in_place(path) if self._remote.leads_to(path) else None


class RemoteFiles:
    """Blobs that are named by `az://CONTAINER/NAME` or by their `https://` address."""

    def __init__(
        self, account_url: str, opener: OpenContainer, own: "AzureBlobStore | None" = None
    ) -> None:
        """Read blobs of one account.

        Args:
            account_url: without a secret; may be empty.
            opener: opens a container of it.
            own: the project's own store, where it is a container.
        """
        self._account = urlsplit(account_url)
        self._open = lru_cache(maxsize=16)(opener)
        self._own = own

    def leads_to(self, path: str) -> bool:
        """Whether a path names a blob of the account."""
        return path.startswith(AZURE_SCHEME) or self._within(path) is not None

    def find(self, path: str) -> SourceEntry | Objection:
        """Return the entry without asking for it: whether it is there shows when it is opened."""
        _, name = self._split(path)
        if not name or leaves(name):
            return Quarantine.OUTSIDE, "It names no blob: write az://CONTAINER/NAME."
        return SourceEntry(path=path, mark=_BY_NAME)

    def open(self, path: str) -> BinaryIO:
        """Open the blob."""
        container, name = self._split(path)
        try:
            return self._open(container).open(name)
        except BlobNotFoundError as error:
            raise FileNotFoundError(path) from error

    def in_place(self, path: str) -> str | None:
        """Return what the project's own store calls the blob, if it is in its container."""
        container, name = self._split(path)
        return name_in(self._own, self._open(container), name) if self._own else None

    def _split(self, path: str) -> tuple[str, str]:
        within = self._within(path)
        plain = path.split("?", maxsplit=1)[0] if within is None else AZURE_SCHEME + within
        return split_azure(plain)

    def _within(self, address: str) -> str | None:
        """Return `CONTAINER/NAME` of a web address in the account; None: it leads elsewhere."""
        if not self._account.netloc or not address.startswith(("https://", "http://")):
            return None
        parts, base = urlsplit(address), self._account.path.rstrip("/") + "/"
        if _host(parts.netloc) != _host(self._account.netloc) or not parts.path.startswith(base):
            return None
        return unquote(parts.path.removeprefix(base))


def _host(name: str) -> str:
    """Return the storage account that a host belongs to; another host as it is."""
    found = _AZURES_HOST.match(name.lower())
    return found[1] if found else name.lower()


def name_in(own: "AzureBlobStore", other: "AzureBlobStore", name: str) -> str | None:
    """Return what `own` calls a blob of `other`; None where they are different containers."""
    (url, container, prefix), theirs = own.place, other.place
    if theirs[:2] != (url, container):
        return None
    full = theirs[2] + name
    return full.removeprefix(prefix) if full.startswith(prefix) else f"/{full}"


class ContainerFiles:
    """Blobs of one container, relative to the manifest's folder or to the container's root."""

    def __init__(self, blobs: "AzureBlobStore", base: str, own: "AzureBlobStore | None") -> None:
        self._blobs = blobs
        self._bases: tuple[str, ...] = (f"{base}/", "") if base else ("",)
        self._own = own

    def find(self, path: str) -> SourceEntry | Objection:
        """Return the blob at the path; the base that fitted last is tried first."""
        if "://" in path or leaves(path):
            return Quarantine.OUTSIDE, "The path leads out of the container."
        for base in self._bases:
            if self._blobs.exists(base + path):
                self._bases = (base, *(other for other in self._bases if other != base))
                return SourceEntry(path=base + path, mark=_BY_NAME)
        return Quarantine.MISSING, "There is no such blob."

    def open(self, path: str) -> BinaryIO:
        """Open a blob that was found."""
        try:
            return self._blobs.open(path)
        except BlobNotFoundError as error:
            raise FileNotFoundError(path) from error

    def in_place(self, path: str) -> str | None:
        """Return the blob's name where it lies in the project's own container."""
        return name_in(self._own, self._blobs, path) if self._own else None


def _candidates(path: str) -> list[str]:
    """Return where a row's image may lie: as written, then nearer by, then in an image folder."""
    parts = PurePosixPath(path).parts
    nearer = ["/".join(parts[i:]) for i in range(len(parts))]
    return nearer + [f"{folder}/{parts[-1]}" for folder in _IMAGE_FOLDERS]
