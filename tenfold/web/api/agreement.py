"""How well people agree, and the images of which they don't say the same."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from models.agreement import Agreement, Disagreement
from models.record import Record
from tenfold.agreement import with_quality
from tenfold.pipeline.noted import read_weighing
from tenfold.web.access import AsReviewer
from tenfold.web.context import WebContext

router = APIRouter(prefix="/projects/{name}/agreement", tags=["agreement"])


class DisagreementPage(Record):
    """Some images, and where the next ones begin."""

    disagreements: tuple[Disagreement, ...]
    after: str | None
    """Send this as `after` for the next page; None at the end."""


@router.get("", summary="How well people agree who tagged the same images")
def summary(member: AsReviewer, web: WebContext) -> Agreement:
    """Return kappa, pairs and labelers; of closed rounds alone, so that open ones stay blind.

    A labeler's `quality` is what CROWDLAB said of them when answers were weighed the last time.
    """
    found = web.store.agreement.summary(member.project.id)
    return with_quality(found, read_weighing(web.blobs, member.project.id))


@router.get("/disagreements", summary="Images of which people don't say the same")
def disagreements(
    member: AsReviewer,
    web: WebContext,
    after: Annotated[str, Field(pattern=r"^([0-9a-f]{64}:[^:]{1,64})?$")] = "",
    limit: Annotated[int, Field(ge=1, le=500)] = 60,
    undecided: bool = False,
) -> DisagreementPage:
    """Return who said what; a reviewer decides with `POST images/{sha256}/correct`."""
    sha256, _, round_id = after.partition(":")
    found = web.store.agreement.disagreements(
        member.project.id, (sha256, round_id), limit, undecided=undecided
    )
    last = found[-1] if len(found) == limit else None
    more = f"{last.sha256}:{last.round_id}" if last else None
    return DisagreementPage(disagreements=tuple(found), after=more)
