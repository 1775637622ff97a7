"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from models.person import Person
from models.record import Record
from tenfold.errors import ForbiddenError
from tenfold.web import session
from tenfold.web.access import SignedIn, same_origin
from tenfold.web.context import Web, WebContext

router = APIRouter(tags=["session"])


class Credentials(Record):
    """A name and a password."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


def check_password(web: Web, request: Request, name: str, password: str) -> Person:
    """Return the person of a name and password; too many wrong tries are made to wait.

    Raises:
        SignInError: the name or the password is wrong, or too many tries were.
        ForbiddenError: another site's page sends this.
    """
    if "origin" in request.headers and not same_origin(request):
        raise ForbiddenError("This request comes from another site.")
    with web.throttle.attempt(name):
        return web.store.people.sign_in(name, password)


@router.post("/session", summary="Sign in with name and password")
def sign_in(
    credentials: Credentials, request: Request, response: Response, web: WebContext
) -> Person:
    """Set the session cookie."""
    person = check_password(web, request, credentials.name, credentials.password)
    session.begin(web, response, person.id)
    return person


@router.get("/session", summary="Who is signed in")
def who(person: SignedIn) -> Person:
    """Return the person of the cookie or personal token."""
    return person


@router.delete("/session", status_code=204, summary="Sign out")
def sign_out(_: SignedIn, response: Response, web: WebContext) -> None:
    """Forget the session cookie."""
    session.end(web, response)
