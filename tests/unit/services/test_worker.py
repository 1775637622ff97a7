"""A worker looks for runs when it is told of one, and forks them from what is there."""

import asyncio
import importlib.util
from pathlib import Path

import httpx
import pytest

from tenfold.services.catalog import GPU_POOL, POOLS, PRELOADED, preloaded
from tenfold.services.state import last_nudge, nudge
from tenfold.services.worker import hear_nudges
from tenfold.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("tenfold.services.worker.get_settings", lambda: found)
    found = Settings(home=tmp_path)
    return found


class Worker:
    """Stands for Prefect's; its first look fails."""

    def __init__(self) -> None:
        self.looks = 0

    async def get_and_submit_flow_runs(self) -> None:
        self.looks += 1
        if self.looks == 1:
            raise httpx.ConnectError("Prefect is starting")


def test_a_worker_looks_whenever_it_is_told(settings: Settings) -> None:
    async def tell_twice() -> list[int]:
        worker, looks = Worker(), []
        hearing = asyncio.create_task(hear_nudges(worker))  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        for told in range(3):
            for _ in range(600):
                if worker.looks == told:
                    break
                await asyncio.sleep(0.1)
            looks.append(worker.looks)
            nudge(settings)
        hearing.cancel()
        return looks

    assert asyncio.run(tell_twice()) == [0, 1, 2]


def test_a_nudge_changes_what_workers_see_even_where_there_was_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new")
    assert last_nudge(settings) == 0
    nudge(settings)
    first = last_nudge(settings)
    nudge(settings)
    assert 0 < first <= last_nudge(settings)


def test_what_is_loaded_for_runs_can_be_loaded() -> None:
    assert set(PRELOADED) == set(POOLS)
    for name in {name for names in PRELOADED.values() for name in names}:
        assert importlib.util.find_spec(name) is not None, name


def test_a_pool_of_somebodys_own_is_for_jobs() -> None:
    assert preloaded("rack") == PRELOADED[GPU_POOL]
    assert [preloaded(pool) for pool in POOLS] == [PRELOADED[pool] for pool in POOLS]
