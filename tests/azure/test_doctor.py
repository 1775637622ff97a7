"""`tenfold doctor --profile azure`: each thing that can be wrong, and the command that mends it."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tenfold.azure import capacity
from tenfold.azure.checkup import CHECKS, Look
from tenfold.azure.workspace import open_workspace
from tenfold.blobs import open_blobs
from tenfold.cli import doctor
from tenfold.settings import Settings
from tests.azure.standin import Cloud
from tests.azure.standin.cloud import (
    ACCOUNT,
    CLUSTER_IDENTITY,
    REGION,
    WORKSPACE_IDENTITY,
    workspace_path,
)
from tests.azure.standin.identity import PERSON
from tests.azure.standin.regions import T4, T4_FAMILY, Region

pytestmark = [pytest.mark.azurite]


@pytest.fixture
def azure(azure: Settings) -> Settings:
    open_blobs(azure).put("there", b"x")
    return azure


def findings(settings: Settings) -> dict[str, doctor.Finding]:
    """Return the doctor's lines about Azure, as the command makes them."""

    def looking(look: Callable[[Settings], Look]) -> Callable[[], Look]:
        return lambda: look(settings)

    return {what: doctor._check(what, looking(look)) for what, look in CHECKS.items()}


def only_ill(settings: Settings, what: str) -> doctor.Finding:
    """Return the one line that is not well."""
    found = findings(settings)
    assert [name for name, finding in found.items() if not finding.well] == [what]
    return found[what]


def part(cloud: Cloud, settings: Settings, name: str) -> dict[str, Any]:
    """Return a document of the workspace, to change it."""
    path = workspace_path(settings.azure_workspace)
    document = cloud.documents.get(f"{path}/{name}" if name else path)
    assert document is not None
    return document


def test_all_is_well(azure: Settings) -> None:
    found = findings(azure)
    assert [name for name, finding in found.items() if not finding.well] == []
    assert found["azure sign-in"].detail.startswith("ann@example.org, until ")
    assert found["vm size"].detail == f"{REGION} offers {T4}, 4 cores"
    assert found["quota"].detail == f"8 of 8 cores of {T4_FAMILY} left, 4 a node"
    assert found["cluster"].detail == f"tenfold-gpu: 0 to 1 nodes of {T4}, dedicated"
    assert found["container"].detail.endswith(f"/{azure.azure_container}")


def test_nobody_is_signed_in(
    cloud: Cloud, azure: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.faults.on_request("forbidden", "/msi/token", times=99)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    from tenfold.blobs.azure_identity import identity

    identity.cache_clear()
    found = findings(azure)
    assert found["azure sign-in"].mend == "Run `az login`."
    assert found["azure sign-in"].mend not in found["azure sign-in"].detail
    assert found["blobs"].mend == "Run `az login`."
    assert all("\n" not in finding.detail for finding in found.values())


def test_the_workspace_is_not_there(azure: Settings) -> None:
    gone = azure.model_copy(update={"azure_workspace": "nowhere"})
    found = findings(gone)
    assert found["workspace"].detail == "nowhere in labels-rg is not there"
    assert found["workspace"].mend == found["clock"].mend == "make azure-up"
    assert found["azure sign-in"].well


def test_a_setting_is_missing(azure: Settings) -> None:
    found = findings(azure.model_copy(update={"azure_subscription": ""}))
    assert "TENFOLD_AZURE_SUBSCRIPTION" in found["workspace"].detail


def test_the_clock_is_wrong(cloud: Cloud, azure: Settings) -> None:
    cloud.handler.date_shift = -900
    found = only_ill(azure, "clock")
    assert 890 < float(found.detail.split()[0]) < 910
    assert found.mend == "sudo timedatectl set-ntp true"


def test_the_container_is_not_there(azure: Settings) -> None:
    other = azure.model_copy(update={"azure_container": "other"})
    found = findings(other)
    assert found["container"].detail == "other is not there"
    assert f"--account-name {ACCOUNT} --name other" in found["container"].mend
    assert found["datastore"].detail == f"tenfold is {ACCOUNT}/{azure.azure_container}"
    assert f"TENFOLD_AZURE_CONTAINER={azure.azure_container}" in found["datastore"].mend


def test_who_runs_it_may_not_write_blobs(azure: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from tenfold.blobs.azure import AzureBlobStore
    from tenfold.errors import BlobError

    def refused(*_: Any, **__: Any) -> None:
        raise BlobError("The storage account refuses access.")

    monkeypatch.setattr(AzureBlobStore, "put", refused)
    found = only_ill(azure, "blobs")
    assert f"--assignee-object-id {PERSON}" in found.mend
    assert "--assignee-principal-type User" in found.mend


@pytest.mark.parametrize(
    ("whose", "principal"), [("workspace", WORKSPACE_IDENTITY), ("cluster", CLUSTER_IDENTITY)]
)
def test_an_identity_may_not_write_blobs(
    cloud: Cloud, azure: Settings, whose: str, principal: str
) -> None:
    cloud.service.roles = {pair for pair in cloud.service.roles if pair[0] != principal}
    found = only_ill(azure, "storage roles")
    assert found.detail == f"the {whose}'s identity may not write blobs"
    assert found.mend.startswith(f"az role assignment create --assignee-object-id {principal}")
    assert found.mend.endswith(f"/storageAccounts/{ACCOUNT}")


def test_the_datastore_is_not_there(cloud: Cloud, azure: Settings) -> None:
    path = f"{workspace_path(azure.azure_workspace)}/datastores/tenfold"
    cloud.documents.kept.pop(path.lower())
    assert only_ill(azure, "datastore").mend == "make azure-up"


def test_the_region_doesnt_offer_the_size_and_others_do(cloud: Cloud, azure: Settings) -> None:
    regions = cloud.service.regions
    regions[REGION] = Region(sizes={})
    regions["swedencentral"] = Region()
    regions["uksouth"] = Region(families={T4_FAMILY: (8, 8)})
    found = findings(azure)
    assert found["vm size"].detail == f"{REGION} doesn't offer {T4}"
    assert found["vm size"].mend.startswith("TENFOLD_AZURE_REGION=swedencentral (room in sweden")
    assert "uksouth" not in found["vm size"].mend
    assert not found["quota"].well


def test_the_quota_is_used_up(cloud: Cloud, azure: Settings) -> None:
    cloud.service.regions[REGION] = Region(families={T4_FAMILY: (6, 8)})
    found = only_ill(azure, "quota")
    assert found.detail == f"2 of 8 cores of {T4_FAMILY} left, 4 a node"
    assert "https://ml.azure.com/quota" in found.mend
    assert "no other region" in found.mend


def test_low_priority_nodes_have_a_quota_of_their_own(cloud: Cloud, azure: Settings) -> None:
    spot = azure.model_copy(update={"azure_low_priority": True})
    cloud.service.regions[REGION] = Region(families={T4_FAMILY: (8, 8)}, low_priority=(1, 5))
    assert findings(spot)["quota"].detail == "4 of 5 cores of low-priority VMs left, 4 a node"
    cloud.service.regions[REGION] = replace(cloud.service.regions[REGION], low_priority=(0, 0))
    assert not findings(spot)["quota"].well


def test_the_cluster_is_not_there(cloud: Cloud, azure: Settings) -> None:
    path = f"{workspace_path(azure.azure_workspace)}/computes/tenfold-gpu"
    cloud.documents.kept.pop(path.lower())
    found = findings(azure)
    assert found["cluster"].mend.startswith("az ml compute create --type AmlCompute --name tenfold")
    assert "--min-instances 0" in found["cluster"].mend
    assert found["storage roles"].detail == "the cluster has no identity"


def test_the_cluster_has_nodes_that_never_sleep(cloud: Cloud, azure: Settings) -> None:
    properties = part(cloud, azure, "computes/tenfold-gpu")["properties"]["properties"]
    properties["scaleSettings"]["minNodeCount"] = 1
    found = only_ill(azure, "cluster")
    assert found.detail == "tenfold-gpu keeps 1 nodes running when idle"
    assert "--min-instances 0" in found.mend


def test_the_cluster_has_another_size(cloud: Cloud, azure: Settings) -> None:
    part(cloud, azure, "computes/tenfold-gpu")["properties"]["properties"]["vmSize"] = "Other"
    assert only_ill(azure, "cluster").mend == "Set TENFOLD_AZURE_VM_SIZE=Other"


@pytest.mark.parametrize("kind", ["throttled", "busy", "broken", "slow"])
def test_what_passes_doesnt_make_a_line_ill(cloud: Cloud, azure: Settings, kind: Any) -> None:
    for where in ("/computes/", "/usages", "roleAssignments", "/datastores/"):
        cloud.faults.on_request(kind, where, seconds=0.3)
    assert all(finding.well for finding in findings(azure).values())


def test_a_missing_role_is_a_line_and_no_trace(cloud: Cloud, azure: Settings) -> None:
    cloud.faults.on_request("forbidden", "/usages", times=9)
    found = only_ill(azure, "quota")
    assert "authorization" in found.detail
    assert found.mend == (
        f"az role assignment create --assignee-object-id {PERSON} --assignee-principal-type User "
        f'--role "Reader" --scope /subscriptions/{azure.azure_subscription}'
    )


def test_the_client_still_hides_figures_under_their_own_names(
    cloud: Cloud, azure: Settings
) -> None:
    """Where this fails, the client is mended, and `capacity.either` can go."""
    client = open_workspace(azure).compute
    [usage, *_], [size] = (
        list(client.list_usage(location=REGION)),
        list(client.list_sizes(location=REGION)),
    )
    assert (usage.current_value, size.v_cp_us) == (None, None)
    assert capacity.either(usage, "current_value", "currentValue") == 0
    assert capacity.either(size, "v_cp_us", "vCPUs") == 4


def test_the_command_shows_azure_in_its_profile(cloud: Cloud, tmp_path: Path) -> None:
    variables = cloud.settings(cloud.new_workspace())
    variables.pop("TENFOLD_PROFILE")
    env = {**os.environ, **variables, **cloud.variables, "TENFOLD_HOME": str(tmp_path)}
    command = [str(Path(sys.executable).with_name("tenfold")), "doctor", "--profile", "azure"]
    shown = subprocess.run(command, capture_output=True, text=True, env=env, check=False).stdout
    assert "✓ azure sign-in  ann@example.org" in shown
    assert "✓ cluster        tenfold-gpu: 0 to 1 nodes" in shown


def test_in_other_profiles_azure_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenfold.settings.get_settings", lambda: Settings(profile="team"))
    assert doctor._azure_checks() == {}
    monkeypatch.setattr("tenfold.settings.get_settings", lambda: Settings(profile="azure"))
    assert set(doctor._azure_checks()) == set(CHECKS)
