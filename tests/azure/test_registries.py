"""What lies in the workspace after registration, and what happens when Azure is unwell."""

import subprocess
import sys
from typing import Any

import pytest

from tenfold.azure.workspace import open_workspace
from tenfold.blobs import open_blobs
from tenfold.errors import ConflictError, ServiceError, SettingsError, TransientServiceError
from tenfold.registry import open_registries
from tenfold.settings import Settings
from tests.azure.standin import Cloud
from tests.contract.registry.conftest import certificate, model, version

pytestmark = pytest.mark.azurite


def registered(cloud: Cloud, settings: Settings, kind: str) -> dict[str, Any]:
    """Return the document of version 1 of the project's data or model."""
    wanted = f"{settings.azure_workspace}/{kind}/tenfold-{version().project_id}/versions/1"
    [path] = [path for path in cloud.documents.kept if path.endswith(wanted)]
    return cloud.documents.kept[path]


def test_a_dataset_version_is_a_folder_with_its_counts_in_the_tags(
    cloud: Cloud, azure: Settings
) -> None:
    open_registries(azure, open_blobs(azure))[0].register(version())
    properties = registered(cloud, azure, "data")["properties"]
    assert properties["dataType"] == "uri_folder"
    assert properties["dataUri"].endswith(
        f"/datastores/tenfold/paths/{version().manifest.rsplit('/', 1)[0]}"
    )
    assert properties["tags"] == {
        "tenfold.project": version().project_id,
        "images": "200",
        "bytes": "123456",
        "sha256": "a" * 64,
    }


def test_registering_again_asks_and_puts_nothing(cloud: Cloud, azure: Settings) -> None:
    datasets, models = open_registries(azure, open_blobs(azure))
    for _ in range(2):
        datasets.register(version())
        models.register(model(), 1)
    assert cloud.faults.count("PUT .*/data/") == 1
    assert cloud.faults.count("PUT .*/models/") == 1


def test_another_version_under_the_same_number_is_refused(azure: Settings) -> None:
    datasets, _ = open_registries(azure, open_blobs(azure))
    datasets.register(version())
    with pytest.raises(ConflictError, match="another dataset version"):
        datasets.register(version(sha="b"))


def test_a_model_is_registered_with_metrics_and_gets_its_certificate(
    cloud: Cloud, azure: Settings
) -> None:
    _, models = open_registries(azure, open_blobs(azure))
    models.register(model(), 7)
    tags = registered(cloud, azure, "models")["properties"]["tags"]
    assert tags["metric.accuracy"] == "0.933333"
    assert tags["dataset"] == f"tenfold-{version().project_id}:7"
    assert "certificate" not in tags
    models.certify(model(), certificate())
    models.certify(model(), certificate())
    after = registered(cloud, azure, "models")["properties"]["tags"]
    assert after == {**tags, **after}
    assert after["certificate.statement"] == certificate().statement
    assert (after["certificate.error"], after["certificate.confidence"]) == ("0.05", "0.95")
    assert cloud.faults.count("PUT .*/models/") == 2


@pytest.mark.parametrize("kind", ["throttled", "busy", "broken"])
def test_what_passes_is_asked_again(cloud: Cloud, azure: Settings, kind: Any) -> None:
    cloud.faults.on_request(kind, "PUT .*/data/")
    assert open_registries(azure, open_blobs(azure))[0].register(version())
    assert cloud.faults.count("PUT .*/data/") == 2


def test_a_lost_answer_registers_once(cloud: Cloud, azure: Settings) -> None:
    cloud.faults.on_request("lost", "PUT .*/data/")
    datasets, _ = open_registries(azure, open_blobs(azure))
    uri = datasets.register(version())
    assert datasets.uri(version().project_id, 1) == uri


def test_what_stays_wrong_is_an_error_that_may_pass(
    cloud: Cloud, azure: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.azure.workspace.RETRIES", 0)
    cloud.faults.on_request("busy", "GET .*/data/", times=99)
    with pytest.raises(TransientServiceError, match="busy"):
        open_registries(azure, open_blobs(azure))[0].register(version())


def test_a_missing_role_says_who_knows_more(cloud: Cloud, azure: Settings) -> None:
    cloud.faults.on_request("forbidden", "PUT .*/data/")
    with pytest.raises(ServiceError, match="doctor --profile azure"):
        open_registries(azure, open_blobs(azure))[0].register(version())


def test_a_workspace_that_isnt_named_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="TENFOLD_AZURE_RESOURCE_GROUP and TENFOLD_AZURE_W"):
        open_workspace(Settings(profile="azure", azure_subscription="s"))


LOADED = """
import sys
from tenfold.cli.app import app
from tenfold.compute import open_compute
from tenfold.pipeline.context import make_context
from tenfold.settings import Settings
from tenfold.web.app import create_app
settings = Settings({settings})
make_context(settings), open_compute(settings)
print([name for name in sys.modules if name.startswith("azure.ai")])
"""


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("", "the profile is local"),
        ('profile="azure", azure_storage_account="labels"', "nothing was asked of it"),
    ],
)
def test_the_azure_ml_client_is_not_loaded_while(settings: str, why: str, tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(settings=settings)],
        env={"TENFOLD_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]", why
