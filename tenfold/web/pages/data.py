"""The data view: all images by filter, one image with its history, files set aside, export."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from models.annotation import FinalKind
from tenfold.errors import TenfoldError
from tenfold.store import ImageFilter
from tenfold.task_types import task_kind
from tenfold.web.access import AsReviewer
from tenfold.web.api.images import Hash, image_filter
from tenfold.web.context import WebContext
from tenfold.web.disagreements import disagreements
from tenfold.web.labels import describe, overlay
from tenfold.web.pages.label import start_values
from tenfold.web.pages.rendering import render

router = APIRouter()

ON_A_PAGE = 60

FILTERS = ("state", "label", "by", "path")

STATES = (
    "manual",
    "reviewed",
    "audited",
    "imported",
    "accepted",
    "pre-labeled",
    "skipped",
    "unlabeled",
)

FORMATS = {
    "csv": ("CSV", "One row a label; opens in a spreadsheet."),
    "jsonl": ("JSON lines", "One image a line, with who labeled it and when."),
    "coco": ("COCO", "One JSON file, boxes and outlines in absolute pixels."),
    "voc": ("Pascal VOC", "One XML file an image."),
    "yolo": ("YOLO", "One text file an image, and a data.yaml."),
}


def _query(request: Request, **changes: str | None) -> str:
    kept = {key: value for key, value in request.query_params.items() if value}
    merged = {key: value for key, value in {**kept, **changes}.items() if value}
    return "?" + urlencode(merged)


@router.get("/projects/{name}/data")
def data_page(
    request: Request,
    member: AsReviewer,
    web: WebContext,
    wanted: Annotated[ImageFilter, Depends(image_filter)],
    after: str | None = None,
) -> Response:
    """Show a page of images."""
    found = web.store.images.page(member.project.id, wanted, after or None, ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    last = shown[-1].image.sha256 if len(found) > ON_A_PAGE else None
    return render(
        request,
        "data.html",
        person=member.person,
        member=member,
        project=member.project,
        images=shown,
        wanted={key: request.query_params.get(key, "") for key in FILTERS},
        states=STATES,
        finals=list(FinalKind),
        more=_query(request, after=last) if last else None,
        first=_query(request, after=None) if after else None,
        describe=describe,
        overlay=overlay,
        tab="data",
    )


@router.get("/projects/{name}/data/{sha256}")
def image_page(request: Request, sha256: Hash, member: AsReviewer, web: WebContext) -> Response:
    """Show one image with everything that was said of it, and let it be corrected."""
    project = member.project
    image = web.store.images.get(project.id, sha256)
    history = web.store.labeling.history(project.id, sha256)
    pinned = (each for each in web.store.examples.pinned(project.id) if each.sha256 == sha256)
    start = start_values(member, web.settings.lease_seconds)
    final = web.store.images.view(project.id, sha256)
    value = final.value if final else None
    start["image"] = {
        "sha256": sha256,
        "width": image.width,
        "height": image.height,
        "value": value.model_dump(mode="json") if value else None,
    }
    return render(
        request,
        "image.html",
        person=member.person,
        member=member,
        project=project,
        image=image,
        view=final,
        history=list(reversed(history)),
        example=next(pinned, None),
        start=start,
        describe=describe,
        tab="data",
    )


@router.get("/projects/{name}/quarantine")
def quarantine_page(
    request: Request, member: AsReviewer, web: WebContext, after: str = ""
) -> Response:
    """Show files that gave no image, and why."""
    found = web.store.images.quarantined(member.project.id, after=after, limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    return render(
        request,
        "quarantine.html",
        person=member.person,
        member=member,
        project=member.project,
        files=shown,
        more=_query(request, after=shown[-1].path) if len(found) > ON_A_PAGE else None,
        after=after,
        tab="data",
    )


@router.get("/projects/{name}/disagreements")
def disagreements_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Show where people and the model disagree, the surest proposals first."""
    return render(
        request,
        "disagreements.html",
        person=member.person,
        member=member,
        project=member.project,
        images=disagreements(web.store, member.project),
        overlay=overlay,
        describe=describe,
        tab="data",
    )


@router.get("/projects/{name}/flagged")
def flagged_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Show what labelers flagged, until a correction deals with it."""
    return render(
        request,
        "flagged.html",
        person=member.person,
        member=member,
        project=member.project,
        flags=web.store.examples.flags(member.project.id),
        describe=describe,
        tab="data",
    )


@router.get("/projects/{name}/export")
def export_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Offer the formats that can hold this project's labels."""
    progress = web.store.progress.of(member.project)
    try:
        able = tuple(task_kind(member.project.task).formats)
    except TenfoldError:
        able = tuple(FORMATS)
    return render(
        request,
        "export.html",
        person=member.person,
        member=member,
        project=member.project,
        progress=progress,
        formats=[(name, *FORMATS[name]) for name in FORMATS if name in able],
        tab="export",
    )
