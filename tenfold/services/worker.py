"""A Prefect process worker of one pool: `python -m tenfold.services.worker POOL READY_FILE`.

The same as `prefect worker start`, but it waits for the server instead of ending, and says by a
file when it has begun to poll.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from tenfold.services.catalog import answers

WAIT_SECONDS = 120


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


async def work(pool: str, ready: Path) -> None:
    """Poll the pool and run its flow runs until cancelled."""
    from prefect.workers.process import ProcessWorker

    def say(message: str) -> None:
        print(message, flush=True)  # noqa: T201  # goes to the service's log
        if message.endswith("started!"):
            ready.write_text(str(os.getpid()))

    stop = asyncio.current_task()
    assert stop is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.cancel)
    await ProcessWorker(work_pool_name=pool, create_pool_if_not_found=False).start(printer=say)


def main() -> None:
    """Run a worker until it is told to end."""
    pool, ready = sys.argv[1], Path(sys.argv[2])
    import prefect.workers.process  # noqa: F401  # loaded while the server starts

    wait_for_server(f"/work_pools/{pool}")  # made by deployments.setup
    try:
        asyncio.run(work(pool, ready))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(0)


if __name__ == "__main__":
    main()
