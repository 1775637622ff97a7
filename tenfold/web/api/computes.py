"""Where jobs can be computed."""

from fastapi import APIRouter

from models.compute import ComputeTarget
from tenfold.compute_targets import compute_targets
from tenfold.web.access import SignedIn
from tenfold.web.context import WebContext

router = APIRouter(tags=["projects"])


@router.get("/computes", summary="Where jobs can be computed")
def list_computes(_: SignedIn, web: WebContext) -> list[ComputeTarget]:
    """Return the work pools of Prefect, or on Azure the workspace's clusters, the usual one first.

    A project's `trains_on` and `infers_on` name one of them.
    """
    return compute_targets(web.settings)
