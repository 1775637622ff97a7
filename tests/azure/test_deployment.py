"""The Bicep files and the commands that use them."""

import copy
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pycep import BicepParser

from tenfold.azure.roles import _MAY_WRITE
from tenfold.settings import Settings
from tests.azure.arm import Parsed, problems, template

ROOT = Path(__file__).parents[2]
BICEP = ROOT / "deployments" / "azure" / "main.bicep"


@pytest.fixture(scope="module")
def bicep() -> Parsed:
    return BicepParser().parse(text=BICEP.read_text())


def config(bicep: Parsed, name: str) -> Parsed:
    """Return what a resource is to be; under its condition where it has one."""
    found: Parsed = bicep["resources"][name]["config"]
    return found["config"] if "condition" in found else found


def setting(name: str) -> Any:
    return Settings.model_fields[name].default


def test_all_that_is_needed_is_made(bicep: Parsed) -> None:
    kinds = [resource["type"] for resource in bicep["resources"].values()]
    for kind in (
        "Microsoft.Storage/storageAccounts",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "Microsoft.KeyVault/vaults",
        "Microsoft.Insights/components",
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.MachineLearningServices/workspaces",
        "Microsoft.MachineLearningServices/workspaces/datastores",
        "Microsoft.MachineLearningServices/workspaces/computes",
        "Microsoft.DBforPostgreSQL/flexibleServers",
    ):
        assert kind in kinds
    assert kinds.count("Microsoft.Authorization/roleAssignments") == 3


def test_nothing_but_storage_and_registry_costs_while_nothing_runs(bicep: Parsed) -> None:
    scale = config(bicep, "cluster")["properties"]["properties"]["scaleSettings"]
    assert scale["minNodeCount"] == 0
    assert scale["nodeIdleTimeBeforeScaleDown"] == "PT300S"
    assert config(bicep, "registry")["sku"]["name"] == "Basic"
    assert bicep["parameters"]["postgresql"]["default"] is False
    assert bicep["resources"]["labels"]["config"]["condition"] == "postgresql"


def test_blobs_outlast_a_mistake_and_are_not_public(bicep: Parsed) -> None:
    kept = config(bicep, "blobs")["properties"]
    assert kept["isVersioningEnabled"] is True
    for policy in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        assert kept[policy]["enabled"] is True
    assert config(bicep, "storage")["properties"]["allowBlobPublicAccess"] is False
    assert config(bicep, "images")["properties"]["publicAccess"] == "None"


def test_no_key_of_the_account_is_kept_in_the_workspace(bicep: Parsed) -> None:
    assert config(bicep, "datastore")["properties"]["credentials"] == {"credentialsType": "None"}
    assert config(bicep, "cluster")["identity"] == {"type": "SystemAssigned"}


def test_names_and_sizes_are_those_of_the_settings(bicep: Parsed) -> None:
    assert bicep["parameters"]["vmSize"]["default"] == setting("azure_vm_size")
    assert bicep["parameters"]["container"]["default"] == setting("azure_container")
    assert bicep["parameters"]["maxNodes"]["default"] == setting("azure_nodes")
    assert config(bicep, "cluster")["name"] == setting("azure_cluster")
    assert config(bicep, "datastore")["name"] == setting("azure_datastore")


def test_every_output_is_a_setting_and_every_parameter_is_used(bicep: Parsed) -> None:
    fields = {f"TENFOLD_{name.upper()}" for name in Settings.model_fields}
    assert set(bicep["outputs"]) <= fields
    text = BICEP.read_text()
    for name in bicep["parameters"]:
        assert len(re.findall(rf"\b{name}\b", text)) >= 2
    given = re.findall(
        r"^param (\w+) =", BICEP.with_suffix(".bicepparam").read_text(), re.MULTILINE
    )
    assert set(given) <= set(bicep["parameters"])


EVERYTHING = {"postgresql": True, "lowPriority": True, "principalId": f"{1:032x}"}


@pytest.mark.parametrize("parameters", [{}, EVERYTHING])
def test_the_template_is_as_azures_schemas_have_it(bicep: Parsed, parameters: Parsed) -> None:
    resources = template(bicep, **parameters)["resources"]
    assert len(resources) == len(bicep["resources"])
    assert [problem for resource in resources for problem in problems(resource)] == []
    names = [(resource["type"], resource["name"]) for resource in resources]
    assert len(set(names)) == len(names)


def _of_cluster(change: Callable[[Parsed], None]) -> Callable[[Parsed], None]:
    return lambda resources: change(resources["cluster"]["config"]["properties"])


MISTAKES: dict[str, tuple[Callable[[Parsed], None], str]] = {
    "a word that Azure doesn't know": (
        _of_cluster(lambda p: p["properties"]["scaleSettings"].update(minNodes=0)),
        "'minNodes' was unexpected",
    ),
    "a value that isn't one of Azure's": (
        _of_cluster(lambda p: p["properties"].update(vmPriority="Spot")),
        "'Spot' is not one of ['Dedicated', 'LowPriority']",
    ),
    "a text instead of a number": (
        _of_cluster(lambda p: p["properties"]["scaleSettings"].update(maxNodeCount="many")),
        "'many' is not of type 'integer'",
    ),
    "something that is left out": (
        lambda resources: resources["vault"]["config"]["properties"].pop("sku"),
        "'sku' is a required property",
    ),
    "a name that may not be": (
        lambda resources: resources["storage"]["config"].update(name="Upper-Case"),
        "does not match",
    ),
    "a version that there isn't": (
        lambda resources: resources["vault"].update(api_version="2001-01-01"),
        "no such type or version",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_bicep_file_is_found(bicep: Parsed, mistake: str) -> None:
    make_it, said = MISTAKES[mistake]
    wrong = copy.deepcopy(bicep)
    make_it(wrong["resources"])
    found = [each for made in template(wrong)["resources"] for each in problems(made)]
    assert said in "\n".join(found)


def test_the_roles_on_the_account_are_those_that_the_doctor_looks_for(bicep: Parsed) -> None:
    made = template(bicep, **EVERYTHING)["resources"]
    roles = [each for each in made if each["type"] == "Microsoft.Authorization/roleAssignments"]
    on_account = [each["properties"] for each in roles if "/storageAccounts/" in each["scope"]]
    assert {each["principalType"] for each in on_account} == {"ServicePrincipal", "User"}
    assert {each["roleDefinitionId"].rpartition("/")[2] for each in on_account} <= _MAY_WRITE


AZ = """#!/bin/bash
echo "$AZURE_PRINCIPAL_ID: $*" >> "$AZ_CALLS"
case "$*" in
  *signed-in-user*) echo person-1 ;;
  *"deployment group show"*) cat "$AZ_OUTPUTS" ;;
esac
"""


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `az` that notes how it is called."""
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text(AZ)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("AZ_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("AZ_OUTPUTS", str(tmp_path / "outputs.json"))
    monkeypatch.delenv("AZURE_PRINCIPAL_ID", raising=False)
    (tmp_path / "outputs.json").write_text(
        '{"tenfolD_PROFILE": {"value": "azure"}, "tenfolD_AZURE_NODES": {"value": 2},'
        ' "tenfolD_AZURE_LOW_PRIORITY": {"value": false}}'
    )
    return tmp_path / "calls"


def make(target: str) -> str:
    assert shutil.which("make")
    command = ["make", "--silent", target, "AZURE_GROUP=labels-rg"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_a_plan_changes_nothing(az: Path) -> None:
    make("azure-plan")
    signed_in, planned = az.read_text().splitlines()
    assert "signed-in-user" in signed_in
    assert planned.startswith("person-1: deployment group what-if --resource-group labels-rg")


def test_up_makes_the_group_and_prints_settings_that_hold(az: Path) -> None:
    lines = make("azure-up").splitlines()
    assert [line.split(" --")[0] for line in az.read_text().splitlines()] == [
        ": group create",
        ": ad signed-in-user show",
        "person-1: deployment group create",
        ": deployment group show",
    ]
    given = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    settings = Settings.model_validate(
        {name.removeprefix("TENFOLD_").lower(): value for name, value in given.items()}
    )
    assert (settings.profile, settings.azure_nodes, settings.azure_low_priority) == (
        "azure",
        2,
        False,
    )
