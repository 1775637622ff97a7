"""Which source a project's address means."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from models.label import TaskType
from tenfold.blobs.opening import AZURE_SCHEME, split_azure
from tenfold.errors import SourceError
from tenfold.settings import Settings
from tenfold.sources.port import Source

if TYPE_CHECKING:
    from tenfold.blobs.azure import AzureBlobStore

MANIFEST_SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml"})


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
        return _container(uri, settings)
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
        from tenfold.sources.manifest import ManifestSource

        return ManifestSource(path, settings, task)
    if zipfile.is_zipfile(path):
        from tenfold.sources.archive import ArchiveSource

        return ArchiveSource(path)
    raise SourceError(
        f"{path} is neither a directory, a .zip archive nor a manifest.",
        "Manifests end in .csv, .tsv, .json or .jsonl, or are called MLTable.",
    )


def is_manifest(name: str) -> bool:
    """Whether a file is a manifest, by its name."""
    return Path(name).suffix.lower() in MANIFEST_SUFFIXES or name == "MLTable"


def _directory(path: Path, settings: Settings, task: TaskType | None) -> Source:
    from tenfold.sources.directory import DirectorySource

    return DirectorySource(path)


def _container(uri: str, settings: Settings) -> Source:
    from tenfold.blobs.azure_opening import open_azure
    from tenfold.sources.container import ContainerSource

    container, prefix = split_azure(uri)
    return ContainerSource(open_azure(container, prefix, settings), _own(settings))


def _own(settings: Settings) -> "AzureBlobStore | None":
    """Return the project's own store where that is a container."""
    if not settings.blobs_url.startswith(AZURE_SCHEME):
        return None
    from tenfold.blobs.azure_opening import open_azure

    return open_azure(*split_azure(settings.blobs_url), settings)
