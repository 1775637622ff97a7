"""A whole cloud: the server, Azurite behind it, and a workspace for each who asks."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenfold.blobs.azurite import Azurite
from tenfold.blobs.azurite import running as azurite_running
from tests.azure.standin.command import Node
from tests.azure.standin.documents import Documents
from tests.azure.standin.faults import Faults
from tests.azure.standin.identity import SECRET
from tests.azure.standin.jobs import Job, Jobs
from tests.azure.standin.regions import T4, Region
from tests.azure.standin.routes import Service
from tests.azure.standin.server import Handler, listening
from tests.azure.standin.tls import make_tls

SUBSCRIPTION = "00000000-0000-4000-8000-00000000cafe"
GROUP, REGION, CLUSTER, ACCOUNT = "labels-rg", "westeurope", "tenfold-gpu", "labels"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
WORKSPACE_IDENTITY = "33333333-cccc-4ccc-8ccc-000000000003"
CLUSTER_IDENTITY = "44444444-dddd-4ddd-8ddd-000000000004"


@dataclass
class Cloud:
    """What tests do with the stand-in."""

    base_url: str
    azurite: Azurite
    certificate: Path
    service: Service
    handler: type[Handler]

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.service.faults

    @property
    def documents(self) -> Documents:
        """What was put."""
        return self.service.documents

    @property
    def variables(self) -> dict[str, str]:
        """Variables that lead Azure's clients here, with a managed identity to sign in by."""
        return {
            "AZUREML_DEV_URL_MFE": self.base_url,
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            "MSI_ENDPOINT": f"{self.base_url}/msi/token",
            "MSI_SECRET": SECRET,
        }

    def settings(self, name: str) -> dict[str, str]:
        """Return the settings of a workspace, as variables."""
        return {
            "TENFOLD_PROFILE": "azure",
            "TENFOLD_AZURE_SUBSCRIPTION": SUBSCRIPTION,
            "TENFOLD_AZURE_RESOURCE_GROUP": GROUP,
            "TENFOLD_AZURE_WORKSPACE": name,
            "TENFOLD_AZURE_REGION": REGION,
            "TENFOLD_AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "TENFOLD_AZURE_CONTAINER": name,
            "TENFOLD_AZURE_CLUSTER": CLUSTER,
            "TENFOLD_AZURE_POLL_SECONDS": "0.2",
            "TENFOLD_BLOB_ACCOUNT_URL": self.azurite.account_url,
        }

    def reset(self) -> None:
        """Let nothing go wrong, and put regions and roles back."""
        self.faults.clear()
        self.handler.date_shift = 0.0
        self.service.regions.clear()
        self.service.regions[REGION] = Region()
        self.service.roles.clear()
        self.service.roles.update(
            (who, BLOB_CONTRIBUTOR) for who in (WORKSPACE_IDENTITY, CLUSTER_IDENTITY)
        )

    def new_workspace(self) -> str:
        """Make a workspace with a cluster and a datastore; return its name."""
        name = f"ws-{uuid.uuid4().hex[:10]}"
        path = workspace_path(name)
        self.documents.put(path, _workspace(self.base_url))
        self.documents.put(f"{path}/computes/{CLUSTER}", _cluster())
        self.documents.put(f"{path}/datastores/tenfold", _datastore(name))
        return name

    def add_cluster(self, workspace: str, name: str) -> None:
        """Make another cluster like the first."""
        self.documents.put(f"{workspace_path(workspace)}/computes/{name}", _cluster())

    def jobs(self, part: str = "") -> list[Job]:
        """Return the jobs whose name holds a text, oldest first."""
        return self.service.jobs.named(part)


def workspace_path(name: str) -> str:
    """Return the ARM id of a workspace."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    return f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"


@contextmanager
def running(azurite_command: Path, folder: Path) -> Iterator[Cloud]:
    """Run the server and its Azurite until the block ends."""
    tls = make_tls(folder)
    with (
        azurite_running(azurite_command, scheme="https", options=tls.azurite_options) as azurite,
        listening(tls) as (base_url, handler),
    ):
        documents, faults = Documents(), Faults()
        node = Node(base_url, tls.certificate, azurite, folder, documents)
        service = Service(base_url, documents, Jobs(node, faults), faults)
        handler.service = service
        cloud = Cloud(base_url, azurite, tls.certificate, service, handler)
        cloud.reset()
        try:
            yield cloud
        finally:
            service.jobs.stop()


def _workspace(base_url: str) -> dict[str, object]:
    return {
        "location": REGION,
        "identity": {"type": "SystemAssigned", "principalId": WORKSPACE_IDENTITY},
        "properties": {"provisioningState": "Succeeded", "discoveryUrl": f"{base_url}/discovery"},
    }


def _cluster() -> dict[str, object]:
    scale = {"minNodeCount": 0, "maxNodeCount": 1, "nodeIdleTimeBeforeScaleDown": "PT300S"}
    amlcompute = {"vmSize": T4, "vmPriority": "Dedicated", "scaleSettings": scale}
    return {
        "location": REGION,
        "identity": {"type": "SystemAssigned", "principalId": CLUSTER_IDENTITY},
        "properties": {
            "computeType": "AmlCompute",
            "provisioningState": "Succeeded",
            "properties": amlcompute,
        },
    }


def _datastore(container: str) -> dict[str, object]:
    return {
        "properties": {
            "datastoreType": "AzureBlob",
            "accountName": ACCOUNT,
            "containerName": container,
            "endpoint": "core.windows.net",
            "protocol": "https",
            "credentials": {"credentialsType": "None"},
        }
    }
