"""`tenfold up`, `tenfold down` and what runs now."""

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models.record import now
from tenfold.errors import ServiceError
from tenfold.services.environment import page_url, prefect_api, settings_variables
from tenfold.services.processes import TOKEN_VARIABLE, ProcessMark, end, end_family
from tenfold.services.state import (
    Links,
    ServicesState,
    log_file,
    read_state,
    run_folder,
    state_file,
    write_state,
)
from tenfold.settings import Settings, get_settings

Report = Callable[[str], None]
"""Called with a sentence for people."""

START_SECONDS = 240.0
TRIES = 3
"""A service that ended this often before it ever answered has failed."""
LOG_LINES = 15


def up(settings: Settings | None = None, report: Report = lambda _: None) -> Links:
    """Start whatever doesn't run yet, and wait until all of it answers.

    Args:
        settings: of the home; those of this process by default.
        report: told what is being waited for.

    Returns:
        The addresses of the page and of Prefect.

    Raises:
        ServiceError: a service didn't start, with its last log lines.
    """
    settings = settings or get_settings()
    with _lock(settings):
        state = read_state(settings)
        if state is None or not state.supervisor.alive:
            _end_leftovers(state)
            _start_supervisor(settings)
    try:
        return _wait(settings, report).links
    except ServiceError:
        down(settings)
        raise


def down(settings: Settings | None = None) -> bool:
    """End all that `up` started, children included; return whether anything ran."""
    settings = settings or get_settings()
    with _lock(settings):
        state = read_state(settings)
        if state is None:
            return False
        supervisor = state.supervisor.find()
        if supervisor is not None:
            end([supervisor], grace_seconds=30)
        _end_leftovers(state)
        state_file(settings).unlink(missing_ok=True)
        return supervisor is not None


def status(settings: Settings | None = None) -> ServicesState | None:
    """Return what runs now; None where nothing does."""
    state = read_state(settings or get_settings())
    return state if state is not None and state.supervisor.alive else None


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    with (run_folder(settings) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _end_leftovers(state: ServicesState | None) -> None:
    if state is not None:
        end_family(state.token, grace_seconds=5)


def _start_supervisor(settings: Settings) -> None:
    _check_page_port(settings)
    token = secrets.token_hex(16)
    with log_file(settings, "supervisor").open("ab") as log:
        started = subprocess.run(
            (sys.executable, "-m", "tenfold.services.supervisor"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=settings.home_dir,
            env={**os.environ, **settings_variables(settings), TOKEN_VARIABLE: token},
            check=False,
        )
    if started.returncode != 0:
        raise _failure(settings, "supervisor", "didn't start")
    write_state(settings, _plan(settings, token, ProcessMark.of(int(started.stdout))))


def _plan(settings: Settings, token: str, supervisor: ProcessMark) -> ServicesState:
    own_prefect = not os.environ.get("PREFECT_API_URL")
    page_port = settings.port or _free_port()
    prefect_port = _port_or_free(settings.prefect_port) if own_prefect else None
    api = f"http://127.0.0.1:{prefect_port}/api" if own_prefect else prefect_api(settings)
    return ServicesState(
        token=token,
        supervisor=supervisor,
        links=Links(
            page=page_url(settings, page_port), prefect=api.rstrip("/").removesuffix("/api")
        ),
        prefect_api=api,
        own_prefect=own_prefect,
        page_port=page_port,
        prefect_port=prefect_port,
        started_at=now(),
        at=now(),
    )


def _check_page_port(settings: Settings) -> None:
    if settings.port and not _is_free(settings.port):
        raise ServiceError(
            f"Port {settings.port} of the page is taken by another program.",
            "Set TENFOLD_PORT to a free port, or to 0 for any.",
        )


def _port_or_free(port: int) -> int:
    return port if port and _is_free(port) else _free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(settings: Settings, report: Report) -> ServicesState:
    deadline = time.monotonic() + START_SECONDS
    said: set[str] = set()
    while time.monotonic() < deadline:
        state = read_state(settings)
        if state is None or not state.supervisor.alive:
            raise _failure(settings, "supervisor", "ended")
        for service in state.services:
            if service.ready and service.name not in said:
                said.add(service.name)
                report(f"{service.name} is ready")
            if not service.ready and service.exits >= TRIES:
                raise _failure(settings, service.name, f"ended {service.exits} times")
        if state.ready:
            return state
        time.sleep(0.1)
    waiting = [service.name for service in state.services if not service.ready] if state else []
    raise _failure(settings, waiting[0] if waiting else "supervisor", "doesn't answer")


def _failure(settings: Settings, name: str, what: str) -> ServiceError:
    path = log_file(settings, name)
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    last = "\n".join(f"  {line}" for line in lines[-LOG_LINES:])
    return ServiceError(f"{name} {what}. The last lines of {path}:\n{last}")
