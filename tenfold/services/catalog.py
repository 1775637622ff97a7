"""Which services there are, how each is started, and how one knows that it answers."""

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from tenfold.services.environment import local_address
from tenfold.services.fork_server import NO_RUN, RUN_VARIABLE
from tenfold.services.state import ServicesState, ready_file
from tenfold.settings import Settings

CPU_POOL, GPU_POOL = "tenfold-cpu", "tenfold-gpu"
"""The pool of the pipeline's own runs, and the one where jobs are computed if nothing is chosen."""
POOLS = (CPU_POOL, GPU_POOL)
"""The work pools that are made here, each with a worker of its own."""

_ALWAYS = (
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "prefect.deployments",
    "encodings.idna",
)
PRELOADED: dict[str, tuple[str, ...]] = {
    CPU_POOL: (
        *_ALWAYS,
        "flows.label_images",
        "flows.track_completion",
        "flows.refresh_images",
        "tenfold.blobs.local",
        "sklearn.cluster",
        "scipy.signal",
        "scipy.cluster.hierarchy",
        "faiss",
    ),
    GPU_POOL: (
        *_ALWAYS,
        "flows.train_assist_model",
        "flows.prelabel_images",
        "flows.embed_images",
        "tenfold.blobs.local",
        "tenfold.learning.jobs",
        "tenfold.learning.classification",
        "sklearn.linear_model",
        "sklearn.metrics.pairwise",
        "sklearn.kernel_ridge",
        "sklearn.kernel_approximation",
        "sklearn.gaussian_process.kernels",
        "faiss",
    ),
}
"""What a pool's flow runs are forked with, in this order; a run doesn't wait for the rest.

Not torch: half a gigabyte that stays, for jobs that take a minute anyway.
"""

SETUP = "setup"


def preloaded(pool: str) -> tuple[str, ...]:
    """Return what a pool's flow runs are forked with; a pool of somebody's own is for jobs."""
    return PRELOADED.get(pool, PRELOADED[GPU_POOL])


@dataclass(frozen=True, slots=True)
class Service:
    """One process that the supervisor keeps alive."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[int], bool]
    """Asked with the process id whether it answers."""
    once: bool = False
    """Runs to its end and is ready when it ended well."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What its environment has beyond that of all."""


def services(settings: Settings, state: ServicesState) -> tuple[Service, ...]:
    """Return all services of this home, in the order in which they are started."""
    listed = [_setup(), *(_worker(settings, pool) for pool in POOLS)]
    if importlib.util.find_spec("tenfold.web") is not None:
        listed.append(_page(settings, state))
    return (*([_server(state)] if state.own_prefect else []), *listed)


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _server(state: ServicesState) -> Service:
    return Service(
        name="prefect-server",
        command=_python("tenfold.services.prefect_server", str(state.prefect_port)),
        ready=lambda _: answers(f"{state.prefect_api}/health"),
    )


def _setup() -> Service:
    return Service(
        name=SETUP, command=_python("deployments.setup"), ready=lambda _: False, once=True
    )


def _worker(settings: Settings, pool: str) -> Service:
    name = f"worker-{pool}"
    return Service(
        name=name,
        command=_python("tenfold.services.worker", pool, str(ready_file(settings, name))),
        ready=lambda pid: _wrote(settings, name, pid),
        variables={RUN_VARIABLE: NO_RUN},
    )


def _page(settings: Settings, state: ServicesState) -> Service:
    return Service(
        name="page",
        command=_python("tenfold.web", "--port", str(state.page_port)),
        ready=lambda _: answers(f"{local_address(settings, state.page_port)}/api/health"),
    )


def _wrote(settings: Settings, name: str, pid: int) -> bool:
    path = ready_file(settings, name)
    return path.is_file() and path.read_text().strip() == str(pid)


def answers(url: str) -> bool:
    """Whether a server has what is asked for, within two seconds."""
    try:
        return httpx.get(url, timeout=2, trust_env=False, auth=_auth()).is_success
    except httpx.HTTPError:
        return False


def _auth() -> tuple[str, str] | None:
    name, _, password = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    return (name, password) if password else None
