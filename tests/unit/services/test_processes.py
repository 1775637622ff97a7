"""Processes are known by id and start time, and ended with all that descends from them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tenfold.services.processes import TOKEN_VARIABLE, ProcessMark, descendants, end_family

SLEEP = "import time; time.sleep(60)"
FORK = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session=True); {SLEEP}"  # noqa: E501


@pytest.fixture
def family() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    token = f"test-{os.getpid()}-{time.monotonic_ns()}"
    env = {**os.environ, TOKEN_VARIABLE: token}
    parent = subprocess.Popen([sys.executable, "-c", FORK], env=env)
    deadline = time.monotonic() + 20
    while len(descendants(token)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    yield token, parent
    end_family(token, grace_seconds=0)
    parent.wait(5)


def test_a_child_in_its_own_session_is_ended_with_the_family(
    family: tuple[str, subprocess.Popen[bytes]],
) -> None:
    token, parent = family
    assert len(descendants(token)) == 2
    parent.kill()
    parent.wait(5)
    assert len(descendants(token)) == 1, "the orphan is still known by its token"
    end_family(token, grace_seconds=2)
    assert descendants(token) == []


def test_a_reused_process_id_is_not_taken_for_the_process() -> None:
    mark = ProcessMark.of(os.getpid())
    assert mark.alive
    assert not mark.model_copy(update={"started": mark.started - 100}).alive


def test_a_process_that_ended_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", SLEEP])
    mark = ProcessMark.of(child.pid)
    assert mark.alive
    child.kill()
    child.wait(5)
    assert not mark.alive
    with pytest.raises(ProcessLookupError):
        ProcessMark.of(child.pid)
