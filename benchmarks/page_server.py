"""The page's server as people start it, for benchmarks."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STARTING = 60.0
"""Seconds after which it should answer."""


@contextmanager
def page_server(
    home: Path, settings: Mapping[str, str]
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run `python -m tenfold.web` until the block ends; yield its port and process.

    Args:
        home: folder for its log and its port.
        settings: variables of its environment beside this process's own.

    Raises:
        RuntimeError: it doesn't answer in time, with what it logged.
    """
    port_file, log_file = home / "port", home / "server.log"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tenfold.web", "--port", "0", "--port-file", str(port_file)]
    with log_file.open("w") as log:
        server = subprocess.Popen(  # noqa: S603 -- our own page
            command, env={**os.environ, **settings}, stdout=log, stderr=log
        )
    try:
        yield _answering(server, port_file, log_file), server
    finally:
        server.terminate()
        server.wait(30)


def _answering(server: "subprocess.Popen[bytes]", port_file: Path, log_file: Path) -> int:
    deadline = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            port = int(port_file.read_text())
            urllib.request.urlopen(f"http://127.0.0.1:{port}/signin", timeout=2).close()
            return port
        time.sleep(0.1)
    raise RuntimeError(log_file.read_text())
