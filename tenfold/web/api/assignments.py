"""Images of the open round that are meant for somebody."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from models.record import Record, Sha256
from models.round import Assigning, Round, Share
from tenfold.errors import ConflictError, NotFoundError
from tenfold.store import ImageFilter
from tenfold.web.access import AsReviewer, Member
from tenfold.web.api.images import image_filter
from tenfold.web.api.labeling import current_round
from tenfold.web.context import Web, WebContext

router = APIRouter(prefix="/projects/{name}/assignments", tags=["rounds"])


class NewAssignment(Record):
    """What is meant for whom: so many of the next images, or these."""

    person_id: int
    count: Annotated[int, Field(ge=1)] | None = None
    shas: tuple[Sha256, ...] | None = None
    assigning: Assigning = Assigning.FIRST

    @model_validator(mode="after")
    def _some(self) -> Self:
        if (self.count is None) == (self.shas is None):
            raise ValueError("say how many images, or which")
        return self


class Meant(Record):
    """For whom the images of a filter are meant."""

    person_id: int
    assigning: Assigning = Assigning.FIRST


class Assigned(Record):
    """How many images are meant for somebody now."""

    images: int


def _asked(web: Web, member: Member) -> Round:
    asked = current_round(web, member)
    if asked is None:
        raise ConflictError("No round is open.", "Images are assigned while one is.")
    return asked


@router.post("", status_code=201, summary="Mean images for somebody")
def assign(wanted: NewAssignment, member: AsReviewer, web: WebContext) -> Assigned:
    """Mean images of the open round for a person; they are handed these first."""
    images = web.store.assignments.assign(
        _asked(web, member).id,
        wanted.person_id,
        count=wanted.count,
        shas=wanted.shas,
        assigning=wanted.assigning,
    )
    return Assigned(images=images)


@router.post("/all", status_code=201, summary="Mean all images of a filter for somebody")
def assign_all(
    meant: Meant,
    member: AsReviewer,
    web: WebContext,
    wanted: Annotated[ImageFilter, Depends(image_filter)],
) -> Assigned:
    """Mean all images that the filter of the data view finds, as far as they wait in the round."""
    images = web.store.assignments.assign(
        _asked(web, member).id,
        meant.person_id,
        shas=_found(web, member.project.id, wanted),
        assigning=meant.assigning,
    )
    return Assigned(images=images)


def _found(web: Web, project_id: str, wanted: ImageFilter) -> list[str]:
    pages = web.store.images.stretches(project_id, wanted)
    return [view.image.sha256 for page in pages for view in page.images]


@router.get("", summary="What is meant for whom")
def list_assignments(member: AsReviewer, web: WebContext) -> list[Share]:
    """Return the shares of the open round, by name."""
    asked = current_round(web, member)
    return web.store.assignments.of_round(asked.id) if asked else []


@router.delete("/{person_id}", summary="Let others have what was meant for somebody")
def release(person_id: int, member: AsReviewer, web: WebContext) -> Assigned:
    """Return how many images are meant for nobody now."""
    asked = _asked(web, member)
    shares = web.store.assignments.of_round(asked.id)
    if person_id not in {share.person_id for share in shares}:
        raise NotFoundError("Nothing is meant for this person.")
    return Assigned(images=web.store.assignments.release(asked.id, person_id))
