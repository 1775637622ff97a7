"""Starts the services, starts them again when they end, until it is told to end them.

`python -m tenfold.services.supervisor`, started by `tenfold up` in a session of its own.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tenfold.services.catalog import Service, services
from tenfold.services.environment import environment
from tenfold.services.processes import TOKEN_VARIABLE, ProcessMark, end_family
from tenfold.services.state import (
    ServicesState,
    ServiceState,
    log_file,
    read_state,
    ready_file,
    write_state,
)
from tenfold.settings import Settings, get_settings

POLL_SECONDS = 0.2
HEALTH_SECONDS = 5.0
"""How often a service that was ready is asked again."""
LONGEST_PAUSE = 30.0
STATE_SECONDS = 10.0
"""How long it waits for `up` to write the state that names it."""
LOG_BYTES = 20_000_000
"""A log that has grown beyond this is begun anew; the last one is kept beside it."""


@dataclass
class Supervised:
    """One service and its process."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    mark: ProcessMark | None = None
    ready: bool = False
    exits: int = 0
    starts: int = 0
    last_exit: int | None = None
    start_at: float = 0.0
    ask_at: float = 0.0

    @property
    def finished(self) -> bool:
        """Whether it was to run once and did."""
        return self.service.once and self.ready

    def state(self) -> ServiceState:
        """Return what the state file says of it."""
        return ServiceState(
            name=self.service.name,
            process=self.mark,
            ready=self.ready,
            exits=self.exits,
            starts=self.starts,
            last_exit=self.last_exit,
        )


@dataclass
class Supervisor:
    """Keeps the services of one home alive."""

    settings: Settings
    state: ServicesState
    supervised: list[Supervised] = field(default_factory=list)
    ending: bool = False

    def run(self) -> None:
        """Work until SIGTERM, then end every process that descends from here."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self.supervised = [Supervised(s) for s in services(self.settings, self.state)]
        try:
            while not self.ending:
                self._look()
                time.sleep(POLL_SECONDS)
        finally:
            end_family(self.state.token, grace_seconds=5)

    def _end(self, *_: object) -> None:
        self.ending = True

    def _look(self) -> None:
        for item in self.supervised:
            self._tend(item)
        now_so = tuple(item.state() for item in self.supervised)
        if now_so != self.state.services:
            self.state = self.state.with_services(now_so)
            write_state(self.settings, self.state)

    def _tend(self, item: Supervised) -> None:
        if item.process is None:
            if not item.finished and time.monotonic() >= item.start_at:
                self._start(item)
            return
        code = item.process.poll()
        if code is not None:
            _ended(item, code)
        elif not item.service.once and time.monotonic() >= item.ask_at:
            _ask(item)

    def _start(self, item: Supervised) -> None:
        name = item.service.name
        ready_file(self.settings, name).unlink(missing_ok=True)
        path = log_file(self.settings, name)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            item.process = subprocess.Popen(  # noqa: S603  # our own modules
                item.service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.settings.home_dir,
                env={
                    **os.environ,
                    **environment(self.settings),
                    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                    "PYTHONUNBUFFERED": "1",
                    TOKEN_VARIABLE: self.state.token,
                    **item.service.variables,
                },
            )
        item.starts += 1
        item.mark = ProcessMark.of(item.process.pid)


def _ended(item: Supervised, code: int) -> None:
    if item.service.once and code == 0:
        item.ready = True
    else:
        item.exits = 1 if item.ready else item.exits + 1
        item.ready = False
        item.start_at = time.monotonic() + min(LONGEST_PAUSE, 0.5 * 2 ** min(item.exits - 1, 6))
    item.last_exit = code
    item.process = item.mark = None


def _ask(item: Supervised) -> None:
    assert item.process is not None
    item.ready = item.service.ready(item.process.pid) or item.ready
    item.ask_at = time.monotonic() + (HEALTH_SECONDS if item.ready else POLL_SECONDS)


def detach() -> None:
    """Go on as a process of its own session, whose id the caller reads from standard output."""
    child = os.fork()
    if child:
        os.write(1, str(child).encode())
        os._exit(0)
    os.setsid()
    os.dup2(2, 1)


def main() -> None:
    """Supervise what the state file of this home names."""
    settings = get_settings()
    detach()
    deadline = time.monotonic() + STATE_SECONDS
    while time.monotonic() < deadline:
        state = read_state(settings)
        if state is not None and state.token == os.environ.get(TOKEN_VARIABLE):
            Supervisor(settings, state).run()
            return
        time.sleep(0.02)
    raise SystemExit("The supervisor is started by `tenfold up`.")


if __name__ == "__main__":
    main()
