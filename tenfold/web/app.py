"""The app: stores, routers, headers."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from tenfold import __version__
from tenfold.blobs import BlobStore, open_blobs
from tenfold.settings import Settings, get_settings
from tenfold.store import Store, open_store
from tenfold.web import api, failures, pages
from tenfold.web.context import Web, cookie_secret, machine_token
from tenfold.web.headers import SecurityHeaders

STATIC = Path(__file__).parent / "static"


def make_web(settings: Settings, store: Store | None, blobs: BlobStore | None) -> Web:
    """Return the context of an app; stores that are not given are opened."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    return Web(
        store=store or open_store(settings.store_url),
        blobs=blobs or open_blobs(settings),
        settings=settings,
        cookie_secret=cookie_secret(settings),
        machine_token=machine_token(settings),
    )


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
    )
    app.state.web = make_web(settings, store, blobs)
    app.add_middleware(SecurityHeaders)
    app.include_router(api.router)
    app.include_router(pages.router)
    vendor = settings.home_dir / "vendor"
    vendor.mkdir(exist_ok=True)
    app.mount("/static/vendor", StaticFiles(directory=vendor), name="vendor")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    failures.install(app)
    return app
