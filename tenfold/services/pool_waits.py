"""Why a flow run that is scheduled isn't taken up: what Prefect's word for its pool comes to."""

import shlex

from models.job import JobWait
from tenfold.services.catalog import CPU_POOL, POOLS

FIRST_LOOK_SECONDS = 5.0
"""A worker that is there has looked by then."""
LOOK_SECONDS = 10.0
"""Between two questions about a pool: somebody may start a worker, or end one."""


def pool_wait(pool: str, state: str | None, api: str) -> JobWait:
    """Say why a run waits in a pool.

    Args:
        pool: its name.
        state: Prefect's word for it; None: it has no such pool.
        api: where commands find Prefect.
    """
    if state is None and pool == CPU_POOL:
        return JobWait(
            why=f"Prefect has no work pool {pool} any more, so no step begins. "
            "This makes it again:",
            command="tenfold down && tenfold up",
        )
    if state is None:
        return JobWait(
            why=f"Prefect has no work pool {pool} any more, so nobody takes the job up. Stop it, "
            "choose another compute on Details, and go on."
        )
    if state == "PAUSED":
        return JobWait(
            why=f"The work pool {pool} is paused in Prefect. Work begins once it goes on:",
            command=f"{_prefect(api)} work-pool resume {shlex.quote(pool)}",
        )
    if state == "READY":
        return JobWait(why=f"It waits for its turn in the work pool {pool}; a worker is there.")
    if pool in POOLS:
        return JobWait(
            why=f"It waits for a worker of the work pool {pool}, and none is there now. "
            "This starts one:",
            command="tenfold up",
        )
    return JobWait(
        why=f"It waits for a worker of the work pool {pool}, and none is there now. "
        "This starts one, where jobs are to be computed:",
        command=f"{_prefect(api)} worker start --pool {shlex.quote(pool)}",
    )


def _prefect(api: str) -> str:
    return f"PREFECT_API_URL={shlex.quote(api)} prefect"
