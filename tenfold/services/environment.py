"""The environment that every process of one home shares, so that all use the same Prefect."""

import os
from pathlib import Path

from pydantic import SecretStr

from tenfold.services.state import read_state
from tenfold.settings import Settings, get_settings

PREFECT_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_WORKER_QUERY_SECONDS": "2",
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "tenfold.azure",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}
"""See docs/operations.md; a variable that is set already is left as it is."""

QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
"""Idle threads of a matrix product sleep instead of spinning: others share the machine."""


def environment(settings: Settings | None = None) -> dict[str, str]:
    """Return the variables that make a process use this home, its stores and its Prefect.

    Lay them over `os.environ`; the settings are made absolute, so that they hold in any
    working directory.
    """
    settings = settings or get_settings()
    defaults = {**PREFECT_DEFAULTS, **QUIET_THREADS}
    return {
        **{name: os.environ.get(name, value) for name, value in defaults.items()},
        **settings_variables(settings),
        "PREFECT_HOME": str(settings.home_dir / "prefect"),
        "PREFECT_API_URL": prefect_api(settings),
        "TENFOLD_PUBLIC_URL": page_url(settings),
    }


def prefect_api(settings: Settings) -> str:
    """Return the address of Prefect's API: PREFECT_API_URL, else the server that `up` started."""
    given = os.environ.get("PREFECT_API_URL")
    if given:
        return given.rstrip("/")
    state = read_state(settings)
    return state.prefect_api if state else f"http://127.0.0.1:{settings.prefect_port}/api"


def prefect_ui(settings: Settings) -> str:
    """Return the address of Prefect's pages."""
    return prefect_api(settings).removesuffix("/api")


def page_url(settings: Settings, port: int | None = None) -> str:
    """Return the address of the page as people reach it."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if port is None:
        state = read_state(settings)
        port = state.page_port if state else settings.port
    return local_address(settings, port)


def local_address(settings: Settings, port: int) -> str:
    """Return the address of the page as this machine reaches it."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def settings_variables(settings: Settings) -> dict[str, str]:
    """Return the variables that give another process these settings, in any working directory."""
    variables = {
        f"TENFOLD_{name.upper()}": _as_text(getattr(settings, name))
        for name in settings.model_fields_set
    }
    variables["TENFOLD_HOME"] = str(settings.home_dir)
    if settings.blobs and "://" not in settings.blobs:
        variables["TENFOLD_BLOBS"] = str(Path(settings.blobs).expanduser().resolve())
    return variables


def _as_text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
