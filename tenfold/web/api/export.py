"""Exports: final labels as a file."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from tenfold.web.access import AsReviewer
from tenfold.web.context import WebContext

router = APIRouter(prefix="/projects/{name}", tags=["export"])

Format = Literal["csv", "jsonl", "coco", "voc", "yolo"]


@router.get("/export", summary="Final labels as a zip file", response_class=StreamingResponse)
def export(member: AsReviewer, web: WebContext, format: Format = "jsonl") -> StreamingResponse:  # noqa: A002 the query's name
    """Write the final labels in a format and send them as a zip file."""
    from tenfold.formats.export import export_stream

    packed = export_stream(web.store, web.blobs, member.project, format)
    name = f"{member.project.name}-{format}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(packed, media_type="application/zip", headers=headers)
