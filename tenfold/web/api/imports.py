"""Labels that were made elsewhere, brought in from the page."""

from fastapi import APIRouter, Request

from models.record import Record
from tenfold.web.access import Admin
from tenfold.web.context import WebContext
from tenfold.web.imports import ImportState, ImportWanted

router = APIRouter(prefix="/imports", tags=["imports"])


class Made(Record):
    """What can be asked for by its id."""

    id: str


@router.post(
    "/files",
    status_code=201,
    summary="Send a labels file",
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}},
)
async def send_file(name: str, request: Request, _: Admin, web: WebContext) -> Made:
    """Store the body, called `name`; it is kept for two days."""
    return Made(id=await web.imports.keep(name, request.stream()))


@router.post("", status_code=202, summary="Look into a labels file, or import it")
def begin_import(wanted: ImportWanted, _: Admin, web: WebContext) -> Made:
    """Begin; a project that isn't there is made. Twice is as good as once."""
    return Made(id=web.imports.begin(wanted))


@router.get("/{made}", summary="How far an import is")
def get_import(made: str, _: Admin, web: WebContext) -> ImportState:
    """Return what would come in or came in, once that is known."""
    return web.imports.state(made)
