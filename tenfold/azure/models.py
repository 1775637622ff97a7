"""Model versions in the workspace's registry."""

from typing import TYPE_CHECKING

from models.certificate import Certificate, WalkCertificate
from models.prelabel import ModelVersion
from tenfold.azure.errors import explained, if_there
from tenfold.azure.workspace import asset_name, datastore_path, open_workspace
from tenfold.registry import BlobModelRegistry

if TYPE_CHECKING:
    from azure.ai.ml.entities import Model

    from tenfold.blobs.port import BlobStore
    from tenfold.settings import Settings

_LONGEST_TAG = 256
_DIGITS = 6


class AzureModelRegistry:
    """Each model version with its metrics, its dataset version and, in the end, its certificate."""

    def __init__(self, settings: "Settings", blobs: "BlobStore") -> None:
        self._settings = settings
        self._files = BlobModelRegistry(blobs)

    def register(self, model: ModelVersion, dataset_version: int) -> str:
        """Register the folder of a model's files, and return the registered model's id."""
        self._files.register(model, dataset_version)
        found = self._find(model)
        if found is None:
            with explained(f"model {asset_name(model.project_id)}"):
                asset = self._asset(model, dataset_version)
                found = open_workspace(self._settings).models.create_or_update(asset)
        return str(found.id)

    def certify(self, model: ModelVersion, certificate: Certificate | WalkCertificate) -> None:
        """Write what the certificate says into the tags of a registered model."""
        self._files.certify(model, certificate)
        found, tags = self._find(model), certificate_tags(certificate)
        if found is None or tags.items() <= (found.tags or {}).items():
            return
        found.tags = {**(found.tags or {}), **tags}
        with explained(f"model {found.name}:{found.version}"):
            open_workspace(self._settings).models.create_or_update(found)

    def _find(self, model: ModelVersion) -> "Model | None":
        name = asset_name(model.project_id)
        models = open_workspace(self._settings).models
        found: Model | None = if_there(
            f"model {name}:{model.number}", lambda: models.get(name, version=str(model.number))
        )
        return found

    def _asset(self, model: ModelVersion, dataset_version: int) -> "Model":
        from azure.ai.ml.constants import AssetTypes
        from azure.ai.ml.entities import Model

        return Model(
            name=asset_name(model.project_id),
            version=str(model.number),
            type=AssetTypes.CUSTOM_MODEL,
            path=datastore_path(self._settings, model.blob),
            description=f"Assist model {model.number} of a tenfold project",
            tags=model_tags(model, dataset_version),
        )


def model_tags(model: ModelVersion, dataset_version: int) -> dict[str, str]:
    """Return what is said of a model: where it comes from, and how good it is."""
    metrics = {f"metric.{name}": _text(value) for name, value in model.metrics.items()}
    return {
        "tenfold.project": model.project_id,
        "tenfold.model": model.id,
        "task": model.task.value,
        "dataset": f"{asset_name(model.project_id)}:{dataset_version}",
        "snapshot": model.snapshot_id,
        "trained_on": str(model.trained_on),
        **metrics,
    }


def certificate_tags(certificate: Certificate | WalkCertificate) -> dict[str, str]:
    """Return the claim and where to find all of it."""
    return {
        "certificate": certificate.id,
        "certificate.statement": certificate.statement[:_LONGEST_TAG],
        "certificate.error": _text(certificate.inputs.error),
        "certificate.confidence": _text(certificate.inputs.confidence),
        "certificate.accepted": str(certificate.accepted),
    }


def _text(value: float | str) -> str:
    text = f"{value:.{_DIGITS}g}" if isinstance(value, float) else str(value)
    return text[:_LONGEST_TAG]
