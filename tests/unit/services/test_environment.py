"""Every process of a home gets the same settings and the same Prefect."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from models.record import now
from tenfold.services.environment import environment, page_url, prefect_api
from tenfold.services.processes import ProcessMark
from tenfold.services.state import Links, ServicesState, read_state, state_file, write_state
from tenfold.settings import Settings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("TENFOLD_PUBLIC_URL", raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", prefect_port=4999, port=8499)


def state(settings: Settings) -> ServicesState:
    started = ServicesState(
        token="t",
        supervisor=ProcessMark(pid=1, started=0.0),
        links=Links(page="http://127.0.0.1:8111", prefect="http://127.0.0.1:4111"),
        prefect_api="http://127.0.0.1:4111/api",
        own_prefect=True,
        page_port=8111,
        prefect_port=4111,
        started_at=now(),
        at=now(),
    )
    write_state(settings, started)
    return started


def test_addresses_are_those_of_what_was_started(settings: Settings) -> None:
    assert prefect_api(settings) == "http://127.0.0.1:4999/api"
    state(settings)
    assert prefect_api(settings) == "http://127.0.0.1:4111/api"
    assert page_url(settings) == "http://127.0.0.1:8111"


def test_a_prefect_of_ones_own_comes_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(settings)
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example/api/")
    assert prefect_api(settings) == "https://prefect.example/api"


def test_settings_hold_in_any_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    secret = SecretStr("AccountKey=x")
    settings = Settings(home=Path("here"), blobs="bytes", blob_connection_string=secret, threads=3)
    given = environment(settings)
    assert given["TENFOLD_HOME"] == str(tmp_path / "here")
    assert given["TENFOLD_BLOBS"] == str(tmp_path / "bytes")
    assert given["TENFOLD_BLOB_CONNECTION_STRING"] == "AccountKey=x"
    assert given["TENFOLD_THREADS"] == "3"
    assert given["PREFECT_HOME"] == str(tmp_path / "here" / "prefect")
    assert given["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_azure_containers_are_left_as_they_are(tmp_path: Path) -> None:
    given = environment(Settings(home=tmp_path, blobs="az://images/prefix"))
    assert given["TENFOLD_BLOBS"] == "az://images/prefix"


def test_a_state_file_of_another_version_counts_as_none(settings: Settings) -> None:
    assert read_state(settings) is None
    state(settings)
    assert read_state(settings) is not None
    state_file(settings).write_text('{"token": "old"}')
    assert read_state(settings) is None
