"""What `tenfold up` started: the record that up, down, status and the supervisor share."""

import contextlib
import os
import time
from pathlib import Path

from pydantic import ValidationError

from models.record import Moment, Record, now
from tenfold.services.processes import ProcessMark
from tenfold.settings import Settings


class Links(Record):
    """Where people find what runs."""

    page: str
    """Address of the page, without a slash at its end."""
    prefect: str
    """Address of Prefect's own pages; flow runs are under `/runs/flow-run/ID`."""


class ServiceState(Record):
    """One service, as the supervisor sees it."""

    name: str
    process: ProcessMark | None = None
    ready: bool = False
    exits: int = 0
    """How often it ended by itself since it was last ready."""
    starts: int = 0
    last_exit: int | None = None


class ServicesState(Record):
    """All services of one `tenfold up`."""

    token: str
    """Stands in the environment of every process that descends from the supervisor."""
    supervisor: ProcessMark
    links: Links
    prefect_api: str
    own_prefect: bool
    """Whether the Prefect server was started here, rather than found by PREFECT_API_URL."""
    page_port: int
    prefect_port: int | None = None
    services: tuple[ServiceState, ...] = ()
    started_at: Moment
    at: Moment

    @property
    def ready(self) -> bool:
        """Whether every service answers."""
        return bool(self.services) and all(service.ready for service in self.services)

    def with_services(self, services: tuple[ServiceState, ...]) -> "ServicesState":
        """Return this state with the services as they are now."""
        return self.model_copy(update={"services": services, "at": now()})


def run_folder(settings: Settings) -> Path:
    """Return the folder of the state file, made where it is missing."""
    folder = settings.home_dir / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def state_file(settings: Settings) -> Path:
    """Return where the state is kept."""
    return settings.home_dir / "run" / "services.json"


def log_file(settings: Settings, name: str) -> Path:
    """Return where a service writes what it says."""
    folder = settings.home_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def ready_file(settings: Settings, name: str) -> Path:
    """Return where a service without an address puts its process id once it is ready."""
    return run_folder(settings) / f"{name}.ready"


def nudge(settings: Settings) -> None:
    """Tell the workers of this home that a run was scheduled just now, so that they look at once.

    Nothing depends on it: they look by themselves every other second.
    """
    with contextlib.suppress(OSError):
        (run_folder(settings) / "nudge").write_text(str(time.time_ns()))


def last_nudge(settings: Settings) -> int:
    """Return a number that changes with each nudge."""
    try:
        return (settings.home_dir / "run" / "nudge").stat().st_mtime_ns
    except OSError:
        return 0


def read_state(settings: Settings) -> ServicesState | None:
    """Return what was started last; None where nothing was, or the file is of another version."""
    try:
        return ServicesState.model_validate_json(state_file(settings).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_state(settings: Settings, state: ServicesState) -> None:
    """Replace the state file; readers see the old one or the new one, whole."""
    path = run_folder(settings) / "services.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(state.model_dump_json(indent=2))
    draft.replace(path)
