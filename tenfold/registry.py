"""Where dataset versions and model versions are registered; here, in the blob store itself."""

import json
from typing import Protocol

from models.dataset import DatasetVersion
from models.prelabel import ModelVersion
from tenfold.blobs.port import BlobStore
from tenfold.formats.jsonl_writer import MLTABLE


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

    def register(self, model: ModelVersion) -> str:
        """Register a model whose files are in the blob store, and return its URI."""
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
        from tenfold.blobs import names

        folder = names.dataset(project_id, number)
        return self._blobs.url(folder) if self._blobs.exists(f"{folder}/version.json") else None


class BlobModelRegistry:
    """Keeps `version.json` beside the model's files."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def register(self, model: ModelVersion) -> str:
        """Write the record beside the files, and return the folder's URL."""
        record = json.dumps(model.model_dump(mode="json"), indent=1).encode()
        self._blobs.put(f"{model.blob}/version.json", record, media_type="application/json")
        return self._blobs.url(model.blob)
