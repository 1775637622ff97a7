"""Images that are sent from the page: for a project that is to be, or for one that is there."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from models.upload import TakenFile, Upload
from tenfold.web.access import Admin, AsAdmin
from tenfold.web.context import Web, WebContext

router = APIRouter(tags=["uploads"])

Path = Annotated[str, Query(min_length=1, max_length=4096)]
"""What a file is called on the sender's machine, its folders included."""

BODY: dict[str, Any] = {"requestBody": {"content": {"application/octet-stream": {}}}}
THERE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same bytes were sent before; nothing new is kept."}
}


def _begun(made: str, web: WebContext) -> Upload:
    return web.uploads.get(made)


Begun = Annotated[Upload, Depends(_begun)]


@router.post("/uploads", status_code=201, summary="Begin to send images")
def begin_upload(person: Admin, web: WebContext) -> Upload:
    """Return where they go: name its `source` when the project is made, within two days."""
    return web.uploads.begin(person.name)


@router.get("/uploads/{made}", summary="An upload that was begun")
def get_upload(_: Admin, upload: Begun) -> Upload:
    """Return where its files go."""
    return upload


@router.put(
    "/uploads/{made}/files",
    status_code=201,
    summary="Send an image",
    responses=THERE,
    openapi_extra=BODY,
)
async def send_file(
    path: Path, request: Request, response: Response, _: Admin, upload: Begun, web: WebContext
) -> TakenFile:
    """Keep the body as a file of the upload; the same again changes nothing."""
    return await _take(web, upload, path, request, response)


@router.put(
    "/projects/{name}/files",
    status_code=201,
    summary="Send an image to a project",
    responses=THERE,
    openapi_extra=BODY,
)
async def send_to_project(
    path: Path, request: Request, response: Response, member: AsAdmin, web: WebContext
) -> TakenFile:
    """Keep the body in the project's source, where that is an upload; a later look takes it in."""
    return await _take(web, web.uploads.of_source(member.project.source), path, request, response)


async def _take(
    web: Web, upload: Upload, path: str, request: Request, response: Response
) -> TakenFile:
    taken = await web.uploads.take(upload, path, request.stream())
    if not taken.new:
        response.status_code = 200
    return taken
