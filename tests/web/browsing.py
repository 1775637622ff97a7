"""Chromium on a real server of the page, for tests that look and press keys."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from models.annotation import Annotation
from tenfold.web import vendor
from tenfold.web.app import create_app
from tenfold.web.link import sign_in_link

from .conftest import Desk

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SYSTEM = Path("/usr/bin/chromium")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """The page's server, which can be stopped and started again on its port."""

    desk: Desk
    port: int = field(default_factory=free_port)
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        app = create_app(self.desk.settings, self.desk.store, self.desk.blobs)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._server.force_exit = True
            self._thread.join(20)
            self._server = None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = str(SYSTEM) if SYSTEM.exists() else None
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


@dataclass
class Looks:
    """A page that is watched for complaints."""

    page: Page
    server: Server
    complaints: list[str]


Visit = Callable[..., Looks]
"""A project, a path, and what the browser is like."""


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    opened: list[tuple[Any, Server]] = []

    def make(desk: Desk, path: str, **like: Any) -> Looks:
        server = Server(desk)
        server.start()
        # A worker would answer before `page.route` does; the tests of it let it in.
        usual = {"viewport": {"width": 1280, "height": 800}, "service_workers": "block"}
        context = browser.new_context(**{**usual, **like})
        opened.append((context, server))
        page = context.new_page()
        complaints: list[str] = []

        def heard(message: ConsoleMessage) -> None:
            blocked = "Service Worker registration blocked by Playwright" in message.text
            if message.type in {"error", "warning"} and not blocked:
                complaints.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(sign_in_link(desk.settings, server.address))
        page.goto(server.address + path)
        return Looks(page, server, complaints)

    yield make
    for context, server in opened:
        context.close()
        server.stop()


def answers(desk: Desk) -> list[Annotation]:
    """Return what the person at the page has said, oldest first."""
    [person] = [p for p in desk.store.people.list() if p.role.value == "admin"]
    return list(reversed(desk.store.labeling.mine(desk.project.id, person.id, 100)))


def eventually(check: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.05)


def shown_image(page: Page) -> str:
    page.wait_for_selector(".stage-canvas img")
    source = page.locator(".stage-canvas img").first.get_attribute("src") or ""
    return source.split("/images/")[1].split("/")[0]


needs_canvas = pytest.mark.skipif(
    not (vendor.REPOSITORY / "node_modules" / "@annotorious").exists(),
    reason="npm has installed no drawing canvas",
)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag on the image; places are shares of its width and height."""
    frame = page.locator(".stage-canvas").bounding_box()
    assert frame is not None
    points = [
        (frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in (start, end)
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=8)
    page.mouse.up()
