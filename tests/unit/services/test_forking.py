"""A fork ends, is killed and sees its surroundings as a process of its own would."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

import tenfold
from tenfold.services import fork_server
from tenfold.services import forking as forking_module
from tenfold.services.fork_server import ENGINE, NO_RUN, RUN_VARIABLE
from tenfold.services.forking import LOST, Fork, Forking, install, is_engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are made on Linux only")

RUN = "01234567-89ab-cdef-0123-456789abcdef"

SERVER = """
import socket, sys
import tenfold
from tenfold.services import fork_server
from tenfold.services import forking as forking_module
fork_server.ENGINE = "engine_of_tests"
if len(sys.argv) > 2:
    fork_server.threads = lambda: 2
order = fork_server.ForkServer(socket.socket(fileno=int(sys.argv[1])), ["preloaded"]).serve()
fork_server._execute(order)
"""

ENGINE_OF_TESTS = """
import os, random, sys, time
exec(os.environ["DO"])
"""


TELL = """
import preloaded, pathlib
seen = [os.getcwd(), sys.path[0], str(preloaded.PID != os.getpid()), __name__, str(len(sys.argv))]
seen += [str("OF_THE_SERVER" in os.environ), str(random.random())]
pathlib.Path(os.environ["PREFECT__FLOW_RUN_ID"][:8]).write_text(chr(10).join(seen))
"""


@pytest.fixture
def base(tmp_path: Path) -> dict[str, str]:
    """The environment of a worker that finds the tests' engine."""
    (tmp_path / "engine_of_tests.py").write_text(ENGINE_OF_TESTS)
    (tmp_path / "preloaded.py").write_text(
        "import os; PID = os.getpid(); open(__file__ + '.loaded', 'w').close()"
    )
    paths = (str(tmp_path), os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[3]))
    own = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "OF_THE_SERVER": "yes"}
    return {**os.environ, **own, RUN_VARIABLE: NO_RUN}


@pytest.fixture
def server(base: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    ours, theirs = socket.socketpair()
    command = (sys.executable, "-c", SERVER, str(theirs.fileno()))
    with (
        theirs,
        ours,
        subprocess.Popen(
            command, env=base, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE
        ) as process,
    ):
        theirs.close()
        yield process, ours
        process.kill()


Served = tuple[subprocess.Popen[bytes], socket.socket]


@asynccontextmanager
async def listening(served: Served, base: dict[str, str]) -> AsyncIterator[Forking]:
    forking = Forking(served[1], base)
    await forking.listen()
    yield forking
    assert forking._writer is not None
    forking._writer.close()
    await asyncio.wait([forking._listening] if forking._listening else [])


async def written(path: Path) -> None:
    """Wait until a file is there."""
    for _ in range(6000):
        if path.exists():  # noqa: ASYNC240  # the test may block
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{path} was not written")


def play(served: Served, base: dict[str, str], *codes: str, folder: Path) -> list[int | None]:
    """Fork once for each text of Python; return the exit codes."""

    async def one(forking: Forking, number: int, code: str) -> int | None:
        run = f"{number:08d}{RUN[8:]}"
        env = {**base, RUN_VARIABLE: run, "DO": code}
        fork = await forking.fork(env, folder)
        await asyncio.wait_for(fork.ended.wait(), 60)
        return fork.returncode

    async def all_of_them() -> list[int | None]:
        async with listening(served, base) as forking:
            return await asyncio.gather(*(one(forking, n, c) for n, c in enumerate(codes)))

    return asyncio.run(all_of_them())


def test_exit_codes_are_those_of_a_process(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    codes = {
        "pass": 0,
        "sys.exit(7)": 7,
        "os._exit(3)": 3,
        "raise ValueError('on purpose')": 1,
        "os.kill(os.getpid(), 9)": -9,
        "os.kill(os.getpid(), 15)": -15,
    }
    assert play(server, base, *codes, folder=tmp_path) == list(codes.values())


def test_a_fork_has_its_own_environment_folder_and_chance(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    server[1].sendall(b"\n")
    asyncio.run(written(tmp_path / "preloaded.py.loaded"))
    del base["OF_THE_SERVER"]  # the order says all of the environment
    assert play(server, base, TELL, TELL, folder=folder) == [0, 0]
    one, other = ((folder / name).read_text().split("\n") for name in ("00000000", "00000001"))
    assert one[:-1] == [str(folder), str(folder), "True", "__main__", "1", "False"]
    assert one[-1] != other[-1], "forks draw the same random numbers"


def test_what_runs_at_the_end_of_an_interpreter_runs_at_the_end_of_a_fork(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    at_exit = "import atexit; atexit.register(lambda: open('done', 'w').close())"
    thread = "import threading; threading.Timer(0.3, lambda: open('joined', 'w').close()).start()"
    assert play(server, base, at_exit, thread, folder=tmp_path) == [0, 0]
    assert (tmp_path / "done").exists()
    assert (tmp_path / "joined").exists()


def test_what_a_fork_prints_goes_where_the_worker_prints(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    assert play(server, base, "print('hello from a fork')", folder=tmp_path) == [0]
    process, ours = server
    ours.close()
    assert process.stdout is not None
    assert b"hello from a fork" in process.stdout.read()


def test_others_see_which_flow_run_a_fork_is(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    async def look() -> tuple[dict[str, str], int | None]:
        async with listening(server, base) as forking:
            code = "open('ready', 'w').close(); time.sleep(60)"
            fork = await forking.fork({**base, RUN_VARIABLE: RUN, "DO": code}, tmp_path)
            await written(tmp_path / "ready")
            seen = psutil.Process(fork.pid).environ()
            os.kill(fork.pid, signal.SIGKILL)
            await asyncio.wait_for(fork.ended.wait(), 60)
            return seen, fork.returncode

    seen, code = asyncio.run(look())
    assert seen[RUN_VARIABLE] == RUN
    assert {n: v for n, v in seen.items() if n != RUN_VARIABLE} == {
        n: v for n, v in base.items() if n != RUN_VARIABLE
    }
    assert code == -9


def test_the_server_ends_with_its_worker_and_forks_go_on(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    async def leave() -> Fork:
        async with listening(server, base) as forking:
            code = "time.sleep(1.5); open('done', 'w').close()"
            return await forking.fork({**base, RUN_VARIABLE: RUN, "DO": code}, tmp_path)

    fork = asyncio.run(leave())
    assert fork.returncode in (None, LOST)
    assert server[0].wait(60) == 0
    asyncio.run(written(tmp_path / "done"))


def test_a_fork_outlives_its_server_and_its_end_is_waited_for(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    async def lose() -> tuple[Fork, bool, bool]:
        async with listening(server, base) as forking:
            env = {**base, RUN_VARIABLE: RUN, "DO": "time.sleep(1); open('done', 'w').close()"}
            fork = await forking.fork(env, tmp_path)
            command = [sys.executable, "-m", ENGINE]
            options = {"env": {**base, RUN_VARIABLE: RUN}, "cwd": "/", "stream_output": True}
            before = forking.takes(command, options)
            server[0].kill()
            await asyncio.wait_for(fork.ended.wait(), 60)
            return fork, before, forking.takes(command, options)

    fork, before, afterwards = asyncio.run(lose())
    assert fork.returncode == LOST
    assert (tmp_path / "done").exists()
    assert before
    assert not afterwards


def test_a_module_that_leaves_a_thread_running_ends_the_server(base: dict[str, str]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = (sys.executable, "-c", SERVER, str(theirs.fileno()), "threads")
        ours.sendall(b"\n")
        ended = subprocess.run(
            command,
            env=base,
            pass_fds=[theirs.fileno()],
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert b"preloaded leaves a thread running" in ended.stderr


def test_after_an_update_runs_are_new_processes(
    server: Served, base: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in forking_module.OUR_PACKAGES:
        (tmp_path / "code" / name).mkdir(parents=True)
        (tmp_path / "code" / name / "__init__.py").touch()
    module = tmp_path / "code" / "tasks" / "embed.py"
    module.write_text("before")
    monkeypatch.setattr(tenfold, "__file__", str(tmp_path / "code" / "tenfold" / "__init__.py"))
    options = {"env": {**base, RUN_VARIABLE: RUN}, "cwd": "/", "stream_output": True}

    async def ask() -> tuple[bool, bool]:
        async with listening(server, base) as forking:
            before = forking.takes([sys.executable, "-m", ENGINE], options)
            module.write_text("after")
            os.utime(module, ns=(1, 1))
            return before, forking.takes([sys.executable, "-m", ENGINE], options)

    assert asyncio.run(ask()) == (True, False)


class Cold:
    """Stands for Prefect's own `run_process`."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    async def __call__(self, command: list[str], **options: Any) -> None:
        self.commands.append(command)


PLAIN: dict[str, Any] = {"cwd": "/", "stream_output": True}


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        (["python", "-m", "prefect.engine", "--more"], {}),
        (["/usr/bin/env", "-m", "prefect.engine"], {}),
        (None, {"stream_output": False}),
        (None, {"cwd": None}),
        (None, {"start_new_session": True}),
        (None, {"env": {"TENFOLD_THREADS": "3"}}),
    ],
)
def test_what_is_not_plain_is_started_as_prefect_does(
    server: Served, base: dict[str, str], command: list[str] | None, changed: dict[str, Any]
) -> None:
    starter = ModuleType("starter")
    cold = starter.run_process = Cold()  # type: ignore[attr-defined]
    command = command or [sys.executable, "-m", ENGINE]
    env = {**base, RUN_VARIABLE: RUN, "PREFECT__FLOW_NAME": "any", **changed.pop("env", {})}

    async def run() -> None:
        async with listening(server, base) as forking:
            install(forking, starter)
            await starter.run_process(command, **PLAIN | {"env": env} | changed)

    asyncio.run(run())
    assert cold.commands == [command]


def test_a_run_that_is_given_up_is_killed_with_its_fork(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    starter = ModuleType("starter")
    cold = starter.run_process = Cold()  # type: ignore[attr-defined]
    base["DO"] = "time.sleep(60)"

    class Status:
        def __init__(self) -> None:
            self.begun = asyncio.get_running_loop().create_future()

        def started(self, value: Fork) -> None:
            self.begun.set_result(value)

    async def run() -> Fork:
        async with listening(server, base) as forking:
            install(forking, starter)
            options = {**PLAIN, "cwd": tmp_path, "env": {**base, RUN_VARIABLE: RUN}}
            status = Status()
            process = starter.run_process(
                [sys.executable, "-m", ENGINE],
                **options,
                task_status=status,
                task_status_handler=lambda fork: fork,
            )
            task = asyncio.ensure_future(process)
            fork: Fork = await status.begun
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return fork

    assert asyncio.run(run()).returncode == -9
    assert cold.commands == []


def test_a_fork_that_is_given_up_before_it_has_begun_is_killed(
    server: Served, base: dict[str, str], tmp_path: Path
) -> None:
    async def give_up() -> int | None:
        async with listening(server, base) as forking:
            env = {**base, RUN_VARIABLE: RUN, "DO": "time.sleep(60)"}
            waiting = asyncio.create_task(forking.fork(env, tmp_path))
            await asyncio.sleep(0)
            begun = forking._begun[RUN]
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            fork = await begun
            await asyncio.wait_for(fork.ended.wait(), 30)
            return fork.returncode

    assert asyncio.run(give_up()) == -9


def test_only_this_interpreters_engine_is_forked() -> None:
    here = {"PATH": str(Path(sys.executable).parent)}
    assert is_engine(["python", "-m", "prefect.engine"], here)
    assert not is_engine(["python", "-m", "prefect.engine"], {"PATH": "/nowhere"})
    assert not is_engine(["python", "-c", "prefect.engine"], here)


def test_a_process_with_threads_is_not_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "threads", lambda: 2)
    assert fork_server.start([]) is None
