"""Coming by an invitation: who opens the link chooses a name and a password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from tenfold.errors import ConflictError, ForbiddenError, SignInError
from tenfold.web import session
from tenfold.web.access import same_origin
from tenfold.web.api.people import NewPerson
from tenfold.web.context import Web, WebContext
from tenfold.web.pages.rendering import render

router = APIRouter()

_person: TypeAdapter[NewPerson] = TypeAdapter(NewPerson)


@router.get("/join/{secret}")
def join_page(request: Request, secret: str, web: WebContext) -> Response:
    """Ask for a name and a password, while the invitation is valid."""
    return _form(request, web, secret)


def _form(request: Request, web: Web, secret: str, problem: str = "", name: str = "") -> Response:
    try:
        invitation = web.store.invitations.look(secret)
    except SignInError as error:
        invitation, problem = None, str(error)
    return render(
        request,
        "join.html",
        person=None,
        status_code=400 if problem else 200,
        invitation=invitation,
        problem=problem,
        name=name,
    )


@router.post("/join/{secret}")
def join(
    request: Request,
    secret: str,
    web: WebContext,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Make the account, and sign in."""
    if "origin" in request.headers and not same_origin(request):
        raise ForbiddenError("This request comes from another site.")
    try:
        wanted = _person.validate_python({"name": name.strip(), "password": password})
        person = web.store.invitations.accept(secret, wanted.name, password)
    except ValidationError:
        needed = "Choose a name, and a password of ten characters at least."
        return _form(request, web, secret, needed, name)
    except (ConflictError, SignInError) as error:
        return _form(request, web, secret, str(error), name)
    response = RedirectResponse("/projects", 303)
    session.begin(web, response, person.id)
    return response
