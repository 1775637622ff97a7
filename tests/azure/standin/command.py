"""A command job as a local process: its code, its command line, what its machine gives it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from tenfold.blobs.azurite import Azurite
from tests.azure.standin import code
from tests.azure.standin.documents import Documents
from tests.azure.standin.identity import SECRET

_DATASTORE = re.compile(r"^azureml://(?:.*/)?datastores/(?P<store>[^/]+)/paths/(?P<path>.*)$")
_PLACE = re.compile(r"\$\{\{(inputs|outputs)\.(\w+)\}\}")


class UnfitError(Exception):
    """A job can't be started as it was put."""


@dataclass
class Node:
    """What every job of the cluster finds."""

    base_url: str
    certificate: Path
    azurite: Azurite
    folder: Path
    documents: Documents
    codes: dict[str, Path] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def start(
        self, workspace: str, name: str, properties: dict[str, Any], log: Path
    ) -> "subprocess.Popen[bytes]":
        """Start a job's command in its code; its output goes to the log."""
        folder = self._code(properties["codeId"])
        line = command_line(self.documents, workspace, properties)
        with log.open("ab") as out:
            return subprocess.Popen(
                ["bash", "-c", line],
                cwd=folder,
                env=self._variables(name, properties),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _code(self, code_id: str) -> Path:
        with self.lock:
            if code_id not in self.codes:
                found = self.documents.get(code_id)
                if found is None:
                    raise UnfitError(f"{code_id} was not found")
                folder = self.folder / f"code-{len(self.codes)}"
                uri = found["properties"]["codeUri"]
                code.fetch(self.azurite, self.certificate, uri, folder)
                self.codes[code_id] = folder
            return self.codes[code_id]

    def _variables(self, name: str, properties: dict[str, Any]) -> dict[str, str]:
        """Return the job's own variables, and those of a machine with a managed identity."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {
            "PATH": path,
            "HOME": str(self.folder),
            "OMP_NUM_THREADS": "1",
            "AZUREML_RUN_ID": name,
            "MSI_ENDPOINT": f"{self.base_url}/msi/token",
            "MSI_SECRET": SECRET,
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            **properties.get("environmentVariables", {}),
        }


def command_line(documents: Documents, workspace: str, properties: dict[str, Any]) -> str:
    """Return the command with the places of inputs and outputs filled in."""
    places = {
        ("inputs" if key == "inputs" else "outputs", name): _uri(documents, workspace, name, item)
        for key in ("inputs", "outputs")
        for name, item in (properties.get(key) or {}).items()
    }
    return _PLACE.sub(lambda found: places[found[1], found[2]], properties["command"])


def _uri(documents: Documents, workspace: str, name: str, item: dict[str, Any]) -> str:
    """Return what a command is given for an input or output in the mode `Direct`: its long URI."""
    if item.get("value") is not None:
        return str(item["value"])
    found = _DATASTORE.match(item.get("uri") or "")
    if found is None or item.get("mode") != "Direct":
        raise UnfitError(f"{name}: {item} is no datastore path in the mode Direct")
    if documents.get(f"{workspace}/datastores/{found['store']}") is None:
        raise UnfitError(f"{name}: datastore {found['store']} was not found")
    return f"azureml:/{workspace}/datastores/{found['store']}/paths/{found['path']}"


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a job's process and what it started, as a machine that is taken away does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
