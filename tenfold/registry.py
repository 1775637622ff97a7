"""Where dataset versions and model versions are registered: in the blob store, and on Azure."""

import json
from typing import Protocol

from models.certificate import Certificate, WalkCertificate
from models.dataset import DatasetVersion
from models.prelabel import ModelVersion
from tenfold.blobs import names
from tenfold.blobs.port import BlobStore
from tenfold.formats.jsonl_writer import MLTABLE
from tenfold.settings import Settings


class DatasetRegistry(Protocol):
    """Knows dataset versions by project and number; registering one twice changes nothing."""

    def register(self, version: DatasetVersion) -> str:
        """Register a version whose manifest is in the blob store, and return its URI."""
        ...

    def uri(self, project_id: str, number: int) -> str | None:
        """Return where a version is registered, if it is."""
        ...


class ModelRegistry(Protocol):
    """Knows model versions; registering one twice changes nothing."""

    def register(self, model: ModelVersion, dataset_version: int) -> str:
        """Register a model whose files are in the blob store, and return its URI."""
        ...

    def certify(self, model: ModelVersion, certificate: Certificate | WalkCertificate) -> None:
        """Note the certificate of a delivery that this model had a part in."""
        ...


class BlobDatasetRegistry:
    """Keeps `MLTable` and `version.json` beside the manifest."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def register(self, version: DatasetVersion) -> str:
        """Write the two files beside the manifest, and return the folder's URL."""
        folder = version.manifest.rsplit("/", 1)[0]
        table = MLTABLE.format(file=version.manifest.rsplit("/", 1)[1]).encode()
        self._blobs.put(f"{folder}/MLTable", table, media_type="text/yaml")
        record = version.model_dump_json(indent=1).encode()
        self._blobs.put(f"{folder}/version.json", record, media_type="application/json")
        return self._blobs.url(folder)

    def uri(self, project_id: str, number: int) -> str | None:
        """Return the folder's URL if the version is registered."""
        folder = names.dataset(project_id, number)
        return self._blobs.url(folder) if self._blobs.exists(f"{folder}/version.json") else None


class BlobModelRegistry:
    """Keeps `version.json` beside the model's files."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def register(self, model: ModelVersion, dataset_version: int) -> str:
        """Write the record beside the files, and return the folder's URL."""
        record = {**model.model_dump(mode="json"), "dataset_version": dataset_version}
        self._put(f"{model.blob}/version.json", json.dumps(record, indent=1))
        return self._blobs.url(model.blob)

    def certify(self, model: ModelVersion, certificate: Certificate | WalkCertificate) -> None:
        """Write the certificate beside the model's files."""
        self._put(f"{model.blob}/certificate.json", certificate.model_dump_json(indent=1))

    def _put(self, name: str, text: str) -> None:
        self._blobs.put(name, text.encode(), media_type="application/json")


def open_registries(settings: Settings, blobs: BlobStore) -> tuple[DatasetRegistry, ModelRegistry]:
    """Return the registries that the settings mean."""
    if settings.profile != "azure":
        return BlobDatasetRegistry(blobs), BlobModelRegistry(blobs)
    from tenfold.azure.datasets import AzureDatasetRegistry
    from tenfold.azure.models import AzureModelRegistry

    return AzureDatasetRegistry(settings, blobs), AzureModelRegistry(settings, blobs)
