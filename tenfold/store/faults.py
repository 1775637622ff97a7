"""Kill points: what runs right before and right after each commit. Inert unless set.

`TENFOLD_KILL_AT="7:before"` ends the process, as `kill -9` would, right before its seventh
commit; `7:after` right after it. Tests in the same process add listeners instead.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Literal

from tenfold.errors import SettingsError

Moment = Literal["before", "after"]
Listener = Callable[[int], None]
"""Called with the number of the commit in this process, from 1."""

VARIABLE = "TENFOLD_KILL_AT"
KILLED = 137
"""The exit status of a process that was killed: 128 + SIGKILL."""


@dataclass(slots=True)
class _Commits:
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    lock: Lock = field(default_factory=Lock)


_commits = _Commits()
before_commit: list[Listener] = []
after_commit: list[Listener] = []


def next_commit() -> int:
    """Return the number of the commit that is about to happen."""
    with _commits.lock:
        return next(_commits.numbers)


def reach(moment: Moment, number: int) -> None:
    """Call the listeners of a moment; an error of theirs goes through to the caller."""
    for listener in list(before_commit if moment == "before" else after_commit):
        listener(number)


@contextmanager
def listening(moment: Moment, listener: Listener) -> Iterator[None]:
    """Add a listener for a while."""
    listeners = before_commit if moment == "before" else after_commit
    listeners.append(listener)
    try:
        yield
    finally:
        listeners.remove(listener)


def _kill_at(wanted: int) -> Listener:
    def kill(number: int) -> None:
        if number == wanted:
            os._exit(KILLED)

    return kill


def arm(setting: str) -> None:
    """Set a kill point such as `7:before`.

    Raises:
        SettingsError: not a number and `before` or `after`.
    """
    number, _, moment = setting.partition(":")
    if not number.isdigit() or moment not in ("before", "after"):
        raise SettingsError(f"{VARIABLE}={setting!r} is no kill point.", "Write `7:before`.")
    (before_commit if moment == "before" else after_commit).append(_kill_at(int(number)))


if os.environ.get(VARIABLE):
    arm(os.environ[VARIABLE])
