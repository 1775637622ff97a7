"""A real Azurite for the session, each blob store by turns, and a network that fails."""

import http.client
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest

from tenfold.blobs import BlobStore, open_blobs
from tenfold.blobs.azurite import Azurite, program, running
from tenfold.settings import Settings

ROOT = Path(__file__).parents[3]
IN_CI = bool(os.environ.get("CI"))

Opener = Callable[[], BlobStore]


@pytest.fixture(scope="session")
def azurite_command() -> Path:
    command = program(ROOT)
    if command is None:
        message = "Azurite isn't there: run `npm ci`"
        (pytest.fail if IN_CI else pytest.skip)(message)
    return command


@pytest.fixture(scope="session")
def azurite(azurite_command: Path) -> Iterator[Azurite]:
    with running(azurite_command) as service:
        yield service


@pytest.fixture
def azure_settings(azurite: Azurite) -> Settings:
    container = f"test-{uuid.uuid4().hex[:12]}"
    return Settings(
        blobs=f"az://{container}/some/prefix", blob_connection_string=azurite.connection_string
    )


@pytest.fixture(params=["local", pytest.param("azure", marks=pytest.mark.azurite)])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Open the same store again, as another process would."""
    if request.param == "local":
        settings = Settings(blobs=str(tmp_path / "blobs"))
    else:
        settings = request.getfixturevalue("azure_settings")
    return lambda: open_blobs(settings)


@pytest.fixture
def blobs(reopen: Opener) -> BlobStore:
    return reopen()


_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


@dataclass
class Trouble:
    """What is to go wrong; changed while the proxy runs."""

    busy: int = 0
    """As many requests are answered with `busy_status`."""
    busy_status: int = 503
    lost_answers: int = 0
    """As many puts are done, and the connection is cut before the answer."""
    flipped: bool = False
    """Whether a bit of what is put changes on its way."""
    requests: list[str] = field(default_factory=list)
    azurite: Azurite = field(init=False)
    """Azurite as it is seen through the proxy."""
    lock: Lock = field(default_factory=Lock)

    def take(self, name: str) -> bool:
        with self.lock:
            left = getattr(self, name)
            setattr(self, name, max(0, left - 1))
            return bool(left)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    trouble: Trouble
    port: int

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        checksum = self.headers.get("Content-MD5") or ""
        self.trouble.requests.append(f"{self.command} {self.path} {checksum}")
        if self.trouble.take("busy"):
            self.send_response(self.trouble.busy_status, "Server Busy")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.trouble.flipped and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        self._forward(body)

    def _forward(self, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if (
            self.command == "PUT"
            and "restype" not in self.path
            and self.trouble.take("lost_answers")
        ):
            self.close_connection = True
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP | {"content-length"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(length or 0))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = do_DELETE = handle_any  # noqa: N815


@pytest.fixture
def trouble(azurite: Azurite) -> Iterator[Trouble]:
    """A proxy before Azurite, and what is to go wrong in it."""
    trouble = Trouble()
    handler = type("Handler", (_Handler,), {"trouble": trouble, "port": azurite.port})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        trouble.azurite = Azurite(server.server_port)
        yield trouble
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
