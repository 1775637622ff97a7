"""The page's server as people start it, and what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.page_server import page_server

from .filling import CLASSES, NAME
from .http import Connection
from .labelers import Labeler

HELD = 12
"""Images that the page leases ahead where they come one by one (`pages.js`)."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens on this machine."""

    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """CPU seconds of the server and its children so far."""
        return sum(
            sum(each.cpu_times()[:2])
            for each in (self.process, *self.process.children(recursive=True))
        )

    def memory(self) -> float:
        """Resident memory in MB."""
        every = (self.process, *self.process.children(recursive=True))
        return float(sum(each.memory_info().rss for each in every)) / 1e6


@contextmanager
def running(url: str, home: Path) -> Iterator[Served]:
    """Run `python -m tenfold.web` until the block ends."""
    settings = {"TENFOLD_HOME": str(home), "TENFOLD_DATABASE_URL": url}
    with page_server(home, settings) as (port, server):
        yield Served(port, psutil.Process(server.pid))


def labeler(port: int, token: str, number: int, hold: int = HELD) -> Labeler:
    """Return a labeler who works through the page's HTTP API, as the page does.

    Args:
        port: of the server on this machine.
        token: a personal token.
        number: of the labeler; decides the class of all their answers.
        hold: images leased ahead; with fewer than two thirds of them in hand, more are asked for.
    """
    line = Connection("127.0.0.1", port, {"Authorization": f"Bearer {token}"})
    held: dict[str, str] = {}

    def in_hand() -> str | None:
        return next(iter(held)) if held and 3 * len(held) >= 2 * hold else None

    async def take() -> str | None:
        status, lease = await line.call("POST", f"/api/projects/{NAME}/lease", {"count": hold})
        if status == 200:
            held.clear()
            held.update((item["sha256"], item["round_id"]) for item in lease["items"])
        return next(iter(held), None)

    async def answer(image: str) -> bool:
        body = {
            "key": f"{number:03d}-{image[-40:]}",
            "round_id": held.pop(image),
            "sha256": image,
            "value": {"kind": "class", "label": CLASSES[number % len(CLASSES)]},
            "seconds": 2.0,
            "classes_version": 1,
        }
        status, outcomes = await line.call("POST", f"/api/projects/{NAME}/answers/batch", [body])
        return status == 200 and outcomes[0]["annotation"] is not None

    return Labeler(take, answer, in_hand)
