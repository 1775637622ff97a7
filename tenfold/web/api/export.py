"""Exports: labels as a file."""

from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import Field

from tenfold.web.access import AsReviewer
from tenfold.web.context import WebContext

router = APIRouter(prefix="/projects/{name}", tags=["export"])

Format = Literal[
    "csv", "jsonl", "coco", "voc", "yolo", "azure-coco", "ground-truth", "label-studio",
    "predictions",
]  # fmt: skip


@router.get("/export", summary="Labels as a zip file", response_class=StreamingResponse)
def export(
    member: AsReviewer,
    web: WebContext,
    format: Format = "jsonl",  # noqa: A002 the query's name
    include: Literal["final", "human", "prelabels"] = "final",
    provenance: bool = True,
    split: Annotated[str, Field(max_length=40)] = "",
    split_by: Annotated[str, Field(max_length=255)] = "hash",
    upright_copies: bool = False,
) -> StreamingResponse:
    """Write the labels in a format and send them as a zip file, as `tenfold export` does.

    `split` are the shares of training, validation and test, as `80/10/10`; `split_by` is `hash` or
    a column of the manifest. Images that show nearly the same are in one part.
    """
    from tenfold.formats.export import export_stream
    from tenfold.formats.export_rows import What
    from tenfold.pipeline.parting import split_of

    what = What(
        include=include,
        provenance=provenance,
        split=split_of(web.blobs, member.project.id, split, split_by),
        upright_copies=upright_copies,
    )
    packed = export_stream(web.store, web.blobs, member.project, format, what)
    name = f"{member.project.name}-{format}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(packed, media_type="application/zip", headers=headers)
