"""Slowing down who guesses passwords."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from tenfold.errors import SignInError

MOST_NAMES = 10_000


class Throttle:
    """Allows a number of failed tries for one name in a stretch of time; thread-safe."""

    def __init__(self, tries: int, seconds: float) -> None:
        self._tries = tries
        self._seconds = seconds
        self._failed: defaultdict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def _recent(self, name: str) -> list[float]:
        since = time.monotonic() - self._seconds
        return [moment for moment in self._failed[name] if moment > since]

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Let one try through and count it where it fails.

        Raises:
            SignInError: too many tries for this name have failed just now.
        """
        with self._lock:
            if len(self._failed) > MOST_NAMES:
                self._failed.clear()
            self._failed[name] = self._recent(name)
            if len(self._failed[name]) >= self._tries:
                raise SignInError("Too many wrong tries for this name.", "Wait a minute.")
        try:
            yield
        except SignInError:
            with self._lock:
                self._failed[name].append(time.monotonic())
            raise
        with self._lock:
            self._failed.pop(name, None)
