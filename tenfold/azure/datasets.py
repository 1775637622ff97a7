"""Dataset versions as data assets of the workspace."""

from typing import TYPE_CHECKING, Any

from models.dataset import DatasetVersion
from tenfold.azure.errors import explained, if_there
from tenfold.azure.workspace import asset_name, datastore_path, open_workspace
from tenfold.errors import ConflictError
from tenfold.registry import BlobDatasetRegistry

if TYPE_CHECKING:
    from azure.ai.ml.entities import Data

    from tenfold.blobs.port import BlobStore
    from tenfold.settings import Settings

_HASH = "sha256"


class AzureDatasetRegistry:
    """Each dataset version is a `uri_folder` with its JSON lines and their `MLTable`.

    It is not registered as an `mltable`, since the client would read that from a host of its own.
    """

    def __init__(self, settings: "Settings", blobs: "BlobStore") -> None:
        self._settings = settings
        self._files = BlobDatasetRegistry(blobs)

    def register(self, version: DatasetVersion) -> str:
        """Write `MLTable` and register the folder, and return the data asset's id.

        Raises:
            ConflictError: another version is registered under this number.
        """
        self._files.register(version)
        found = self._find(version.project_id, version.number)
        if found is None:
            with explained(f"data asset {asset_name(version.project_id)}"):
                made = open_workspace(self._settings).data.create_or_update(self._asset(version))
            return str(made.id)
        if (found.tags or {}).get(_HASH) != version.sha256:
            raise ConflictError(
                f"Data asset {found.name}:{found.version} is another dataset version.",
                "Archive it in the workspace, or use another workspace.",
            )
        return str(found.id)

    def uri(self, project_id: str, number: int) -> str | None:
        """Return the data asset's id if the version is registered."""
        found = self._find(project_id, number)
        return None if found is None else str(found.id)

    def _find(self, project_id: str, number: int) -> "Data | None":
        name = asset_name(project_id)
        data = open_workspace(self._settings).data
        found: Data | None = if_there(
            f"data asset {name}:{number}", lambda: data.get(name, version=str(number))
        )
        return found

    def _asset(self, version: DatasetVersion) -> "Data":
        from azure.ai.ml.constants import AssetTypes
        from azure.ai.ml.entities import Data

        tags: dict[str, Any] = {
            "tenfold.project": version.project_id,
            "images": str(version.images),
            "bytes": str(version.size),
            _HASH: version.sha256,
        }
        return Data(
            name=asset_name(version.project_id),
            version=str(version.number),
            type=AssetTypes.URI_FOLDER,
            path=datastore_path(self._settings, version.manifest.rsplit("/", 1)[0]),
            description=f"Dataset version {version.number} of a tenfold project",
            tags=tags,
        )
