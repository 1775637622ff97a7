"""Who asks: Azure's default chain, the same for blobs and for the workspace."""

import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_CLUSTER_IDENTITY = "DEFAULT_IDENTITY_CLIENT_ID"
"""Set by Azure ML in its jobs where the cluster has an identity."""


@lru_cache(maxsize=1)
def identity() -> "TokenCredential":
    """Return what signs in: environment, managed identity, `az login`, whichever is there."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(managed_identity_client_id=os.environ.get(_CLUSTER_IDENTITY))
