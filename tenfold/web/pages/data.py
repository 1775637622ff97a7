"""The data view: all images by filter, one image with its history, files set aside."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from models.annotation import Annotation, AnnotationKind, FinalKind
from models.person import Role
from models.round import Round
from tenfold.pipeline.noted import read_near_duplicates
from tenfold.store import ImageFilter, ImagePage
from tenfold.store.progress import STATES
from tenfold.web.access import AsReviewer
from tenfold.web.api.images import Hash, image_filter
from tenfold.web.api.labeling import current_round
from tenfold.web.context import Web, WebContext
from tenfold.web.disagreements import LOOKED_AT, differing_twins, disagreements
from tenfold.web.labels import describe, overlay
from tenfold.web.pages.label import start_values
from tenfold.web.pages.rendering import render_of_project

router = APIRouter()

RETURNABLE = (AnnotationKind.MANUAL, AnnotationKind.REVIEW)
"""Answers that may go back to whoever gave them."""

ON_A_PAGE = 60
FIRST = 100
"""Images that come with the data view; its script fetches the others."""

NOTHING = ImagePage(images=(), after="", looked_at=0)

SET_ASIDE = "set aside"
"""In the place of a state: files that gave no image."""

FILTERS = (
    "state",
    "label",
    "by",
    "person",
    "round_id",
    "least_confidence",
    "most_confidence",
    "path",
    "disagrees",
)


@router.get("/projects/{name}/data")
def data_page(
    request: Request,
    member: AsReviewer,
    web: WebContext,
    wanted: Annotated[ImageFilter, Depends(image_filter)],
) -> Response:
    """Show the data view with its first images; its script fetches the others."""
    project = member.project
    aside = wanted.state == SET_ASIDE
    first = NOTHING if aside else web.store.images.stretch(project.id, wanted, limit=FIRST)
    images = web.store.images.counts(project.id).images
    start = start_values(member, web.settings.lease_seconds)
    return render_of_project(
        request,
        "data.html",
        member,
        tab="data",
        start={**start, "page": first.model_dump(mode="json"), "images": images},
        wanted={key: request.query_params.get(key, "") for key in FILTERS},
        states=STATES,
        finals=list(FinalKind),
        labelers=web.store.reviews.labelers(project.id),
        rounds=_rounds(web, project.id),
        asked=current_round(web, member),
        people=[each for each in web.store.people.list() if each.active],
    )


def _rounds(web: Web, project_id: str) -> list[Round]:
    cycle = web.store.cycles.current(project_id)
    return web.store.rounds.list(cycle.id) if cycle else []


@router.get("/projects/{name}/data/{sha256}")
def image_page(request: Request, sha256: Hash, member: AsReviewer, web: WebContext) -> Response:
    """Show one image with everything that was said of it, and let it be corrected."""
    project = member.project
    erased = web.store.erasures.note(project.id, sha256)
    if erased is not None:
        return render_of_project(request, "erased.html", member, tab="data", note=erased)
    image = web.store.images.get(project.id, sha256)
    history = web.store.labeling.history(project.id, sha256)
    pinned = (each for each in web.store.examples.pinned(project.id) if each.sha256 == sha256)
    start = start_values(member, web.settings.lease_seconds)
    final = web.store.images.view(project.id, sha256)
    asked = web.store.reviews.requests(project.id, sha256)
    value = final.value if final else None
    start["image"] = {
        "sha256": sha256,
        "width": image.width,
        "height": image.height,
        "value": value.model_dump(mode="json") if value else None,
        **(final.model_dump(mode="json", include={"prelabel", "confidence"}) if final else {}),
    }
    return render_of_project(
        request,
        "image.html",
        member,
        tab="data",
        image=image,
        view=final,
        history=list(reversed(history)),
        answer=_last_answer(history),
        asked=asked,
        waiting=next((one for one in asked if one.open), None),
        example=next(pinned, None),
        start=start,
        describe=describe,
        may_erase=member.may(Role.ADMIN),
    )


def _last_answer(history: Sequence[Annotation]) -> Annotation | None:
    """Return the latest answer that may be sent back to whoever gave it."""
    answers = (
        one
        for one in reversed(history)
        if one.kind in RETURNABLE and one.person and not (one.undone or one.second_opinion)
    )
    return next(answers, None)


@router.get("/projects/{name}/quarantine")
def quarantine_page(
    request: Request, member: AsReviewer, web: WebContext, after: str = ""
) -> Response:
    """Show files that gave no image, and why."""
    found = web.store.images.quarantined(member.project.id, after=after, limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    return render_of_project(
        request,
        "quarantine.html",
        member,
        tab="data",
        files=shown,
        more="?" + urlencode({"after": shown[-1].path}) if len(found) > ON_A_PAGE else None,
        after=after,
    )


@router.get("/projects/{name}/disagreements")
def disagreements_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Show where people and the model disagree, and near-duplicates with different labels."""
    project = member.project
    near = read_near_duplicates(web.blobs, project.id)
    return render_of_project(
        request,
        "disagreements.html",
        member,
        tab="data",
        contradicted=disagreements(web.store, project),
        near=near,
        most_pairs=LOOKED_AT,
        twins=differing_twins(web.store, project, near.pairs if near else ()),
        progress_images=web.store.images.counts(project.id).images,
        overlay=overlay,
        describe=describe,
    )


@router.get("/projects/{name}/flagged")
def flagged_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Show what labelers flagged, until a correction deals with it."""
    return render_of_project(
        request,
        "flagged.html",
        member,
        tab="data",
        flags=web.store.examples.flags(member.project.id),
        describe=describe,
    )
