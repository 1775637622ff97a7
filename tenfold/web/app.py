"""The app: stores, routers, headers."""

import logging
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from tenfold import __version__
from tenfold.blobs import BlobStore, open_blobs
from tenfold.settings import Settings, get_settings
from tenfold.store import Store, open_store
from tenfold.web import api, failures, pages, vendor
from tenfold.web.alike import Alike
from tenfold.web.context import Web
from tenfold.web.headers import SecurityHeaders
from tenfold.web.imports import Imports
from tenfold.web.live import Live
from tenfold.web.pages.dashboard import render_parts
from tenfold.web.runs import pulse_of
from tenfold.web.secret import cookie_secret, machine_token
from tenfold.web.uploads import Uploads
from tenfold.web.waits import Waits

STATIC = Path(__file__).parent / "static"

WORKER = "js/worker.js"
"""May stand in for the server on all pages, though it lies deeper."""

log = logging.getLogger("tenfold.web")


class Revalidated(StaticFiles):
    """Files that browsers keep but ask about each time, so that a new version is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or that it is unchanged."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        if path == WORKER:
            response.headers["service-worker-allowed"] = "/"
        return response


def make_web(settings: Settings, store: Store | None, blobs: BlobStore | None) -> Web:
    """Return the context of an app; stores that are not given are opened."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    store = store or open_store(settings.store_url)
    blobs = blobs or open_blobs(settings)
    return Web(
        store=store,
        blobs=blobs,
        alike=Alike(store, blobs),
        imports=Imports(settings.home_dir, store),
        uploads=Uploads(settings, store, blobs),
        waits=Waits(store),
        settings=settings,
        cookie_secret=cookie_secret(settings),
        machine_token=machine_token(settings),
    )


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Return what all apps of this process answer: FastAPI works out how, which takes it long."""
    included = APIRouter()
    included.include_router(api.router)
    included.include_router(pages.router)
    return tuple(included.routes)


def create_app(
    settings: Settings | None = None,
    store: Store | None = None,
    blobs: BlobStore | None = None,
) -> FastAPI:
    """Return the page and its API; what is not given comes from the settings."""
    settings = settings or get_settings()
    app = FastAPI(
        title="tenfold",
        version=__version__,
        summary="Label images with few tags, and know how many of the other labels are wrong.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        # Nobody collects these here, and they cost an eighth of a labeler's request.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    web = make_web(settings, store, blobs)
    app.state.web = web
    app.state.live = Live(
        partial(pulse_of, web),
        web.store.people.roles_in,
        web.store.projects.by_id,
        partial(render_parts, web),
    )
    app.add_middleware(SecurityHeaders)
    app.router.routes.extend(_routes())
    _mount_files(app, settings)
    failures.install(app)
    return app


def _mount_files(app: FastAPI, settings: Settings) -> None:
    missing = vendor.problem(settings.home_dir)
    if missing:
        log.warning("Boxes can't be drawn on this page: %s", missing)
    carried = Revalidated(directory=vendor.folder(settings.home_dir), check_dir=False)
    app.mount("/static/vendor", carried, name="vendor")
    app.mount("/static", Revalidated(directory=STATIC), name="static")
