"""Exports: final labels as a file."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from tenfold.web.access import AsReviewer, Member
from tenfold.web.context import Web, WebContext

router = APIRouter(prefix="/projects/{name}", tags=["export"])

Format = Literal["csv", "jsonl", "coco", "voc", "yolo"]
CHUNK = 1 << 18


@router.get("/export", summary="Final labels as a zip file", response_class=StreamingResponse)
def export(member: AsReviewer, web: WebContext, format: Format = "jsonl") -> StreamingResponse:  # noqa: A002 the query's name
    """Write the final labels in a format and send them as a zip file."""
    folder = TemporaryDirectory(prefix="tenfold-export-")
    try:
        packed = _pack(web, member, format, Path(folder.name))
    except BaseException:
        folder.cleanup()
        raise
    name = f"{member.project.name}-{format}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_send(packed, folder), media_type="application/zip", headers=headers)


def _pack(web: Web, member: Member, chosen: str, folder: Path) -> Path:
    from tenfold.formats.export import export_project

    out = folder / "labels"
    out.mkdir()
    export_project(web.store, web.blobs, member.project, chosen, out)
    packed = folder / "labels.zip"
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path in sorted(out.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(out).as_posix())
    return packed


def _send(path: Path, folder: TemporaryDirectory[str]) -> Iterator[bytes]:
    with folder, path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
