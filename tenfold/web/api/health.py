"""Whether the page and its stores answer."""

from fastapi import APIRouter

from models.record import Record
from tenfold import __version__
from tenfold.web.context import WebContext

router = APIRouter(tags=["service"])


class Health(Record):
    """The page answers, and so does the label store."""

    status: str = "ok"
    version: str = __version__


@router.get("/health", summary="Whether the page and the label store answer")
def health(web: WebContext) -> Health:
    """Read the label store once, and answer."""
    web.store.projects.list()
    return Health()
