"""The stand-in for one test process, and a workspace of its own for each test."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenfold.settings import Settings

if TYPE_CHECKING:  # loaded with every test run: Azure's clients are not
    from tests.azure.standin import Cloud

ROOT = Path(__file__).parents[2]


CLIENTS_OWN = pytest.mark.filterwarnings("ignore:.*marshmallow 4.0")
"""The Azure ML client warns of what it does itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the client warn where it is used."""
    for item in items:
        if {"cloud", "each_profile"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(CLIENTS_OWN)


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Cloud]":
    """The server and its Azurite, once a process."""
    from tenfold.blobs.azurite import program
    from tests.azure.standin import running

    command = program(ROOT)
    if command is None:
        message = "Azurite isn't there: run `npm ci`"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # azure.ai.ml warns of what it does itself
        import azure.ai.ml  # noqa: F401
    with running(command, tmp_path_factory.mktemp("azure")) as cloud:
        yield cloud


@pytest.fixture
def cloud(standin: "Cloud", monkeypatch: pytest.MonkeyPatch) -> "Iterator[Cloud]":
    """The stand-in, with nothing wrong, for the clients of this process."""
    from tenfold.blobs.azure_identity import identity

    for name, value in standin.variables.items():
        monkeypatch.setenv(name, value)
    identity.cache_clear()
    yield standin
    standin.reset()
    identity.cache_clear()


@pytest.fixture
def azure(cloud: "Cloud", tmp_path: Path) -> Settings:
    """Settings of a fresh workspace."""
    given = cloud.settings(cloud.new_workspace())
    values = {name.removeprefix("TENFOLD_").lower(): value for name, value in given.items()}
    return Settings.model_validate({**values, "home": str(tmp_path / "home")})


@pytest.fixture(params=["local", pytest.param("azure", marks=pytest.mark.azurite)])
def each_profile(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of the local profile and of a fresh workspace, by turns."""
    if request.param == "azure":
        azure: Settings = request.getfixturevalue("azure")
        return azure
    return Settings(home=tmp_path / "home")
