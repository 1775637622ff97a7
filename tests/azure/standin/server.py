"""An https server that hands requests to the service, or has them meet a fault."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.azure.standin.messages import Answer, Request
from tests.azure.standin.tls import Tls

if TYPE_CHECKING:
    from tests.azure.standin.routes import Service


class Handler(BaseHTTPRequestHandler):
    """Reads a request, writes its answer."""

    protocol_version = "HTTP/1.1"
    service: "Service"
    date_shift = 0.0
    """Seconds that the server's clock is wrong."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def handle_any(self) -> None:
        request = self._read()
        faults = self.service.faults
        answer = faults.before(request) or self.service.answer(request)
        if faults.loses(request):
            self.close_connection = True
            return
        self._write(answer)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time as the server believes it to be."""
        import time

        return super().date_time_string((timestamp or time.time()) + type(self).date_shift)

    def _read(self) -> Request:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        return Request(
            self.command, unquote(url.path).rstrip("/"), dict(parse_qsl(url.query)), headers, body
        )

    def _write(self, answer: Answer) -> None:
        content = answer.encoded()
        self.send_response(answer.status)
        text = isinstance(answer.content, str)
        self.send_header("Content-Type", "text/plain" if text else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815


class Server(ThreadingHTTPServer):
    """Serves each connection in a thread; a client that goes away is no news."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet."""


@contextmanager
def listening(tls: Tls) -> Iterator[tuple[str, type[Handler]]]:
    """Listen on a free port; yields the address, and the handler that wants its service."""
    handler = type("StandInHandler", (Handler,), {})
    server = Server(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", handler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
