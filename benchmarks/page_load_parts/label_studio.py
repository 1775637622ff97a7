"""The peer: Label Studio as it is delivered, in an environment of its own."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import make_url

from .filling import CLASSES
from .http import Connection
from .labelers import Labeler
from .serving import Served

VERSION = "1.23.2"
HOME = Path("~/.cache/tenfold-bench").expanduser() / f"label-studio-{VERSION}"
ADMIN, PASSWORD, TOKEN = "admin@example.com", "made-up", "made-up-token-of-this-benchmark"
STARTING = 600.0
"""Seconds for its migrations and start."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server with a project, and its labelers."""

    served: Served
    project: int
    tokens: list[str]
    imported: float
    """Seconds that its import of the tasks took."""

    def hire(self, number: int) -> Labeler:
        """Return a labeler with connections of their own."""
        return _labeler(self.served.port, self.project, self.tokens[number])


@dataclass(frozen=True, slots=True)
class Started:
    """A running server on an empty database."""

    port: int
    process: "subprocess.Popen[bytes]"
    python: str
    settings: dict[str, str]
    """The environment that it runs in."""


@contextmanager
def started(url: str, home: Path, more: Mapping[str, str] | None = None) -> Iterator[Started]:
    """Install it if need be and start it on an empty database.

    Args:
        url: of the database.
        home: folder for its files.
        more: variables of its environment beside those for its database and files.
    """
    python = _installed()
    settings = {**os.environ, **_database(url, home), "LABEL_STUDIO_BASE_DATA_DIR": str(home)}
    settings |= more or {}
    port = _free_port()
    command = [python, "-m", "label_studio.server", "start", "--no-browser", "--port", str(port)]
    command += ["--username", ADMIN, "--password", PASSWORD, "--user-token", TOKEN]
    command += ["--enable-legacy-api-token", "--log-level", "ERROR"]
    with (home / "label-studio.log").open("w") as log:
        server = subprocess.Popen(command, env=settings, stdout=log, stderr=log)  # noqa: S603
    try:
        _wait(server, port, home / "label-studio.log")
        yield Started(port, server, python, settings)
    finally:
        server.terminate()
        server.wait(60)


@contextmanager
def running(url: str, home: Path, images: int, labelers: int) -> Iterator[Peer]:
    """Start it and fill a project."""
    with started(url, home) as server:
        tokens = _people(server.python, server.settings, labelers)
        project, imported = _project(server.port, images)
        served = Served(server.port, psutil.Process(server.process.pid))
        yield Peer(served, project, tokens, imported)


def _installed() -> str:
    python = HOME / "bin" / "python"
    if not (HOME / "ready").exists():
        print(f"· installing Label Studio {VERSION} into {HOME}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)  # noqa: S603
        wanted = f"label-studio=={VERSION}"
        subprocess.run([str(python), "-m", "pip", "install", "-q", wanted], check=True)  # noqa: S603
        (HOME / "ready").touch()
    return str(python)


def _database(url: str, home: Path) -> dict[str, str]:
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return {"DJANGO_DB": "sqlite", "DATABASE_NAME": str(home / "label-studio.sqlite3")}
    given = {
        "USER": parts.username,
        "PASSWORD": parts.password,
        "NAME": parts.database,
        "HOST": parts.host,
        "PORT": parts.port or 5432,
    }
    named = {f"POSTGRE_{name}": str(value or "") for name, value in given.items()}
    return {"DJANGO_DB": "default", **named}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(1)
    raise RuntimeError(f"Label Studio did not start:\n{log.read_text()[-3000:]}")


def _people(python: str, settings: dict[str, str], count: int) -> list[str]:
    script = Path(__file__).with_name("label_studio_people.py")
    # -P: modules of this folder have the names of modules that Label Studio imports.
    command = [python, "-P", str(script), str(count)]
    made = subprocess.run(command, env=settings, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return [line.split()[1] for line in made.stdout.splitlines() if line.startswith("token ")]


@contextmanager
def new_project(port: int) -> Iterator[tuple[httpx.Client, int]]:
    """Make a project of one class an image; yield its owner's connection, and its number."""
    choices = "".join(f'<Choice value="{name}"/>' for name in CLASSES)
    form = (
        '<View><Image name="image" value="$image"/>'
        f'<Choices name="class" toName="image">{choices}</Choices></View>'
    )
    headers = {"Authorization": f"Token {TOKEN}"}
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=STARTING
    ) as line:
        made = line.post("/api/projects/", json={"title": "load", "label_config": form})
        yield line, int(made.raise_for_status().json()["id"])


def _project(port: int, images: int) -> tuple[int, float]:
    tasks = [{"data": {"image": f"/photos/{number}.jpg"}} for number in range(images)]
    with new_project(port) as (line, project):
        began = time.perf_counter()
        line.post(f"/api/projects/{project}/import", json=tasks).raise_for_status()
        return project, time.perf_counter() - began


def _labeler(port: int, project: int, token: str) -> Labeler:
    line = Connection("127.0.0.1", port, {"Authorization": f"Token {token}"})
    choice = {"from_name": "class", "to_name": "image", "type": "choices"}
    result = [{**choice, "value": {"choices": [CLASSES[0]]}}]

    async def take() -> str | None:
        status, task = await line.call("GET", f"/api/projects/{project}/next")
        return str(task["id"]) if status == 200 else None

    async def answer(image: str) -> bool:
        body: dict[str, Any] = {"result": result, "lead_time": 2.0}
        status, _ = await line.call("POST", f"/api/tasks/{image}/annotations/", body)
        return bool(status == 201)

    return Labeler(take, answer)


def stored(peer: Peer) -> int:
    """Count the annotations that the server says it has."""

    async def ask() -> int:
        line = Connection("127.0.0.1", peer.served.port, {"Authorization": f"Token {TOKEN}"})
        _, found = await line.call("GET", "/api/projects/")
        return sum(int(each["total_annotations_number"]) for each in found["results"])

    return asyncio.run(ask())
