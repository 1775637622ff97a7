"""What is known of a job that has failed: the end of its log, and what Azure says."""

import json
from typing import Any

from tenfold.azure.resource_manager import ask, read
from tenfold.azure.workspace import describe_workspace, workspace_id
from tenfold.errors import ServiceError
from tenfold.settings import Settings

_LOG = "user_logs/std_log.txt"
_LINES = 20


def last_words(settings: Settings, name: str) -> str:
    """Return the last lines of a job's log, and Azure's own sentence about its end."""
    try:
        details = _run(settings, name)
        error = ((details.get("error") or {}).get("error") or {}).get("message") or ""
        return "\n".join([*_end_of_log(details.get("logFiles") or {}), str(error)]).strip()
    except ServiceError as failure:
        return f"The log can't be read now: {failure}"


def _run(settings: Settings, name: str) -> dict[str, Any]:
    """Return what the workspace's run history says of a job."""
    found = describe_workspace(settings)
    services = json.loads(read(str(found.discovery_url), "the workspace's services"))
    path = f"/history/v1.0{workspace_id(settings)}/runs/{name}/details"
    return ask(path, f"history of {name}", base=services["api"]).content


def _end_of_log(files: dict[str, str]) -> list[str]:
    if _LOG not in files:
        return []
    text = read(files[_LOG], "the job's log")
    return [line for line in text.splitlines() if line.strip()][-_LINES:]
