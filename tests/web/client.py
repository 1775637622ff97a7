"""A client of the app in this process, with a browser's cookies; it waits for background tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from anyio import CapacityLimiter
from anyio.from_thread import BlockingPortal, start_blocking_portal
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI


class Client:
    """httpx's AsyncClient, called from tests that are not asynchronous."""

    def __init__(self, portal: BlockingPortal, app: FastAPI, **headers: str) -> None:
        self._portal = portal
        self.app = app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(
            transport=transport, base_url="http://testserver", headers=headers
        )

    def beside(self, **headers: str) -> "Client":
        """Return another client of the same app, with nothing but these headers."""
        return Client(self._portal, self.app, **headers)

    @contextmanager
    def busy_threads(self) -> Iterator[None]:
        """Hold all threads that requests share, as slow ones do."""
        threads = self._portal.call(_threads)
        holders = [object() for _ in range(int(threads.total_tokens))]
        for holder in holders:
            self._portal.call(threads.acquire_on_behalf_of_nowait, holder)
        yield
        for holder in holders:
            self._portal.call(threads.release_on_behalf_of, holder)

    @property
    def cookies(self) -> httpx.Cookies:
        return self._http.cookies

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        more = {"follow_redirects": True, **more}

        async def send() -> httpx.Response:
            return await self._http.request(method, path, **more)

        return self._portal.call(send)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", path, **more)


async def _threads() -> CapacityLimiter:
    return current_default_thread_limiter()


@contextmanager
def client_of(app: FastAPI) -> Iterator[Client]:
    """Yield a client that is not signed in."""
    with start_blocking_portal() as portal:
        yield Client(portal, app)
