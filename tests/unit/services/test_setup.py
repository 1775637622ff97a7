"""prefect.yaml says what is deployed, and changes are noticed."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployments.setup import count_gpus, read_deployments
from tenfold.orchestration import JOB_FLOWS, LABEL_IMAGES
from tenfold.services.catalog import POOLS
from tenfold.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, refresh_minutes=7, device="cpu")


def test_every_flow_that_is_called_is_deployed(settings: Settings) -> None:
    named = {f"{each.flow_name}/{each.name}": each for each in read_deployments(settings)}
    assert {LABEL_IMAGES, *JOB_FLOWS.values()} <= set(named)
    assert {each.pool for each in named.values()} == set(POOLS)
    assert all(named[job].pool == "tenfold-gpu" for job in JOB_FLOWS.values())


def test_the_setting_gives_the_interval_of_refresh(settings: Settings) -> None:
    by_name = {each.flow_name: each for each in read_deployments(settings)}
    assert by_name["refresh-images"].schedules[0]["interval"] == 7 * 60
    assert by_name["track-completion"].schedules[0]["interval"] == 120


def test_a_change_gives_another_version(settings: Settings) -> None:
    one = read_deployments(settings)[0]
    assert one.version() == read_deployments(settings)[0].version()
    assert replace(one, description="other").version() != one.version()


def test_without_a_gpu_one_run_at_a_time(settings: Settings) -> None:
    assert count_gpus(settings) == 1


def test_on_azure_as_many_runs_as_the_cluster_has_nodes() -> None:
    assert count_gpus(Settings(profile="azure", azure_nodes=3)) == 3
