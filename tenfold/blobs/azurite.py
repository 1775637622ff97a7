"""Azurite, Microsoft's storage emulator: Azure's blobs without Azure, for tests and trials."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenfold.errors import ServiceError

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Well known: every Azurite has it (learn.microsoft.com, "Use the Azurite emulator")."""

_WAIT_SECONDS = 60
_PROGRAM = Path("node_modules/.bin/azurite-blob")


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite."""

    port: int
    scheme: str = "http"

    @property
    def account_url(self) -> str:
        """Address of the account."""
        return f"{self.scheme}://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """What `TENFOLD_BLOB_CONNECTION_STRING` should be."""
        return (
            f"DefaultEndpointsProtocol={self.scheme};AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={self.account_url};"
        )


def program(root: Path) -> Path | None:
    """Return Azurite's command as `npm ci` puts it into the repository; None: it isn't there."""
    found = root / _PROGRAM
    return found if found.exists() else None


@contextmanager
def running(
    command: Path, *, scheme: str = "http", options: Sequence[str] = ()
) -> Iterator[Azurite]:
    """Run Azurite's blob service in memory on a free port, until the block ends.

    Args:
        command: as `program` found it.
        scheme: `https` where the options name a certificate.
        options: further options of Azurite.

    Raises:
        ServiceError: it doesn't start.
    """
    port = free_port()
    arguments = [
        str(command), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence",
        "--silent", "--disableTelemetry", "--skipApiVersionCheck", *options,
    ]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 the command is the repository's own
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port, process)
            yield Azurite(port, scheme)
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise ServiceError("Azurite doesn't start.", "Run `npm ci` with Node.js 22 or newer.")
