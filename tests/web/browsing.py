"""Chromium on a real server of the page, for tests that look and press keys."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from models.annotation import Annotation
from tenfold.web import vendor
from tenfold.web.app import create_app
from tenfold.web.link import sign_in_link

if TYPE_CHECKING:
    from .conftest import Desk


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """The page's server, which can be stopped and started again on its port."""

    desk: "Desk"
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


@dataclass
class Looks:
    """A page that is watched for complaints."""

    page: Page
    server: Server
    complaints: list[str]


Visit = Callable[..., Looks]
"""A project, a path, and what the browser is like."""


def signed_in(context: BrowserContext, server: Server) -> Looks:
    """Open an empty page in a context of the browser; its person is signed in."""
    page = context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        blocked = "Service Worker registration blocked by Playwright" in message.text
        if message.type in {"error", "warning"} and not blocked:
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    context.request.get(sign_in_link(server.desk.settings, server.address), max_redirects=0)
    return Looks(page, server, complaints)


def answers(desk: "Desk") -> list[Annotation]:
    """Return what the person at the page has said, oldest first."""
    [person] = [p for p in desk.store.people.list() if p.role.value == "admin"]
    return list(reversed(desk.store.labeling.mine(desk.project.id, person.id, 100)))


def eventually(check: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.05)


def shown_image(page: Page) -> str:
    """Wait for an image; return its hash."""
    page.wait_for_selector(".stage-canvas img")
    source = page.locator(".stage-canvas img").first.get_attribute("src") or ""
    return source.split("/images/")[1].split("/")[0]


def until_shown(page: Page, sha: str) -> None:
    """Wait until an image is on the stage."""
    page.wait_for_function(f"sha => {SOURCE}.includes(sha)", arg=sha)


def until_another(page: Page, *seen: str) -> None:
    """Wait until the stage shows an image that is none of these, or is left."""
    page.wait_for_function(f"seen => !seen.some((sha) => {SOURCE}.includes(sha))", arg=list(seen))


SOURCE = "(document.querySelector('.stage-canvas img')?.src ?? '')"


needs_canvas = pytest.mark.skipif(
    not (vendor.REPOSITORY / "node_modules" / "@annotorious").exists(),
    reason="npm has installed no drawing canvas",
)


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where a place of the image, in shares of its width and height, is on the screen."""
    frame = page.locator(".stage-canvas").bounding_box()
    assert frame is not None
    return frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag on the image; places are shares of its width and height."""
    there = on_screen(page, *end)
    page.mouse.move(*on_screen(page, *start))
    page.mouse.down()
    page.mouse.move(*there, steps=8)
    page.mouse.up()
