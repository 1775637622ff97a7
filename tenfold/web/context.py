"""What the page works on: stores, settings and the two secrets of this machine."""

from dataclasses import dataclass, field
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from tenfold.blobs.port import BlobStore
from tenfold.settings import Settings
from tenfold.store import Store
from tenfold.web.alike import Alike
from tenfold.web.imports import Imports
from tenfold.web.throttle import Throttle
from tenfold.web.uploads import Uploads
from tenfold.web.waits import Waits

HANDS = 8
"""Requests of labelers that are worked at at once: more threads get in each other's way."""


@dataclass(frozen=True, slots=True)
class Web:
    """All that a request may use."""

    store: Store
    blobs: BlobStore
    settings: Settings
    cookie_secret: str
    """Signs the session cookies."""
    machine_token: str
    """Signs this machine's user in, in the local profile."""
    alike: Alike
    """Which images look alike."""
    imports: Imports
    """Labels that are brought in."""
    uploads: Uploads
    """Images that are sent."""
    waits: Waits
    """What keeps flow runs."""
    throttle: Throttle = field(default_factory=lambda: Throttle(tries=8, seconds=60))
    """Slows down who guesses passwords."""
    hands: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(HANDS))
    """Threads for what labelers wait for, which no slow page can take."""


def web_of(request: Request) -> Web:
    """Return the context of the app that serves a request."""
    web: Web = request.app.state.web
    return web


async def _web(request: Request) -> Web:
    # Asynchronous, since FastAPI sends every other dependency to a thread.
    return web_of(request)


WebContext = Annotated[Web, Depends(_web)]
