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


def labeler(port: int, token: str, number: int) -> Labeler:
    """Return a labeler who works through the page's HTTP API."""
    line = Connection("127.0.0.1", port, {"Authorization": f"Bearer {token}"})
    rounds: dict[str, str] = {}

    async def take() -> str | None:
        status, lease = await line.call("POST", f"/api/projects/{NAME}/lease", {"count": 1})
        if status != 200 or not lease["items"]:
            return None
        item = lease["items"][0]
        rounds[item["sha256"]] = item["round_id"]
        return str(item["sha256"])

    async def answer(image: str) -> bool:
        body = {
            "key": f"{number:03d}-{image[-40:]}",
            "round_id": rounds.pop(image),
            "sha256": image,
            "value": {"kind": "class", "label": CLASSES[number % len(CLASSES)]},
            "seconds": 2.0,
            "classes_version": 1,
        }
        status, _ = await line.call("POST", f"/api/projects/{NAME}/answers", body)
        return status == 201

    return Labeler(take, answer)
