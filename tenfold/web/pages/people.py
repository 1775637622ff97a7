"""People and their roles; one's own tokens."""

from fastapi import APIRouter, Request, Response

from models.record import now
from tenfold.web.access import Admin, SignedIn
from tenfold.web.context import WebContext
from tenfold.web.pages.rendering import render

router = APIRouter()


@router.get("/people")
def people_page(request: Request, person: Admin, web: WebContext) -> Response:
    """Show everybody who can sign in."""
    invitations = [each for each in web.store.invitations.list() if each.open_at(now())]
    return render(
        request,
        "people.html",
        person=person,
        people=web.store.people.list(),
        invitations=invitations,
        projects=web.store.projects.list(),
    )


@router.get("/account")
def account_page(request: Request, person: SignedIn, web: WebContext) -> Response:
    """Show one's own personal tokens."""
    tokens = web.store.people.tokens(person.id)
    return render(request, "account.html", person=person, tokens=tokens)
