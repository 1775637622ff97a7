"""Imports that are asked for on the page: each is a process of its own.

A labels file may be large, and a new project's images are all decoded: that is `tenfold import`,
beside the page and not within it. What is sent and what came of it lie in a folder of the home, so
that a page that is started anew knows of them.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Literal

from starlette.concurrency import run_in_threadpool

from models.project import ProjectName
from models.record import Record
from tenfold.errors import InvalidAnswerError, NotFoundError
from tenfold.formats.paths import safe_name
from tenfold.services.processes import ProcessMark
from tenfold.store import Store

LARGEST_FILE = 4 * 2**30
"""Bytes of a labels file that is sent."""

_KEPT_SECONDS = 2 * 24 * 3600
_ID = re.compile(r"[0-9a-f]{16}")
_COMMAND = (sys.executable, "-c", "from tenfold.cli import main; main()", "import")


class ImportWanted(Record):
    """What is to be imported, and whether it is only to be looked at."""

    project: ProjectName
    """One that is there, or a new one."""
    file: str | None = None
    """Id of a labels file that was sent."""
    path: str = ""
    """Else where the labels are, as the server sees it: a file or the folder of a data set."""
    images: str = ""
    """Where a new project's images are: a folder, a .zip, `az://CONTAINER[/PREFIX]`."""
    kind: Literal["labels", "prelabels"] | None = None
    """Whose word they are; null: as the file says."""
    dry: bool = True
    """Only say what would come in."""


class ImportState(Record):
    """How far an import is."""

    state: Literal["running", "done", "failed"]
    error: str = ""
    report: dict[str, object] | None = None
    """As `tenfold import --json` writes it."""


class Imports:
    """Files that were sent, and the processes that read them."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home = home
        self._store = store
        self._folder = home.resolve() / "imports"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    async def keep(self, name: str, chunks: AsyncIterable[bytes]) -> str:
        """Store a file that is sent; return its id.

        Raises:
            InvalidAnswerError: it is too large.
        """
        await run_in_threadpool(self._forget_old)
        made, folder = self._made()
        size = 0
        with (folder / safe_name(Path(name).name)).open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > LARGEST_FILE:
                    shutil.rmtree(folder)
                    raise InvalidAnswerError(
                        f"A labels file of up to {LARGEST_FILE // 2**30} GB can be sent.",
                        "Use `tenfold import` on the server.",
                    )
                await run_in_threadpool(file.write, chunk)
        return made

    def begin(self, wanted: ImportWanted) -> str:
        """Start an import; return its id.

        Raises:
            InvalidAnswerError: neither a file nor a path.
            NotFoundError: no such file.
        """
        path = self._labels(wanted)
        made, folder = self._made()
        command = [*_COMMAND, wanted.project, str(path), "--json"]
        command += ["--dry-run"] if wanted.dry else []
        command += [f"--images={wanted.images.strip()}"] if wanted.images.strip() else []
        command += [f"--as={wanted.kind}"] if wanted.kind else []
        with (folder / "report").open("wb") as report, (folder / "error").open("wb") as error:
            process = subprocess.Popen(  # noqa: S603  # tenfold's own command, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=error,
                env={**os.environ, "TENFOLD_HOME": str(self._home)},
                start_new_session=True,
            )
        self._running[made] = process
        mark = ProcessMark.of(process.pid)
        (folder / "process").write_text(mark.model_dump_json())
        return made

    def state(self, made: str) -> ImportState:
        """Return how far an import is.

        Raises:
            NotFoundError: no such import.
        """
        folder = self._existing(made, "process")
        if self._is_running(made, folder):
            return ImportState(state="running")
        self._running.pop(made, None)
        try:
            return ImportState(state="done", report=json.loads(self._told(folder / "report")))
        except ValueError:
            return ImportState(state="failed", error=_complaint(self._told(folder / "error")))

    def _told(self, file: Path) -> str:
        """Return what a process wrote; files that were sent by the names that they came with."""
        sent = re.compile(re.escape(str(self._folder)) + r"/[0-9a-f]{16}/")
        return sent.sub("", file.read_text())

    def _is_running(self, made: str, folder: Path) -> bool:
        if process := self._running.get(made):
            return process.poll() is None
        mark = ProcessMark.model_validate_json((folder / "process").read_text())
        return mark.find() is not None

    def _labels(self, wanted: ImportWanted) -> Path:
        if wanted.file is not None:
            [file] = self._existing(wanted.file).iterdir()
            return file
        if not wanted.path.strip():
            raise InvalidAnswerError("There are no labels.", "Choose a file, or say where it is.")
        return Path(wanted.path.strip()).expanduser().resolve()

    def _made(self) -> tuple[str, Path]:
        made = secrets.token_hex(8)
        folder = self._folder / made
        folder.mkdir(parents=True, mode=0o700)
        return made, folder

    def _existing(self, made: str, part: str = "") -> Path:
        folder = self._folder / made
        if not _ID.fullmatch(made) or not (folder / part).exists():
            raise NotFoundError("There is no such file or import any more.", "Send the file again.")
        return folder

    def _forget_old(self) -> None:
        if not self._folder.is_dir():
            return
        sources = [each.source for each in self._store.projects.list(include_archived=True)]
        for folder in self._folder.iterdir():
            if any(source.startswith(f"{folder}/") for source in sources):
                continue
            if time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _complaint(written: str) -> str:
    """Return what a command complained of, without what it only noted."""
    _, found, after = written.rpartition("error: ")
    return after.strip() if found else "The import ended before its time. Import again."
