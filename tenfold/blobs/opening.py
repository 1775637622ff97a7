"""Which blob store the settings mean."""

from pathlib import Path

from tenfold.blobs.port import BlobStore
from tenfold.errors import SettingsError
from tenfold.settings import Settings

AZURE_SCHEME = "az://"


def open_blobs(settings: Settings) -> BlobStore:
    """Open the blob store of the settings; nothing is sent until it is used.

    Raises:
        SettingsError: the account, its credentials or the container's name are wrong or missing.
        BlobError: the directory can't be made.
    """
    return open_blobs_at(settings.blobs_url, settings)


def open_blobs_at(url: str, settings: Settings) -> BlobStore:
    """Open the blob store at a directory or at `az://CONTAINER[/PREFIX]`; as `open_blobs`."""
    if not url.startswith(AZURE_SCHEME):
        return _local(url)
    from tenfold.blobs.azure_opening import open_azure

    container, prefix = split_azure(url)
    return open_azure(container, prefix, settings)


def split_azure(url: str) -> tuple[str, str]:
    """Return container and prefix of `az://CONTAINER[/PREFIX]`; a prefix without outer slashes.

    Raises:
        SettingsError: there is no container in it.
    """
    container, _, prefix = url.removeprefix(AZURE_SCHEME).partition("/")
    if not container:
        raise SettingsError(f"{url!r} names no container.", "Write az://CONTAINER[/PREFIX].")
    return container, prefix.strip("/")


def _local(url: str) -> BlobStore:
    from tenfold.blobs.local import LocalBlobStore

    if "://" in url and not url.startswith("file://"):
        raise SettingsError(
            f"TENFOLD_BLOBS: {url!r} is neither a directory nor az://CONTAINER[/PREFIX]."
        )
    return LocalBlobStore(Path(url.removeprefix("file://")))
