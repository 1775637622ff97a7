"""How the Azure Blob Storage account is reached and who asks."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import ContainerClient, ExponentialRetry
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from tenfold.blobs.azure import AzureBlobStore
from tenfold.blobs.azure_identity import identity
from tenfold.errors import SettingsError
from tenfold.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_BLOCK = 4 * 1024 * 1024
_CONNECTIONS = 64
_CONNECT_SECONDS = 10
_READ_SECONDS = 60

RETRIES = 3
"""Requests are repeated so often by the client itself, after about 1, 3 and 5 seconds."""


def open_azure(
    container: str, prefix: str, settings: Settings, credential: "TokenCredential | None" = None
) -> AzureBlobStore:
    """Open a container of the settings' account; nothing is sent until it is used.

    Args:
        container: its name; made at the first put if it is missing.
        prefix: what all names begin with in the container; may be empty.
        settings: `blob_connection_string`, or `blob_account_url` with a SAS or alone.
        credential: signs in where the URL has no SAS; None: Azure's default chain (environment,
            managed identity, `az login`).

    Raises:
        SettingsError: no account is named, or its name or credentials can't be read.
    """
    try:
        return AzureBlobStore(_client(container, settings, credential), prefix)
    except (ValueError, KeyError) as error:
        raise SettingsError(
            f"The blob storage account can't be used: {error}.",
            "Look at TENFOLD_BLOB_CONNECTION_STRING or TENFOLD_BLOB_ACCOUNT_URL.",
        ) from None


def _client(
    container: str, settings: Settings, credential: "TokenCredential | None"
) -> ContainerClient:
    options = _options()
    if settings.blob_connection_string is not None:
        secret = settings.blob_connection_string.get_secret_value()
        return ContainerClient.from_connection_string(secret, container, **options)
    url = settings.account_url
    if not url:
        raise SettingsError(
            f"az://{container} needs a storage account.",
            "Set TENFOLD_AZURE_STORAGE_ACCOUNT, TENFOLD_BLOB_ACCOUNT_URL or "
            "TENFOLD_BLOB_CONNECTION_STRING.",
        )
    if "sig=" in url:
        return ContainerClient(url, container, **options)
    return ContainerClient(url, container, credential=credential or identity(), **options)


def _options() -> dict[str, Any]:
    """Return a pool as large as the most upload threads, and waits that fit a person's patience."""
    return {
        "transport": RequestsTransport(session=_session()),
        "retry_policy": ExponentialRetry(
            initial_backoff=1, increment_base=2, retry_total=RETRIES, random_jitter_range=1
        ),
        "connection_timeout": _CONNECT_SECONDS,
        "read_timeout": _READ_SECONDS,
        "max_single_put_size": 16 * _BLOCK,
        "max_block_size": _BLOCK,
        "user_agent": "tenfold",
    }


def _throttled() -> Retry:
    """Return how often 429 is asked again, as the answer's Retry-After says or after 2, 4, ... s.

    Azure's client repeats what is busy (503), cut off or too slow, but no 429, which gateways and
    private links in front of an account answer.
    """
    return Retry(
        total=None,
        connect=False,
        read=False,
        other=False,
        redirect=False,
        status=RETRIES,
        status_forcelist=[HTTPStatus.TOO_MANY_REQUESTS],
        allowed_methods=None,
        backoff_factor=1,
        raise_on_status=False,
    )


def _session() -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(
        pool_connections=4,
        pool_maxsize=_CONNECTIONS,
        max_retries=_throttled(),
    )
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
