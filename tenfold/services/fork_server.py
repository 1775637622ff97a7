"""Starts flow runs as forks of a process that has imported what they need, on Linux.

A flow run's process spends seconds on imports before it does anything. A worker therefore splits
off a *fork server* before it begins its own work: a process with one thread that imports what flow
runs will use, and forks whenever the worker asks. A fork takes on the environment and the folder
that it was asked to run in and then does what `python -m prefect.engine` does, to the interpreter's
own end, so that exit codes, signals and what is printed are those of a process of its own.

Two processes talk in lines of JSON over a pair of sockets: orders to fork one way, what became of
the forks the other way. When the worker is gone, the server ends; its forks go on.
"""

import contextlib
import gc
import importlib
import os
import runpy
import select
import socket
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Never

from models.record import Record
from tenfold.settings import get_settings

ENGINE = "prefect.engine"
"""The module that executes the flow run which PREFECT__FLOW_RUN_ID names."""

RUN_VARIABLE = "PREFECT__FLOW_RUN_ID"
NO_RUN = "0" * 8 + "-0000-0000-0000-" + "0" * 12
"""Stands in a worker's first environment, where a fork's run is written for others to read."""

READ_BYTES = 1 << 16


class Order(Record):
    """What the worker asks for: one flow run."""

    run: str
    """Id of the flow run."""
    env: dict[str, str]
    """The whole environment."""
    folder: str
    """Where it begins to work."""


class Begun(Record):
    """A fork was made."""

    run: str
    pid: int


class Ended(Record):
    """A fork has ended."""

    pid: int
    code: int
    """Exit code; of a signal its number, negative."""


class Said(Record):
    """A line from the server."""

    begun: Begun | None = None
    ended: Ended | None = None


def can_fork() -> bool:
    """Whether runs can be forked here: by what Linux has, from a process with one thread."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old kernel, or a container that forbids it
        return False
    return threads() == 1


def threads() -> int:
    """Return how many threads this process has, those of libraries included."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def start(modules: Sequence[str]) -> socket.socket | None:
    """Split a fork server off this process; return the worker's end, None where it can't be.

    Comes back in the worker only; a fork ends with the interpreter, by SystemExit or whatever the
    engine raises.

    Args:
        modules: imported by the server, in this order, once the worker says so by an empty line
            and while nothing else is asked of it.
    """
    if not can_fork():
        return None
    sys.stdout.flush()
    sys.stderr.flush()
    ours, theirs = socket.socketpair()
    if os.fork():
        theirs.close()
        return ours
    ours.close()
    return _execute(ForkServer(theirs, modules).serve())


class ForkServer:
    """The server's side."""

    def __init__(self, worker: socket.socket, modules: Sequence[str]) -> None:
        """Prepare it.

        Args:
            worker: to which it listens.
            modules: to be imported.
        """
        self._worker = worker
        self._wanted = list(modules)
        self._forks: dict[int, int] = {}
        """Process ids by the file descriptors that tell of their end."""
        self._unread = b""
        self._may_import = False

    def serve(self) -> Order:
        """Fork as the worker asks; returns in each fork, with what it is to do."""
        while True:
            told, imports = [self._worker.fileno(), *self._forks], self._may_import and self._wanted
            ready, _, _ = select.select(told, [], [], 0 if imports else None)
            for descriptor in ready:
                if descriptor in self._forks:
                    self._bury(descriptor)
                elif order := self._take_orders():
                    return order
            if imports and not ready:
                self._import(self._wanted.pop(0))

    def _take_orders(self) -> Order | None:
        received = self._worker.recv(READ_BYTES)
        if not received:
            os._exit(0)  # the worker is gone; what it would do at its end is not ours
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            if not line:
                self._may_import = True
                continue
            order = Order.model_validate_json(line)
            if self._fork(order.run) == 0:
                return order
        return None

    def _fork(self, run: str) -> int:
        pid = os.fork()
        if pid == 0:
            self._forget()
            return 0
        self._forks[os.pidfd_open(pid)] = pid
        self._say(Said(begun=Begun(run=run, pid=pid)))
        return pid

    def _forget(self) -> None:
        for descriptor in self._forks:
            os.close(descriptor)
        self._worker.close()

    def _bury(self, descriptor: int) -> None:
        pid = self._forks.pop(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(pid, 0)
        self._say(Said(ended=Ended(pid=pid, code=os.waitstatus_to_exitcode(status))))

    def _say(self, said: Said) -> None:
        try:
            self._worker.sendall(said.model_dump_json().encode() + b"\n")
        except OSError:
            os._exit(0)

    def _import(self, name: str) -> None:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001  # a run that needs it says so in its own log
            traceback.print_exc()
        if not stays_alone():
            print(f"{name} leaves a thread running: runs aren't forked.", file=sys.stderr)  # noqa: T201
            os._exit(1)
        if not self._wanted:
            gc.collect()
            gc.freeze()  # what is imported stays; forks share its memory


def stays_alone() -> bool:
    """Whether a fork of this process is made with one thread.

    OpenBLAS starts threads when it is loaded, and ends them itself before each fork.
    """
    if threads() == 1:
        return True
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return threads() == 1


def _execute(order: Order) -> Never:
    """Do what `python -m prefect.engine` does in an order's environment and folder."""
    show_run(order.run)
    get_settings.cache_clear()
    os.environ.clear()
    os.environ.update(order.env)
    os.chdir(order.folder)
    sys.path[0] = order.folder
    sys.argv = [ENGINE]
    if "numpy.random" in sys.modules:  # else all forks would draw the same
        sys.modules["numpy.random"].seed()
    sys.modules.pop(ENGINE, None)
    runpy.run_module(ENGINE, run_name="__main__", alter_sys=True)
    sys.exit(0)


def show_run(run: str) -> None:
    """Have a fork's environment, as others see it, name its flow run.

    `/proc/PID/environ` is what the process was started with, so the worker leaves room for it.
    """
    with contextlib.suppress(OSError, ValueError):
        seen = Path("/proc/self/environ").read_bytes()
        at = (b"\0" + seen).index(f"\0{RUN_VARIABLE}={NO_RUN}\0".encode())
        begins = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[47])
        with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
            memory.seek(begins + at + len(RUN_VARIABLE) + 1)
            memory.write(run.encode()[: len(NO_RUN)])
