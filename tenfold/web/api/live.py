"""What happens in a project, as server-sent events."""

import time
from collections.abc import AsyncIterator
from typing import cast

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from tenfold.web.access import AsLabeler
from tenfold.web.live import Listener, Live, View

router = APIRouter(prefix="/projects/{name}", tags=["projects"])


@router.get(
    "/live", summary="What happens in a project, as it happens", response_class=EventSourceResponse
)
async def live(
    request: Request, member: AsLabeler, view: View = ""
) -> AsyncIterator[ServerSentEvent]:
    """Send `pulse` (state, open rounds, version of the classes) at every change, and HTML parts.

    `part` events carry what the page shows, for the view `now` or `dashboard`; `beat` says that
    the line is there, `out` that you may no longer sign in. After a minute or two the line ends:
    call again.
    """
    lines = cast("Live", request.app.state.live)
    listener = Listener(member.person.id, member.role, view, time.monotonic())
    async for event in lines.follow(member.project.id, listener):
        yield event
