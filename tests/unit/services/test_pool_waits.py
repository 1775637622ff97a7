"""What people read of a job that nobody takes up."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from prefect.client.schemas.objects import FlowRun
from prefect.states import Pending, Running, Scheduled, State

from models.job import JobWait
from tenfold import orchestration
from tenfold.services.pool_waits import FIRST_LOOK_SECONDS, LOOK_SECONDS, pool_wait

API = "http://127.0.0.1:4200/api"


def test_a_pool_without_a_worker_comes_with_the_command_that_starts_one() -> None:
    said = pool_wait("rack", "NOT_READY", API)
    assert "a worker of the work pool rack" in said.why
    assert said.command == f"PREFECT_API_URL={API} prefect worker start --pool rack"
    assert pool_wait("tenfold-gpu", "NOT_READY", API).command == "tenfold up"


def test_a_command_holds_for_any_name_of_a_pool() -> None:
    command = pool_wait("the rack; rm -r x", "NOT_READY", API).command
    assert command.endswith("--pool 'the rack; rm -r x'")


def test_a_paused_pool_a_full_one_and_one_that_is_gone_say_what_to_do() -> None:
    paused = pool_wait("rack", "PAUSED", API)
    assert "paused in Prefect" in paused.why
    assert paused.command == f"PREFECT_API_URL={API} prefect work-pool resume rack"
    assert "its turn in the work pool rack" in pool_wait("rack", "READY", API).why
    gone = pool_wait("rack", None, API)
    assert "no work pool rack any more" in gone.why
    assert "choose another compute on Details" in gone.why


class Pools:
    """What of Prefect's client tells of a pool, and how often it was asked."""

    def __init__(self, states: Sequence[str]) -> None:
        self.states = list(states)
        self.asked = 0

    def read_work_pool(self, name: str) -> Any:
        assert name == "rack"
        self.asked += 1
        word = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return SimpleNamespace(status=SimpleNamespace(value=word))


def run(state: "State[Any]") -> FlowRun:
    return FlowRun(flow_id=uuid4(), state=state, work_pool_name="rack")


def test_a_pool_is_asked_after_seldom_and_a_job_that_is_taken_up_waits_no_more() -> None:
    heard: list[JobWait | None] = []
    pools: Any = Pools(["NOT_READY", "PAUSED"])
    queue = orchestration._Queue("rack", heard.append)
    for waited in (0.0, 0.1, FIRST_LOOK_SECONDS - 0.1):
        queue.look(pools, run(Scheduled()), waited)
    assert (heard, pools.asked) == ([], 0), "a worker that is there takes it up meanwhile"
    for waited in (FIRST_LOOK_SECONDS, FIRST_LOOK_SECONDS + LOOK_SECONDS / 2):
        queue.look(pools, run(Scheduled()), waited)
    assert pools.asked == 1
    queue.look(pools, run(Scheduled()), FIRST_LOOK_SECONDS + LOOK_SECONDS)
    whys = [wait.why for wait in heard if wait is not None]
    assert ["none is there" in whys[0], "paused" in whys[1]] == [True, True]
    queue.look(pools, run(Pending()), 30.0)
    queue.look(pools, run(Running()), 31.0)
    assert heard[2:] == [None, None]
    assert pools.asked == 2
