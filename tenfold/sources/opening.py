"""Which source a project's address means."""

import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from models.label import TaskType
from tenfold.blobs.opening import AZURE_SCHEME, split_azure
from tenfold.errors import BlobNotFoundError, SourceError
from tenfold.settings import Settings
from tenfold.sources.port import Source

if TYPE_CHECKING:
    from tenfold.blobs.azure import AzureBlobStore

MANIFEST_SUFFIXES = frozenset(
    {".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".manifest", ".yaml", ".yml"}
)

_XML_HEAD = 1024


def open_source(uri: str, settings: Settings, task: TaskType | None = None) -> Source:
    """Open the source that a project names.

    Args:
        uri: a directory, a `.zip` file, `az://CONTAINER[/PREFIX]`, or a manifest (CSV, JSON lines,
            COCO; also an `MLTable`), or a directory in the layout of Pascal VOC or YOLO.
        settings: how the storage account is reached, and which container is the project's own.
        task: what a manifest's labels are to be; None: what the manifest itself suggests.

    Raises:
        SourceError: nothing is there, or it is none of these.
    """
    if uri.startswith(AZURE_SCHEME):
        return _container(uri, settings, task)
    if "://" in uri and not uri.startswith("file://"):
        raise SourceError(
            f"{uri!r} can't be a source.",
            "Name a directory, a .zip file, a manifest, or az://CONTAINER[/PREFIX].",
        )
    return _local(Path(uri.removeprefix("file://")).expanduser(), settings, task)


def _local(path: Path, settings: Settings, task: TaskType | None) -> Source:
    if path.is_dir():
        return _directory(path, settings, task)
    if not path.exists():
        raise SourceError(f"There is no file or directory {path}.", "Look at the project's source.")
    if is_manifest(path.name):
        return _manifest(path, settings, task)
    if zipfile.is_zipfile(path):
        from tenfold.sources.archive import ArchiveSource

        return ArchiveSource(path)
    raise SourceError(
        f"{path} is neither a directory, a .zip archive nor a manifest.",
        "Manifests end in .csv, .tsv, .json or .jsonl, or are called MLTable.",
    )


def absolute(uri: str) -> str:
    """Return a source's address as a project keeps it."""
    return uri if uri.startswith(AZURE_SCHEME) else str(Path(uri).expanduser().resolve())


def is_manifest(name: str) -> bool:
    """Whether a file is a manifest, by its name."""
    return Path(name).suffix.lower() in MANIFEST_SUFFIXES or name == "MLTable"


def _directory(path: Path, settings: Settings, task: TaskType | None) -> Source:
    from tenfold.formats import sniff
    from tenfold.sources.dataset import DatasetSource
    from tenfold.sources.directory import DirectorySource

    kind = sniff(path)
    if kind == "jsonl":
        return _manifest(path, settings, task)
    if kind is None or (kind == "voc" and not _has_annotations(path)):
        return DirectorySource(path)
    return DatasetSource(path, task)


def _has_annotations(path: Path) -> bool:
    """Whether a folder with XML files is one of Pascal VOC, and not one with other XML in it."""
    if (path / "Annotations").is_dir():
        return True
    first = next(path.glob("*.xml"))
    with first.open("rb") as file:
        return b"<annotation" in file.read(_XML_HEAD)


def _manifest(path: Path, settings: Settings, task: TaskType | None) -> Source:
    from tenfold.sources.files import FolderFiles, RemoteFiles
    from tenfold.sources.manifest import ManifestSource

    def opener(container: str) -> "AzureBlobStore":
        return _store(f"{AZURE_SCHEME}{container}", settings)

    folder = path if path.is_dir() else path.parent
    remote = RemoteFiles(_account(settings), opener, _own(settings))
    return ManifestSource(path, FolderFiles(folder, remote), task)


def _container(uri: str, settings: Settings, task: TaskType | None) -> Source:
    from tenfold.sources.container import ContainerSource

    if is_manifest(uri.rsplit("/", 1)[-1]):
        return _container_manifest(uri, settings, task)
    return ContainerSource(_store(uri, settings), _own(settings))


def _container_manifest(uri: str, settings: Settings, task: TaskType | None) -> Source:
    from tenfold.sources.files import ContainerFiles
    from tenfold.sources.manifest import ManifestSource

    container, name = split_azure(uri)
    folder, _, file_name = name.rpartition("/")
    blobs = _store(f"{AZURE_SCHEME}{container}", settings)
    copy = Path(tempfile.mkdtemp(prefix="tenfold-manifest-")) / file_name
    try:
        with blobs.open(name) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
    except BlobNotFoundError as error:
        shutil.rmtree(copy.parent)
        raise SourceError(
            f"There is no manifest {uri}.", "Look at the project's source."
        ) from error
    source_of = ManifestSource(copy, ContainerFiles(blobs, folder, _own(settings)), task)
    weakref.finalize(source_of, shutil.rmtree, copy.parent, ignore_errors=True)
    return source_of


def _store(uri: str, settings: Settings) -> "AzureBlobStore":
    from tenfold.blobs.azure_opening import open_azure

    return open_azure(*split_azure(uri), settings)


def _account(settings: Settings) -> str:
    """Return the address of the storage account; empty where none is named."""
    if settings.blob_connection_string is None:
        return settings.account_url
    url, container, _ = _store(f"{AZURE_SCHEME}account", settings).place
    return url.removesuffix(container)


def _own(settings: Settings) -> "AzureBlobStore | None":
    """Return the project's own store where that is a container."""
    url = settings.blobs_url
    return _store(url, settings) if url.startswith(AZURE_SCHEME) else None
