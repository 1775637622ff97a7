"""The review tab: what people labeled, accepted, corrected or sent back by keys."""

from fastapi import APIRouter, Request, Response

from models.review import ReviewState
from tenfold.web.access import AsReviewer
from tenfold.web.api import agreement
from tenfold.web.context import WebContext
from tenfold.web.pages.label import instruction_values, start_values
from tenfold.web.pages.rendering import render_of_project

router = APIRouter()

FILTERS = ("state", "person", "label", "commented")

STATES = {
    ReviewState.OPEN.value: "not looked at yet",
    "asked": "sent here by somebody",
    ReviewState.SENT_BACK.value: "sent back, not answered yet",
    ReviewState.ALL.value: "all answers",
}


@router.get("/projects/{name}/review")
def review_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Show the review tab; its script fetches the answers."""
    return render_of_project(
        request,
        "review.html",
        member,
        tab="review",
        wanted={key: request.query_params.get(key, "") for key in FILTERS},
        states=STATES,
        labelers=web.store.reviews.labelers(member.project.id),
        start=start_values(member, web.settings.lease_seconds),
        **instruction_values(member, web),
    )


@router.get("/projects/{name}/consensus")
def consensus_page(request: Request, member: AsReviewer, web: WebContext) -> Response:
    """Show how well people agree, and who said what where they don't."""
    return render_of_project(
        request,
        "consensus.html",
        member,
        tab="review",
        found=agreement.summary(member, web),
        start=start_values(member, web.settings.lease_seconds),
        **instruction_values(member, web),
    )
