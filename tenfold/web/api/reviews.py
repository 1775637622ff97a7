"""What reviewers do: accept, correct, send back; and asking them to look."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from models.annotation import Annotation
from models.record import Record, Sha256
from models.review import ReviewFilter, ReviewItem, ReviewState
from tenfold.store import ImageFilter
from tenfold.web.access import AsReviewer, Member
from tenfold.web.api.images import Limit, image_filter
from tenfold.web.context import Web, WebContext

router = APIRouter(prefix="/projects/{name}/reviews", tags=["reviews"])

Comment = Annotated[str, Field(max_length=500)]
MOST_AT_ONCE = 500


class ReviewPage(Record):
    """Some answers, and where the next ones begin."""

    items: tuple[ReviewItem, ...]
    more: int | None
    """Send this as `before` (or, for what is asked, as `after`) for the next page; None at the
    end."""


@router.get("", summary="Answers of people, newest first")
def answers(
    member: AsReviewer,
    web: WebContext,
    state: ReviewState = ReviewState.OPEN,
    person: str = "",
    label: str = "",
    commented: bool = False,
    before: int | None = None,
    limit: Limit = 60,
) -> ReviewPage:
    """Return them as they stand; what is being answered blind is left out."""
    wanted = ReviewFilter(
        state=state, person=person or None, label=label or None, commented=commented
    )
    found = web.store.reviews.page(member.project.id, wanted, before, limit)
    more = found[-1].annotation_id if len(found) == limit else None
    return ReviewPage(items=tuple(found), more=more)


@router.get("/asked", summary="Images that reviewers are asked to look at")
def asked(member: AsReviewer, web: WebContext, after: int = 0, limit: Limit = 60) -> ReviewPage:
    """Return them, the oldest request first."""
    found = web.store.reviews.asked(member.project.id, after, limit)
    last = found[-1].request if len(found) == limit else None
    return ReviewPage(items=tuple(found), more=last.id if last else None)


@router.post("/{annotation_id}/accept", status_code=201, summary="Accept an answer")
def accept(annotation_id: int, member: AsReviewer, web: WebContext) -> Annotation:
    """Confirm it: the final label is the reviewer's word from now on.

    Another word is said with `POST images/{sha256}/correct`.
    """
    return web.store.reviews.accept(member.person.id, member.project.id, annotation_id)


class SendBack(Record):
    """What the labeler should look at."""

    comment: Annotated[str, Field(min_length=1, max_length=500)]


@router.post("/{annotation_id}/send-back", status_code=204, summary="Send an image back")
def send_back(annotation_id: int, sent: SendBack, member: AsReviewer, web: WebContext) -> None:
    """Ask its labeler to answer again; until then the answer stands."""
    web.store.reviews.send_back(member.person.id, member.project.id, annotation_id, sent.comment)


class Ask(Record):
    """Images that reviewers should look at."""

    shas: Annotated[tuple[Sha256, ...], Field(max_length=MOST_AT_ONCE)]
    comment: Comment = ""


class Asked(Record):
    """How many images reviewers weren't asked about yet."""

    asked: int


@router.post("/ask", summary="Send images to review")
def ask(sent: Ask, member: AsReviewer, web: WebContext) -> Asked:
    """Put images before the reviewers."""
    return Asked(asked=_ask(web, member, sent.shas, sent.comment))


class Why(Record):
    """What reviewers should look at."""

    comment: Comment = ""


@router.post("/ask-all", summary="Send all images of a filter to review")
def ask_all(
    sent: Why,
    member: AsReviewer,
    web: WebContext,
    wanted: Annotated[ImageFilter, Depends(image_filter)],
) -> Asked:
    """Put all images that the filter of the data view finds before the reviewers."""
    pages = web.store.images.stretches(member.project.id, wanted)
    parts = (tuple(view.image.sha256 for view in page.images) for page in pages)
    return Asked(asked=sum(_ask(web, member, shas, sent.comment) for shas in parts))


def _ask(web: Web, member: Member, shas: tuple[str, ...], comment: str) -> int:
    return web.store.reviews.ask(member.person.id, member.project.id, shas, comment)
