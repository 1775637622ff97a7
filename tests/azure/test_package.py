"""What a job is given, and how it finds it."""

import ast
import importlib.metadata
from pathlib import Path

import pytest

from tenfold.azure import package
from tenfold.azure.job import blob_name
from tenfold.azure.workspace import datastore_path, workspace_id
from tenfold.errors import SettingsError
from tenfold.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("deployments", "flows", "tasks", "tenfold", "models")


@pytest.mark.parametrize("blobs", ["", "az://birds/some/prefix"])
def test_a_blob_is_found_by_its_datastore_path(blobs: str) -> None:
    settings = Settings(profile="azure", azure_workspace="w", blobs=blobs)
    short = datastore_path(settings, "projects/p/jobs/j/job.json")
    long = short.replace("azureml:/", f"azureml:/{workspace_id(settings)}")
    assert blob_name(short, settings) == "projects/p/jobs/j/job.json"
    assert blob_name(f"{long}/", settings) == "projects/p/jobs/j/job.json"


def test_a_path_outside_of_the_store_is_refused() -> None:
    settings = Settings(profile="azure", blobs="az://birds/some")
    for uri in ("azureml://datastores/tenfold/paths/other/job.json", "/mnt/job.json"):
        with pytest.raises(SettingsError, match="not in az://birds/some"):
            blob_name(uri, settings)


def test_jobs_on_azure_need_blobs_on_azure(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="jobs on Azure can't read that"):
        datastore_path(Settings(profile="azure", blobs=str(tmp_path)), "a")


def test_the_environment_has_the_versions_that_are_installed_here() -> None:
    [pip] = [each for each in package.conda_file()["dependencies"] if isinstance(each, dict)]
    named = dict(line.split("==") for line in pip["pip"])
    assert named["torch"] == importlib.metadata.version("torch").split("+")[0]
    assert "+" not in "".join(named.values())
    assert "pytest" not in named
    assert "psycopg[binary]" in named
    assert package.pinned(["nowhere-to-be-found>=1"]) == ["nowhere-to-be-found>=1"]


def test_the_code_of_a_job_is_the_same_however_often_it_is_written(tmp_path: Path) -> None:
    first, second = (package.write_code(tmp_path / name) for name in ("a", "b"))
    files = [
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (first, second)
    ]
    assert files[0] == files[1]
    assert not [path for path in files[0] if "__pycache__" in path.parts]


def test_azures_clients_are_imported_in_two_places_alone() -> None:
    found = {
        path.relative_to(ROOT).parent.as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*.py")
        if any(map(is_azures, ast.walk(ast.parse(path.read_text()))))
    }
    assert found == {"tenfold/azure", "tenfold/blobs"}


def is_azures(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] == "azure" and node.level == 0
    return isinstance(node, ast.Import) and any(n.name.startswith("azure") for n in node.names)
