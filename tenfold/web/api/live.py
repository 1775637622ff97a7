"""What happens in a project, as server-sent events."""

from collections.abc import AsyncIterator
from typing import cast

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from models.person import Role
from tenfold.web.access import AsLabeler
from tenfold.web.live import Audience, Live, View

router = APIRouter(prefix="/projects/{name}", tags=["projects"])


@router.get(
    "/live", summary="What happens in a project, as it happens", response_class=EventSourceResponse
)
async def live(
    request: Request, member: AsLabeler, view: View = ""
) -> AsyncIterator[ServerSentEvent]:
    """Send `pulse` (state, open rounds, version of the classes) at every change, and HTML parts.

    `part` events carry what the page shows, for the view `now` or `dashboard`; `beat` says that
    the line is there. After a minute or two the line ends: call again.
    """
    lines = cast("Live", request.app.state.live)
    audience = Audience(view, may_review=bool(view) and member.may(Role.REVIEWER))
    async for event in lines.follow(member.project.id, audience):
        yield event
