"""`python -m tenfold.web`: the page's server."""

import argparse
import socket
from pathlib import Path
from typing import cast

import uvicorn
from fastapi import FastAPI

from tenfold.errors import ServiceError
from tenfold.settings import Settings, get_settings
from tenfold.web.app import create_app
from tenfold.web.link import sign_in_link


def address(settings: Settings, port: int) -> str:
    """Return where people reach the page."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_url or f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket.

    Raises:
        ServiceError: the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio sends each answer's parts at once: else the second one waits
    # for the browser's delayed acknowledgement of the first, 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"The page can't listen on {host}:{port}: {error.strerror}.", "Choose another port."
        ) from None
    return listener


class Server(uvicorn.Server):
    """A server that, told to stop, hangs up on pages that only listen."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop once what was asked is answered."""
        cast("FastAPI", self.config.app).state.live.close()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m tenfold.web")
    parser.add_argument("--port", type=int, default=None, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="where to write the port once it listens")
    chosen = parser.parse_args()
    settings = get_settings()
    app = create_app(settings)
    listener = listen(settings.host, settings.port if chosen.port is None else chosen.port)
    port = listener.getsockname()[1]
    print(f"tenfold's page: {sign_in_link(settings, address(settings, port))}", flush=True)  # noqa: T201 what it is for
    if chosen.port_file:
        chosen.port_file.write_text(str(port))
    server = Server(uvicorn.Config(app, log_level="warning"))
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
