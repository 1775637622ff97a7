"""The drawing canvas that the page carries: fetched by npm at set-up, checked by hash."""

import hashlib
import json
import os
from pathlib import Path

from models.record import Record
from tenfold.errors import SettingsError

PINNED = Path(__file__).parent / "vendor.json"
REPOSITORY = Path(__file__).parents[2]


class Part(Record):
    """One file of a package, known by its hash."""

    source: str
    """Path in `node_modules`."""
    version: str
    sha256: str


def parts() -> dict[str, Part]:
    """Return the files that the page needs, by the name under which they are served."""
    pinned = json.loads(PINNED.read_text())
    return {name: Part.model_validate(part) for name, part in pinned.items()}


def folder(home: Path) -> Path:
    """Return where the files are served from."""
    return home / "vendor"


def _is(path: Path, part: Part) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == part.sha256


def install(node_modules: Path, home: Path) -> Path:
    """Copy the files out of `node_modules`, each checked by its hash; return where they are.

    Raises:
        SettingsError: a file is missing or isn't the pinned one.
    """
    target = folder(home)
    target.mkdir(parents=True, exist_ok=True)
    for name, part in parts().items():
        if _is(target / name, part):
            continue
        source = node_modules / part.source
        if not _is(source, part):
            found = "is another file than" if source.exists() else "is missing; it should be"
            raise SettingsError(
                f"{source} {found} version {part.version} that this page was made with.",
                "Run `make setup`.",
            )
        unfinished = target / f".{name}.{os.getpid()}"
        unfinished.write_bytes(source.read_bytes())
        unfinished.replace(target / name)
    return target


def problem(home: Path, node_modules: Path = REPOSITORY / "node_modules") -> str:
    """Return what is wrong with the files, in a sentence; nothing where they are in place.

    They are put in place from `node_modules` beside the package where they are missing.
    """
    try:
        install(node_modules, home)
    except (SettingsError, OSError) as error:
        return str(error)
    return ""
