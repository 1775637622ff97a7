"""Erasing an image for good, and the notes that stay."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks
from pydantic import Field

from models.record import Record
from models.removal import Erasure
from tenfold.erasing import erase_image, finish_erasures
from tenfold.web.access import AsAdmin, AsReviewer
from tenfold.web.api.images import Hash
from tenfold.web.context import WebContext

router = APIRouter(prefix="/projects/{name}", tags=["images"])


class Reason(Record):
    """Why an image must go; the note of it stays, so it shouldn't say what was seen."""

    reason: Annotated[str, Field(max_length=500)] = ""


class Erased(Erasure):
    """The note that stays, and who else shows the image."""

    other_projects: int
    """Projects that have the same image: it must be erased there, too."""


@router.post("/images/{sha256}/erase", summary="Erase an image for good")
def erase(
    sha256: Hash, wanted: Reason, member: AsAdmin, web: WebContext, later: BackgroundTasks
) -> Erased:
    """Remove its picture now, and all that was made and said of it in the background."""
    project_id = member.project.id
    note = erase_image(
        web.store, web.blobs, project_id, sha256, by=member.person.name, reason=wanted.reason
    )
    later.add_task(finish_erasures, web.store, web.blobs)
    others = web.store.erasures.other_projects(project_id, sha256)
    return Erased(**note.model_dump(), other_projects=others)


@router.get("/erased", summary="Images that were erased for good")
def list_erased(member: AsReviewer, web: WebContext) -> list[Erasure]:
    """Return who erased them, when and why, oldest first."""
    return web.store.erasures.notes(member.project.id)
