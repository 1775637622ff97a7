"""The clusters of the workspace, as people choose between them."""

from collections.abc import Iterable
from typing import Any

from models.compute import ComputeTarget
from tenfold.azure.errors import explained
from tenfold.azure.workspace import open_workspace
from tenfold.settings import Settings


def clusters(settings: Settings, usual: str) -> list[ComputeTarget]:
    """Return the AmlCompute clusters that jobs can be sent to.

    Args:
        settings: which workspace.
        usual: name of the one that jobs go to where nothing is chosen.

    Raises:
        ServiceError: Azure refuses, or doesn't answer.
    """
    with explained("clusters of the workspace"):
        found: Iterable[Any] = list(open_workspace(settings).compute.list())
    return [_target(each, usual) for each in found if str(each.type).lower() == "amlcompute"]


def state_of(cluster: Any) -> str:
    """Return how far a cluster was made: `Succeeded` where jobs can be sent to it."""
    return str(getattr(cluster.provisioning_state, "value", cluster.provisioning_state))


def _target(cluster: Any, usual: str) -> ComputeTarget:
    state = state_of(cluster)
    nodes = f"{cluster.size}, {cluster.tier}, at most {cluster.max_instances} at a time."
    return ComputeTarget(
        name=cluster.name,
        usual=cluster.name == usual,
        ready=state == "Succeeded",
        said=nodes if state == "Succeeded" else f"It is {state}: look at it in Azure ML studio.",
    )
