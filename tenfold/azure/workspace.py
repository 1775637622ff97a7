"""The workspace that the settings name, and its paths."""

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from tenfold.azure.errors import explained
from tenfold.blobs.azure_identity import identity
from tenfold.blobs.opening import AZURE_SCHEME, split_azure
from tenfold.errors import SettingsError
from tenfold.settings import Settings

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.ai.ml.entities import Workspace

NEEDED = ("azure_subscription", "azure_resource_group", "azure_workspace")
_TALKATIVE = ("azure.core", "azure.identity", "azure.ai.ml", "azureml")
"""They tell of every request, and of classes of their own that are experimental."""

RETRIES = 5
"""Requests are repeated so often by the client itself, after 0, 1.6, 3.2, ... seconds."""


def open_workspace(settings: Settings) -> "MLClient":
    """Return a client of the settings' workspace; nothing is sent until it is used.

    Raises:
        SettingsError: the settings don't say which workspace.
    """
    missing = [f"TENFOLD_{name.upper()}" for name in NEEDED if not getattr(settings, name)]
    if missing:
        raise SettingsError(
            f"The azure profile needs {' and '.join(missing)}.", "See docs/azure.md."
        )
    return _client(*(getattr(settings, name) for name in NEEDED))


@lru_cache(maxsize=4)
def _client(subscription: str, resource_group: str, workspace: str) -> "MLClient":
    from azure.ai.ml import MLClient

    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.ERROR)
    return MLClient(
        identity(),
        subscription,
        resource_group,
        workspace,
        enable_telemetry=False,
        show_progress=False,
        retry_total=RETRIES,
    )


def describe_workspace(settings: Settings) -> "Workspace":
    """Ask Azure for the workspace; errors as of `explained`."""
    with explained(f"workspace {settings.azure_workspace}"):
        found: Workspace = open_workspace(settings).workspaces.get(settings.azure_workspace)
        return found


def workspace_id(settings: Settings) -> str:
    """Return the workspace's id in Azure's resource manager."""
    kind = "Microsoft.MachineLearningServices/workspaces"
    return f"{_providers(settings)}/{kind}/{settings.azure_workspace}"


def account_id(settings: Settings) -> str:
    """Return the storage account's id in Azure's resource manager."""
    kind = "Microsoft.Storage/storageAccounts"
    return f"{_providers(settings)}/{kind}/{settings.azure_storage_account}"


def _providers(settings: Settings) -> str:
    group = settings.azure_resource_group
    return f"/subscriptions/{settings.azure_subscription}/resourceGroups/{group}/providers"


def place(settings: Settings) -> tuple[str, str]:
    """Return the container of the blob store, and the prefix of its names.

    Raises:
        SettingsError: the blobs are not in a container.
    """
    if not settings.blobs_url.startswith(AZURE_SCHEME):
        raise SettingsError(
            f"TENFOLD_BLOBS is {settings.blobs_url}; jobs on Azure can't read that.",
            "Leave it away, or write az://CONTAINER[/PREFIX].",
        )
    return split_azure(settings.blobs_url)


def datastore_path(settings: Settings, blob: str) -> str:
    """Return the path of a blob, or of what lies under a prefix, in the workspace's datastore."""
    prefix = place(settings)[1]
    name = f"{prefix}/{blob}" if prefix else blob
    return f"azureml://datastores/{settings.azure_datastore}/paths/{name}"


def asset_name(project_id: str) -> str:
    """Return what a project's data and models are called: by its id, since names are used again."""
    return f"tenfold-{project_id}"
