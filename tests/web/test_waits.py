"""What keeps flow runs is asked beside, now and then, and nobody waits for the answer."""

import threading
from typing import Any

import pytest

from models.job import JobWait
from tenfold import run_waits
from tenfold.errors import ServiceError
from tenfold.web import runs, waits
from tenfold.web.app import make_web

from .browsing import eventually
from .conftest import Desk

WAIT = JobWait(why="It waits for a worker.")


class Prefect:
    """Says what it is told to, once it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.may = threading.Event()
        self.says: JobWait | Exception | None = WAIT

    def run_wait(self, project: Any, cycle: Any) -> JobWait | None:
        self.asked += 1
        assert self.may.wait(20)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def prefect(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Prefect:
    found = Prefect()
    monkeypatch.setattr(run_waits, "run_wait", found.run_wait)
    return found


def test_an_answer_is_asked_for_beside_and_kept_for_a_while(desk: Desk, prefect: Prefect) -> None:
    known = waits.Waits(desk.store)
    assert [known.look(desk.project.id) for _ in range(3)] == [None] * 3
    prefect.may.set()
    eventually(lambda: known.known(desk.project.id) == WAIT)
    assert known.look(desk.project.id) == WAIT
    assert prefect.asked == 1


def test_the_last_answer_holds_until_the_next(
    desk: Desk, prefect: Prefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "ASK_SECONDS", 0.0)
    known = waits.Waits(desk.store)
    prefect.may.set()
    known.look(desk.project.id)
    eventually(lambda: known.known(desk.project.id) == WAIT)
    prefect.says = ServiceError("Prefect refused.")
    assert known.look(desk.project.id) == WAIT
    eventually(lambda: known.known(desk.project.id) is None)


def test_nothing_is_asked_while_people_are(desk: Desk, prefect: Prefect) -> None:
    prefect.may.set()
    web = make_web(desk.settings, desk.store, desk.blobs)
    eventually(lambda: runs.pulse_of(web, desk.project.id) != desk.store.pulses.of(desk.project.id))
    before = prefect.asked
    desk.open()
    assert runs.pulse_of(web, desk.project.id) == desk.store.pulses.of(desk.project.id)
    assert web.waits.known(desk.project.id) is None
    assert prefect.asked == before
