"""What keeps the flow runs of projects that somebody looks at, asked of Prefect now and then."""

import logging
import threading
import time
from dataclasses import dataclass

from models.job import JobWait
from tenfold.errors import TenfoldError
from tenfold.store import Store

log = logging.getLogger("tenfold.web")

ASK_SECONDS = 10.0
"""Between two questions about a project."""


@dataclass(frozen=True, slots=True)
class _Heard:
    wait: JobWait | None
    at: float
    """When it was asked, on the monotonic clock."""


class Waits:
    """Answers at once with what was heard last: nobody waits for Prefect."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._heard: dict[str, _Heard] = {}

    def known(self, project_id: str) -> JobWait | None:
        """Return what was heard last, and ask nobody."""
        heard = self._heard.get(project_id)
        return heard.wait if heard is not None else None

    def look(self, project_id: str) -> JobWait | None:
        """Return what was heard last; where that is old, ask beside."""
        at = time.monotonic()
        with self._lock:
            heard = self._heard.get(project_id)
            if heard is None or at - heard.at >= ASK_SECONDS:
                heard = self._heard[project_id] = _Heard(heard.wait if heard else None, at)
                threading.Thread(target=self._ask, args=(project_id, at), daemon=True).start()
        return heard.wait

    def forget(self, project_id: str) -> None:
        """Keep nothing where it is people's turn; after it, the next question comes at once."""
        with self._lock:
            self._heard.pop(project_id, None)

    def _ask(self, project_id: str, at: float) -> None:
        wait = self._answer(project_id)
        with self._lock:
            heard = self._heard.get(project_id)
            if heard is not None and heard.at == at:
                self._heard[project_id] = _Heard(wait, at)

    def _answer(self, project_id: str) -> JobWait | None:
        try:
            from tenfold.run_waits import run_wait

            project = self._store.projects.by_id(project_id)
            return run_wait(project, self._store.cycles.current(project_id))
        except (TenfoldError, ImportError, OSError, ValueError) as error:
            log.warning("What keeps a flow run isn't known: %s", error)
            return None
