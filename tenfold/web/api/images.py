"""Images: their pictures, the data view, history and corrections."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints

from models.annotation import Annotation, FinalKind, SkipReason
from models.image import Quarantined
from models.label import LabelValue
from models.record import Fraction, Record
from tenfold.errors import InvalidAnswerError
from tenfold.store import ImageFilter, ImagePage, PrecedentView
from tenfold.web import pictures
from tenfold.web.access import AsLabeler, AsReviewer
from tenfold.web.box_reasons import BoxesWhy, why_boxes
from tenfold.web.context import WebContext

router = APIRouter(prefix="/projects/{name}", tags=["images"])

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Limit = Annotated[int, Field(ge=1, le=500)]


def image_filter(
    state: str | None = None,
    label: str | None = None,
    by: FinalKind | Literal[""] | None = None,
    person: str | None = None,
    round_id: str | None = None,
    path: str | None = None,
    least_confidence: Fraction | Literal[""] | None = None,
    most_confidence: Fraction | Literal[""] | None = None,
    disagrees: bool | Literal[""] = False,
) -> ImageFilter:
    """Read the filter of the data view from a query; empty fields don't filter."""
    return ImageFilter(
        state=state or None,
        label=label or None,
        by=by or None,
        person=person or None,
        round_id=round_id or None,
        path_contains=path or None,
        least_confidence=None if least_confidence == "" else least_confidence,
        most_confidence=None if most_confidence == "" else most_confidence,
        disagrees=bool(disagrees),
    )


@router.get("/images", summary="Images by filter, a page at a time")
def list_images(
    member: AsReviewer,
    web: WebContext,
    wanted: Annotated[ImageFilter, Depends(image_filter)],
    after: str | None = None,
    limit: Limit = 60,
) -> ImagePage:
    """Return images in the order of their hashes; proposals of open audits are left out."""
    return web.store.images.stretch(member.project.id, wanted, after, limit)


@router.get("/quarantined", summary="Files that were set aside")
def list_quarantined(
    member: AsReviewer, web: WebContext, after: str = "", limit: Limit = 100
) -> list[Quarantined]:
    """Return them in the order of their paths."""
    return web.store.images.quarantined(member.project.id, after=after, limit=limit)


@router.get("/images/{sha256}/history", summary="All annotations of an image")
def history(sha256: Hash, member: AsReviewer, web: WebContext) -> list[Annotation]:
    """Return them from the oldest to the newest."""
    return web.store.labeling.history(member.project.id, sha256)


@router.get("/images/{sha256}/precedents", summary="What a proposal leans on")
def precedents(sha256: Hash, member: AsReviewer, web: WebContext) -> list[PrecedentView]:
    """Return the tagged images that the model sees as most like an image it proposes a label for.

    Those that it learned with the proposed label come first. None where an open audit holds the
    image, or where the model doesn't tell; of boxes, see `box-reasons`.
    """
    return web.store.precedents.of(member.project.id, sha256)


@router.get("/images/{sha256}/box-reasons", summary="Why boxes are proposed")
def box_reasons(sha256: Hash, member: AsReviewer, web: WebContext) -> BoxesWhy | None:
    """Return of each proposed box its chance, the next class, and the tagged boxes like it.

    Null where an open audit holds the image, or where no boxes are proposed.
    """
    return why_boxes(web, member.project, sha256)


class Correction(Record):
    """A label given outside a round, or a reason for none."""

    value: LabelValue | None = None
    skip: SkipReason | None = None
    comment: str = ""


@router.post("/images/{sha256}/correct", status_code=201, summary="Correct a label")
def correct(sha256: Hash, sent: Correction, member: AsReviewer, web: WebContext) -> Annotation:
    """Supersede the label of an image; refused while an open audit holds it."""
    word = sent.value if sent.value is not None else sent.skip
    if word is None:
        raise InvalidAnswerError("A correction needs a label, or a reason for none.")
    return web.store.labeling.correct(
        member.person.id, member.project.id, sha256, word, sent.comment
    )


class Pin(Record):
    """How an image is shown with the instructions."""

    good: bool = True
    """False: it shows what is not meant."""
    note: Annotated[str, Field(max_length=300)] = ""


@router.put("/images/{sha256}/example", status_code=204, summary="Pin as an example")
def pin(sha256: Hash, sent: Pin, member: AsReviewer, web: WebContext) -> None:
    """Show the image with the instructions; refused while it is answered blind."""
    project_id = member.project.id
    web.store.images.get(project_id, sha256)
    web.store.examples.pin(member.person.id, project_id, sha256, good=sent.good, note=sent.note)


@router.delete("/images/{sha256}/example", status_code=204, summary="Unpin an example")
def unpin(sha256: Hash, member: AsReviewer, web: WebContext) -> None:
    """Show the image with the instructions no longer."""
    web.store.examples.unpin(member.project.id, sha256)


@router.get(
    "/images/{sha256}/{size}",
    summary="The picture itself",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}}, 304: {"description": "Unchanged."}},
)
def picture(
    sha256: Hash,
    size: Literal["thumb", "screen", "original"],
    request: Request,
    member: AsLabeler,
    web: WebContext,
) -> Response:
    """Return a thumbnail, a screen-sized version or the original bytes; caches keep them."""
    tag = f'"{sha256[:32]}-{size}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=pictures.cached(tag))
    return pictures.serve(web, web.store.images.get(member.project.id, sha256), size, tag)
