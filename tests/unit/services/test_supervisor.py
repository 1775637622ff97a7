"""The supervisor starts what ended again, and waits longer each time it fails."""

import sys
import time
from pathlib import Path

from models.record import now
from tenfold.services.catalog import Service
from tenfold.services.processes import ProcessMark
from tenfold.services.state import Links, ServicesState
from tenfold.services.supervisor import Supervised, Supervisor, _ended
from tenfold.settings import Settings


def supervisor(home: Path, *services: Service) -> Supervisor:
    home.mkdir(exist_ok=True)
    state = ServicesState(
        token="test",
        supervisor=ProcessMark(pid=1, started=0.0),
        links=Links(page="", prefect=""),
        prefect_api="http://127.0.0.1:1/api",
        own_prefect=False,
        page_port=1,
        started_at=now(),
        at=now(),
    )
    return Supervisor(Settings(home=home), state, [Supervised(each) for each in services])


def python(name: str, code: str, *, once: bool = False) -> Service:
    return Service(name, (sys.executable, "-c", code), ready=lambda _: True, once=once)


def look_until(watched: Supervisor, wanted: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not wanted() and time.monotonic() < deadline:  # type: ignore[operator]
        watched._look()
        time.sleep(0.05)
    assert wanted()  # type: ignore[operator]


def test_a_service_that_ended_is_started_again(tmp_path: Path) -> None:
    watched = supervisor(tmp_path, python("sleeper", "import time; time.sleep(60)"))
    item = watched.supervised[0]
    look_until(watched, lambda: item.ready)
    assert item.process is not None
    first = item.process
    first.kill()
    first.wait(5)
    look_until(watched, lambda: item.starts == 2 and item.ready)
    assert item.process is not None
    item.process.kill()
    item.process.wait(5)


def test_a_service_that_runs_once_is_tried_until_it_ends_well(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    code = f"import pathlib, sys; p = pathlib.Path({str(flag)!r}); s = p.exists(); p.touch(); sys.exit(not s)"  # noqa: E501
    watched = supervisor(tmp_path, python("once", code, once=True))
    item = watched.supervised[0]
    look_until(watched, lambda: item.finished)
    assert (item.starts, item.exits) == (2, 1)
    watched._look()
    assert item.starts == 2


def test_pauses_grow_and_are_bounded() -> None:
    item = Supervised(python("failing", ""))
    pauses = []
    for _ in range(12):
        before = time.monotonic()
        _ended(item, 1)
        pauses.append(round(item.start_at - before, 1))
    assert pauses[0] < 1
    assert pauses == sorted(pauses)
    assert 29 < pauses[-1] < 31
