"""What happens in a project reaches pages that are open on it, at the cost of one look."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from models.label import ClassLabel
from models.person import Role
from models.project import ProjectState
from tenfold.web import live

from .browsing import Server, eventually, free_port
from .conftest import Desk


@dataclass
class Line:
    """An open line to the page, and what came over it."""

    heard: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    ended: bool = False

    def begun(self) -> bool:
        assert not self.ended, self.status
        return bool(self.heard)

    def last(self, event: str) -> Any:
        return next((data for name, data in reversed(self.heard) if name == event), None)

    def part(self, name: str) -> str:
        parts = [d["html"] for e, d in self.heard if e == "part" and d["name"] == name]
        return parts[-1] if parts else ""

    def listen(self, url: str, headers: dict[str, str]) -> None:
        try:
            with httpx.stream("GET", url, headers=headers, timeout=60) as response:
                self.status, self.headers = response.status_code, dict(response.headers)
                kind = ""
                for line in response.iter_lines():
                    name, _, value = line.partition(": ")
                    if name == "event":
                        kind = value
                    elif name == "data":
                        self.heard.append((kind, json.loads(value)))
        except httpx.HTTPError:
            pass
        finally:
            self.ended = True


Open = Callable[..., Line]


@pytest.fixture
def call(desk: Desk, server: Server) -> Open:
    def make(view: str = "dashboard", role: Role = Role.REVIEWER, *, wait: bool = True) -> Line:
        person = desk.store.people.ensure(role.value, role)
        _, secret = desk.store.people.new_token(person.id, "test")
        url = f"{server.address}/api/projects/pets/live?view={view}"
        line = Line()
        headers = {"authorization": f"Bearer {secret}"}
        threading.Thread(target=line.listen, args=(url, headers), daemon=True).start()
        if wait:
            eventually(line.begun)
        return line

    return make


CAT = ClassLabel(label="cat")


def test_an_answer_shows_on_an_open_dashboard(desk: Desk, call: Open) -> None:
    opened = desk.open()
    line = call()
    eventually(lambda: "0</strong> of" in line.part("now"))
    desk.say("ann", [CAT], opened.id)
    eventually(lambda: "1</strong> of" in line.part("now"))
    eventually(lambda: "ann" in line.part("labelers"))
    time.sleep(live.LOOK_SECONDS)  # the other parts of the same look have come
    before = len(line.heard)
    time.sleep(3 * live.LOOK_SECONDS)
    assert len(line.heard) == before, "nothing is told where nothing happens"


def test_a_label_page_hears_of_rounds_and_of_a_pause(desk: Desk, call: Open) -> None:
    line = call("", Role.LABELER)
    eventually(lambda: line.last("pulse") is not None)
    assert line.last("pulse")["rounds"] == []
    opened = desk.open()
    eventually(lambda: [r["id"] for r in line.last("pulse")["rounds"]] == [opened.id])
    desk.store.projects.set_state("pets", ProjectState.PAUSED)
    eventually(lambda: line.last("pulse")["state"] == "paused")
    assert {event for event, _ in line.heard} == {"pulse"}


def test_sixty_four_pages_cost_one_look_a_second(desk: Desk, call: Open) -> None:
    lines = [call(wait=False) for _ in range(64)]
    eventually(lambda: all(line.begun() for line in lines), 60)
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(desk.store.database.engine, "before_cursor_execute", note)
    time.sleep(4 * live.LOOK_SECONDS)
    quiet = len(asked)
    assert 2 <= sum("labeler_counts" in statement for statement in asked) <= 6
    assert quiet < 60
    opened = desk.open()
    for line in lines:
        eventually(lambda line=line: opened.id in str(line.last("pulse")), 5)  # type: ignore[misc]
    assert len(asked) - quiet < 120, "rendered once for all, and the opening itself"


def test_who_may_not_approve_is_offered_nothing_to_approve(desk: Desk, call: Open) -> None:
    opened = desk.open(shas=desk.shas[:1])
    reviewer, labeler = call(), call("now", Role.LABELER)
    desk.say("ann", [CAT], opened.id)
    eventually(lambda: "Approve and continue" in reviewer.part("now"))
    eventually(lambda: "A reviewer looks at it" in labeler.part("now"))
    assert "Approve" not in labeler.part("now")
    assert {d["name"] for e, d in labeler.heard if e == "part"} == {"now"}


def test_nobody_listens_without_signing_in(server: Server) -> None:
    refused = httpx.get(f"{server.address}/api/projects/pets/live")
    assert refused.status_code == 401


def test_a_silent_line_is_kept_alive_and_passes_proxies(
    call: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.3)
    line = call("")
    eventually(lambda: line.last("beat") is not None)
    assert line.headers["content-type"].startswith("text/event-stream")
    assert line.headers["x-accel-buffering"] == "no"
    assert "no-cache" in line.headers["cache-control"]


def test_a_line_ends_so_that_it_is_asked_anew_who_calls(
    call: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LINE_SECONDS", (0.5, 1.0))
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.3)
    line = call("")
    eventually(lambda: line.ended)


def test_who_is_locked_out_is_told_and_nobody_else(desk: Desk, call: Open) -> None:
    out, stays = call("now", Role.LABELER), call("now")
    eventually(lambda: out.last("pulse") is not None and stays.last("pulse") is not None)
    desk.store.people.set_active(desk.store.people.by_name("labeler").id, active=False)
    eventually(lambda: out.ended)
    assert out.heard[-1] == ("out", "")
    assert not stays.ended


def test_another_role_ends_the_line_so_that_it_is_called_anew(desk: Desk, call: Open) -> None:
    line = call("now", Role.LABELER)
    person = desk.store.people.by_name("labeler").id
    desk.store.people.set_role_in(desk.project.id, person, Role.REVIEWER)
    eventually(lambda: line.ended)
    assert line.last("out") is None


def test_a_server_that_is_stopped_hangs_up(desk: Desk) -> None:
    port = free_port()
    command = [sys.executable, "-m", "tenfold.web", "--port", str(port)]
    own = {"TENFOLD_HOME": str(desk.settings.home), "OMP_NUM_THREADS": "1"}
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(command, env=os.environ | own, stdout=quiet, stderr=quiet)
    address = f"http://127.0.0.1:{port}"
    person = desk.store.people.ensure("ann", Role.LABELER)
    _, secret = desk.store.people.new_token(person.id, "test")
    line = Line()
    try:
        eventually(lambda: up(address), 60)
        arguments = (f"{address}/api/projects/pets/live", {"authorization": f"Bearer {secret}"})
        threading.Thread(target=line.listen, args=arguments, daemon=True).start()
        eventually(lambda: bool(line.heard))
        running.send_signal(signal.SIGTERM)
        running.wait(10)
        assert line.ended
    finally:
        running.kill()
        running.wait()


def up(address: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{address}/signin").status_code == 200
    return False
