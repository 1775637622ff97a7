"""Code that the client uploads: where to, and how a job gets it."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas

from tenfold.blobs.azurite import ACCOUNT, KEY, Azurite
from tests.azure.standin.messages import Answer


def start_upload(azurite: Azurite, certificate: Path) -> Answer:
    """Answer `startPendingUpload`: a fresh container and a SAS for it."""
    container = f"code-{uuid.uuid4().hex[:16]}"
    with _container(azurite, certificate, container) as client:
        client.create_container()
    sas = generate_container_sas(
        ACCOUNT,
        container,
        account_key=KEY,
        permission=ContainerSasPermissions(read=True, write=True, list=True, create=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    url = f"{azurite.account_url}/{container}"
    credential = {"credentialType": "SAS", "sasUri": f"{url}?{sas}"}
    reference = {"blobUri": url, "storageAccountArmId": ACCOUNT, "credential": credential}
    return Answer(
        200,
        {
            "pendingUploadId": container,
            "pendingUploadType": "TemporaryBlobReference",
            "blobReferenceForConsumption": reference,
        },
    )


def fetch(azurite: Azurite, certificate: Path, uri: str, folder: Path) -> None:
    """Copy uploaded code into a folder."""
    path = urlsplit(uri).path.removeprefix(f"/{ACCOUNT}/")
    container, _, prefix = path.partition("/")
    start = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    with _container(azurite, certificate, container) as client:
        for blob in client.list_blobs(name_starts_with=start):
            target = folder / blob.name.removeprefix(start)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(client.download_blob(blob.name).readall())


def _container(azurite: Azurite, certificate: Path, name: str) -> ContainerClient:
    return ContainerClient.from_connection_string(
        azurite.connection_string, name, connection_verify=str(certificate)
    )
