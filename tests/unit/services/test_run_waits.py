"""Why a project's own flow run doesn't go on, by what Prefect's client tells of it."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import AwaitingRetry, Cancelled, Completed, Crashed, Failed, Running, Scheduled

from models.cycle import Cycle, CycleState
from models.job import JobWait
from models.record import now
from tenfold import run_waits
from tenfold.errors import TransientServiceError
from tenfold.run_waits import run_wait

if TYPE_CHECKING:
    from prefect.states import State

PROJECT: Any = SimpleNamespace(name="pets")
RUN = uuid4()
LONG_AGO = now() - timedelta(minutes=2)


class Prefect:
    """What of Prefect's client tells of a project's newest run."""

    def __init__(self, state: "State[Any] | None", *, under_its_name: bool = True) -> None:
        self.state, self.under_its_name = state, under_its_name

    def _run(self) -> FlowRun:
        due = self.state.state_details.scheduled_time if self.state else None
        return FlowRun(
            id=RUN, flow_id=uuid4(), state=self.state, next_scheduled_start_time=due,
            work_pool_name="tenfold-cpu",
        )  # fmt: skip

    def read_flow_runs(self, **_: object) -> list[FlowRun]:
        return [self._run()] if self.state is not None and self.under_its_name else []

    def read_flow_run(self, asked: object) -> FlowRun:
        assert asked == RUN
        return self._run()

    def read_work_pool(self, name: str) -> Any:
        assert name == "tenfold-cpu"
        return SimpleNamespace(status=SimpleNamespace(value="NOT_READY"))


def cycle(state: CycleState = CycleState.RUNNING, run: object = RUN) -> Cycle:
    return Cycle(
        id="1", project_id="p", number=1, state=state, flow_run_id=str(run), created_at=LONG_AGO
    )


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    def tell(prefect: Prefect, of: Cycle | None) -> JobWait | None:
        @contextmanager
        def client() -> Any:
            yield prefect

        monkeypatch.setattr(run_waits, "client", client)
        return run_wait(PROJECT, of)

    return tell


@pytest.mark.parametrize("of", [None, cycle(), cycle(CycleState.COMPLETE)])
def test_a_run_that_is_due_waits_for_a_worker(told: Any, of: Cycle | None) -> None:
    wait = told(Prefect(Scheduled(scheduled_time=LONG_AGO)), of)
    assert wait is not None
    assert "a worker of the work pool tenfold-cpu, and none is there" in wait.why
    assert wait.command == "tenfold up"


@pytest.mark.parametrize(
    "state",
    [
        lambda: Scheduled(scheduled_time=now()),
        lambda: AwaitingRetry(scheduled_time=now() + timedelta(minutes=1)),
        Running,
        Completed,
    ],
)
def test_a_run_that_goes_on_is_not_spoken_of(told: Any, state: Callable[[], "State[Any]"]) -> None:
    assert told(Prefect(state()), cycle()) is None


def test_a_run_of_an_earlier_name_is_found_by_its_cycle(told: Any) -> None:
    earlier = Prefect(Scheduled(scheduled_time=LONG_AGO), under_its_name=False)
    assert told(earlier, None) is None, "nobody started one"
    assert told(earlier, cycle()) is not None


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Failed(message="no disk", timestamp=LONG_AGO), "Its flow run failed: no disk"),
        (Crashed(message="killed", timestamp=LONG_AGO), "Its flow run crashed: killed"),
        (Cancelled(timestamp=LONG_AGO), "Its flow run was cancelled."),
    ],
)
def test_a_run_that_ended_too_soon_is_named(told: Any, ended: "State[Any]", said: str) -> None:
    wait = told(Prefect(ended), cycle())
    assert wait is not None
    assert wait.why.startswith(said)
    assert told(Prefect(ended), cycle(CycleState.COMPLETE)) is None
    assert told(Prefect(ended), cycle(run=uuid4())) is None, "another run works on it"
    assert told(Prefect(ended), None) is None


def test_a_run_that_has_just_crashed_may_be_begun_again_at_once(told: Any) -> None:
    assert told(Prefect(Crashed(timestamp=now())), cycle()) is None


def test_that_prefect_does_not_answer_is_said_where_work_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def client() -> Any:
        raise TransientServiceError("Prefect doesn't answer.")
        yield

    monkeypatch.setattr(run_waits, "client", client)
    for of in (None, cycle()):
        wait = run_wait(PROJECT, of)
        assert wait is not None
        assert "Prefect doesn't answer at http" in wait.why
        assert wait.command == "tenfold up"
    assert run_wait(PROJECT, cycle(CycleState.COMPLETE)) is None
