"""How a worker has flow runs forked instead of starting a new interpreter for each.

Prefect's process worker starts each flow run by one function, `run_process`; this one takes its
place where the run is one of the plain kind: the engine's command, the worker's own interpreter,
environment and output. Whatever differs is started as Prefect does it, and so are all runs once
the fork server is gone or other code was installed. What Prefect does before, meanwhile and
afterwards stays as it is.
"""

import asyncio
import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import tenfold
from tenfold.services.fork_server import ENGINE, RUN_VARIABLE, Order, Said

OF_A_RUN = "PREFECT__"
"""Variables that begin so say which flow run it is; they are in no setting."""

OUR_PACKAGES = ("flows", "tasks", "models", "tenfold")

LOST = 255
"""Exit code of a fork whose end nobody has seen, since the fork server ended before."""


class RunProcess(Protocol):
    """Prefect's `run_process`."""

    async def __call__(self, command: list[str], **options: Any) -> Any:
        """Run a process to its end."""
        ...


@dataclass
class Fork:
    """A flow run's process, for Prefect to look at and to kill."""

    pid: int
    returncode: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, code: int) -> None:
        """Note how it ended."""
        self.returncode = code
        self.ended.set()

    def kill(self) -> None:
        """End it at once, if it hasn't."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Forking:
    """The worker's side of a fork server."""

    def __init__(self, server: socket.socket, base: Mapping[str, str]) -> None:
        """Prepare it; made inside the worker's event loop.

        Args:
            server: as of `fork_server.start`.
            base: environment that runs share: one that differs isn't forked.
        """
        self._server = server
        self._installed = installed()
        self._base = _without_run(base) if is_text(base) else None
        self._begun: dict[str, asyncio.Future[Fork]] = {}
        self._forks: dict[int, Fork] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Begin to hear what becomes of forks."""
        reader, self._writer = await asyncio.open_connection(sock=self._server)
        self._listening = asyncio.create_task(self._hear(reader))

    def load(self) -> None:
        """Have the server load what runs need; until then it leaves the machine to others."""
        if self._writer is not None:
            self._writer.write(b"\n")

    def takes(self, command: list[str], options: Mapping[str, Any]) -> bool:
        """Whether a process can be a fork and nobody sees a difference."""
        env = options.get("env")
        known = {"env", "cwd", "stream_output", "task_status", "task_status_handler"}
        return (
            self._writer is not None
            and not self._writer.is_closing()
            and set(options) <= known
            and options.get("stream_output") is True
            and options.get("cwd") is not None
            and env is not None
            and RUN_VARIABLE in env
            and installed() == self._installed
            and _without_run(env) == self._base
            and is_engine(command, env)
        )

    async def fork(self, env: Mapping[str, str], folder: Path | str) -> Fork:
        """Have a flow run forked.

        Raises:
            ConnectionError: the server ended before it said that it did.
        """
        assert self._writer is not None
        order = Order(run=env[RUN_VARIABLE], env=dict(env), folder=str(folder))
        begun: asyncio.Future[Fork] = asyncio.get_running_loop().create_future()
        self._begun[order.run] = begun
        self._writer.write(order.model_dump_json().encode() + b"\n")
        try:
            return await asyncio.shield(begun)
        except asyncio.CancelledError:
            begun.add_done_callback(_kill_begun)  # it was asked for, and may begin any moment
            raise

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._take(Said.model_validate_json(line))
        except Exception:  # noqa: BLE001  # whatever it is, nobody may wait for ever
            traceback.print_exc()
        await self._lose()

    def _take(self, said: Said) -> None:
        if said.begun is not None:
            fork = self._forks[said.begun.pid] = Fork(said.begun.pid)
            self._begun.pop(said.begun.run).set_result(fork)
        if said.ended is not None:
            self._forks.pop(said.ended.pid).end(said.ended.code)

    async def _lose(self) -> None:
        """Wait for the forks themselves; what the engine tells Prefect of its end still counts."""
        assert self._writer is not None
        self._writer.close()
        for waiting in self._begun.values():
            waiting.set_exception(ConnectionError("The fork server has ended."))
        self._begun.clear()
        waits = [asyncio.to_thread(_wait_for, fork.pid) for fork in self._forks.values()]
        await asyncio.gather(*waits)
        for fork in self._forks.values():
            fork.end(LOST)
        self._forks.clear()


def install(forking: Forking, starter: ModuleType) -> None:
    """Have a module of Prefect's that starts processes fork those that can be.

    Args:
        forking: the worker's.
        starter: `prefect.runner._starter_engine`, whose `run_process` may be replaced, it says.
    """
    cold: RunProcess = starter.run_process

    async def run_process(command: list[str], **options: Any) -> Any:
        if not forking.takes(command, options):
            return await cold(command, **options)
        return await run_fork(forking, **options)

    starter.run_process = run_process  # type: ignore[attr-defined]


async def run_fork(forking: Forking, **options: Any) -> Fork:
    """Run a fork to its end, as Prefect's `run_process` runs a process; killed when cancelled."""
    import anyio

    with anyio.CancelScope(shield=True):
        fork = await forking.fork(options["env"], options["cwd"])
    status, handle = options.get("task_status"), options.get("task_status_handler")
    try:
        if status is not None:
            status.started(handle(fork) if handle else fork.pid)
        await fork.ended.wait()
    except BaseException:
        fork.kill()
        with anyio.CancelScope(shield=True):
            await fork.ended.wait()
        raise
    return fork


def installed() -> frozenset[tuple[str, int]]:
    """Return what tells whether other code was installed: forks would run a mixture of both.

    All modules of ours with the time at which each was written, and the folders in which
    installers put packages.
    """
    code = Path(tenfold.__file__).parent.parent
    ours = (path for name in OUR_PACKAGES for path in (code / name).rglob("*.py"))
    folders = (Path(each) for each in sys.path if each.endswith("-packages"))
    return frozenset((str(path), _written(path)) for path in (*ours, *folders))


def _written(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


def is_engine(command: list[str], env: Mapping[str, str]) -> bool:
    """Whether a command is Prefect's engine by this interpreter."""
    program, *arguments = command
    found = shutil.which(program, path=env.get("PATH"))
    return (
        arguments == ["-m", ENGINE]
        and found is not None
        and Path(found).parent == Path(sys.executable).parent
    )


def is_text(env: Mapping[str, str]) -> bool:
    """Whether an environment can be told in JSON: not every byte that may stand in one can."""
    try:
        "".join(f"{name}{value}" for name, value in env.items()).encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_run(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith(OF_A_RUN)}


def _kill_begun(begun: asyncio.Future[Fork]) -> None:
    if begun.exception() is None:
        begun.result().kill()


def _wait_for(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            select.select([descriptor], [], [])
        finally:
            os.close(descriptor)
