"""What people can choose between, where jobs are to be computed; a project keeps its choice's name.

In the azure profile a choice is a cluster of the workspace, which the worker of the usual pool
sends jobs to. Elsewhere it is a work pool of Prefect, whose workers compute them where they run.
"""

from collections.abc import Iterable

from models.compute import ComputeTarget
from tenfold.errors import SettingsError
from tenfold.services.catalog import GPU_POOL
from tenfold.settings import Settings


def usual_target(settings: Settings) -> str:
    """Return where jobs go of a project that names nothing."""
    return settings.azure_cluster if settings.profile == "azure" else GPU_POOL


def compute_targets(settings: Settings) -> list[ComputeTarget]:
    """Return what is there now, the usual one first.

    Raises:
        ServiceError: Prefect or the workspace refuses, or doesn't answer.
    """
    usual = usual_target(settings)
    found = _found(settings, usual)
    return sorted(found, key=lambda target: (not target.usual, target.name))


def _found(settings: Settings, usual: str) -> list[ComputeTarget]:
    if settings.profile == "azure":
        from tenfold.azure.clusters import clusters

        return clusters(settings, usual)
    from tenfold.orchestration import job_pools

    return job_pools(usual)


def chosen_targets(settings: Settings, names: Iterable[str | None]) -> list[ComputeTarget]:
    """Return the targets that are named.

    Raises:
        SettingsError: one isn't there.
        ServiceError: as `compute_targets`.
    """
    wanted = sorted({name for name in names if name})
    if not wanted:
        return []
    known = {target.name: target for target in compute_targets(settings)}
    for name in wanted:
        if name not in known:
            raise SettingsError(
                f"Nothing is computed on {name}: {_kind(settings)} of this name is there.",
                f"There is {', '.join(known)}." if known else "",
            )
    return [known[name] for name in wanted]


def _kind(settings: Settings) -> str:
    return "no cluster" if settings.profile == "azure" else "no work pool"
