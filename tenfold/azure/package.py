"""What a node of the cluster needs: tenfold itself, and what it is built on."""

import hashlib
import json
import platform
import shutil
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

import models
import tenfold

if TYPE_CHECKING:
    from azure.ai.ml.entities import Environment

IMAGE = "mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04:latest"
"""Drivers are the node's; what torch needs of CUDA comes with torch."""

LEFT_OUT = ("__pycache__", "web", "cli", "demo", "services")
"""Parts of the package that no job imports."""


def write_code(folder: Path) -> Path:
    """Write the packages that a job imports, so that `python -m` finds them in its folder.

    The distribution's record goes with them: task types are found by their entry points.
    """
    for package in (tenfold, models):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    installed = distribution("tenfold")
    record = folder / f"tenfold-{installed.version}.dist-info"
    record.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        (record / name).write_text(installed.read_text(name) or "")
    return folder


def environment() -> "Environment":
    """Return the environment of the jobs; its version says what is in it."""
    from azure.ai.ml.entities import Environment

    conda = conda_file()
    digest = hashlib.sha256(json.dumps([IMAGE, conda], sort_keys=True).encode()).hexdigest()
    return Environment(
        name="tenfold",
        version=digest[:12],
        image=IMAGE,
        conda_file=conda,
        description=f"What jobs of tenfold {version('tenfold')} are built on",
    )


def conda_file() -> dict[str, Any]:
    """Return the conda definition: this Python, and the packages as they are installed here."""
    python = ".".join(platform.python_version_tuple()[:2])
    pip = {"pip": pinned(distribution("tenfold").requires or [])}
    return {
        "name": "tenfold",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", pip],
    }


def pinned(requirements: list[str]) -> list[str]:
    """Return requirements with the versions that are installed, without local parts (`+cpu`)."""
    found = [Requirement(text) for text in requirements]
    return sorted(_pin(each) for each in found if each.marker is None or each.marker.evaluate())


def _pin(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    try:
        installed = version(requirement.name).split("+")[0]
    except PackageNotFoundError:
        return str(requirement)
    return f"{requirement.name}{extras}=={installed}"
