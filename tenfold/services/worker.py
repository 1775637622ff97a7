"""A Prefect process worker of one pool: `python -m tenfold.services.worker POOL READY_FILE`.

The same as `prefect worker start`, but it waits for the server instead of ending, says by a
file when it has begun to poll, looks at once when it is told that a run is scheduled, and forks
flow runs from a process that has loaded what they need, see `tenfold.services.fork_server`.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.services import fork_server
from tenfold.services.catalog import answers, preloaded
from tenfold.services.state import last_nudge
from tenfold.settings import get_settings

if TYPE_CHECKING:
    from prefect.workers.process import ProcessWorker

    from tenfold.services.forking import Forking

WAIT_SECONDS = 120
NUDGE_SECONDS = 0.1
"""How often it looks whether it was told of a run; asking Prefect as often would cost too much."""


def wait_for_server(path: str = "/health", seconds: float = WAIT_SECONDS) -> None:
    """Wait until Prefect's API answers, and knows what a path names.

    Raises:
        TimeoutError: it doesn't.
    """
    url = f"{os.environ['PREFECT_API_URL'].rstrip('/')}{path}"
    deadline = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Prefect doesn't answer at {url}.")
        time.sleep(0.2)


async def work(pool: str, ready: Path, forks: socket.socket | None) -> None:
    """Poll the pool and run its flow runs until cancelled.

    Args:
        pool: name of the work pool.
        ready: file that is written when it polls.
        forks: the worker's end of a fork server, where there is one.
    """
    from prefect.workers.process import ProcessWorker

    def say(message: str) -> None:
        print(message, flush=True)  # noqa: T201  # goes to the service's log
        if message.endswith("started!"):
            ready.write_text(str(os.getpid()))
            if forking is not None:
                forking.load()

    stop = asyncio.current_task()
    assert stop is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.cancel)
    forking = await fork_runs(forks) if forks is not None else None
    worker = ProcessWorker(work_pool_name=pool, create_pool_if_not_found=False)
    async with asyncio.TaskGroup() as together:
        hearing = together.create_task(hear_nudges(worker))
        await worker.start(printer=say)
        hearing.cancel()


async def fork_runs(forks: socket.socket) -> "Forking":
    """Have this process's flow runs forked."""
    from prefect.runner import _starter_engine
    from prefect.settings import get_current_settings

    from tenfold.services.forking import Forking, install

    told = get_current_settings().to_environment_variables(exclude_unset=True)
    forking = Forking(forks, {**os.environ, **told})
    await forking.listen()
    install(forking, _starter_engine)
    return forking


async def hear_nudges(worker: "ProcessWorker") -> None:
    """Have the worker look for runs whenever somebody says that there is one."""
    import httpx

    settings = get_settings()
    heard = last_nudge(settings)
    while True:
        await asyncio.sleep(NUDGE_SECONDS)
        last = last_nudge(settings)
        if last != heard:
            heard = last
            with contextlib.suppress(httpx.HTTPError):  # it looks by itself soon
                await worker.get_and_submit_flow_runs()


def main() -> None:
    """Run a worker until it is told to end."""
    os.environ.pop(fork_server.RUN_VARIABLE, None)  # room for a fork's, see `show_run`
    pool, ready = sys.argv[1], Path(sys.argv[2])
    import prefect.workers.process  # noqa: F401  # loaded while the server starts

    forks = fork_server.start(preloaded(pool)) if get_settings().fork_runs else None
    wait_for_server(f"/work_pools/{pool}")  # made by deployments.setup
    try:
        asyncio.run(work(pool, ready, forks))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(0)


if __name__ == "__main__":
    main()
