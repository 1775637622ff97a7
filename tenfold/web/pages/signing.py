"""Signing in, by this machine's link or by name and password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from models.person import Person
from tenfold.errors import SignInError
from tenfold.web import session
from tenfold.web.access import is_machine_token, local_admin, person_or_none, same_origin
from tenfold.web.api.sessions import check_password
from tenfold.web.context import Web, WebContext
from tenfold.web.pages.rendering import render

router = APIRouter()

Maybe = Annotated[Person | None, Depends(person_or_none)]


def own_path(path: str) -> str:
    """Return a path of this very page; anything else becomes the start page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/projects"


def _enter(web: Web, person: Person, target: str) -> Response:
    response = RedirectResponse(own_path(target), 303)
    session.begin(web, response, person.id)
    return response


@router.get("/")
def start() -> Response:
    """Go to the projects."""
    return RedirectResponse("/projects", 303)


def _form(request: Request, web: Web, target: str, problem: str = "", name: str = "") -> Response:
    return render(
        request,
        "signin.html",
        person=None,
        status_code=401 if problem else 200,
        target=own_path(target),
        problem=problem,
        name=name,
        local=web.settings.profile == "local",
    )


@router.get("/signin")
def signin_page(
    request: Request,
    web: WebContext,
    person: Maybe,
    token: str = "",
    next: str = "/projects",  # noqa: A002 the query's name
) -> Response:
    """Sign in by the machine's link, or ask for name and password."""
    if token:
        if is_machine_token(web, token):
            return _enter(web, local_admin(web), next)
        problem = "This link is not valid here. Run `tenfold up` again and open the link it prints."
        return _form(request, web, next, problem)
    return RedirectResponse(own_path(next), 303) if person else _form(request, web, next)


@router.post("/signin")
def signin_with_password(
    request: Request,
    web: WebContext,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/projects",  # noqa: A002 the field's name
) -> Response:
    """Sign in with name and password."""
    try:
        person = check_password(web, request, name.strip(), password)
    except SignInError as error:
        return _form(request, web, next, str(error), name)
    return _enter(web, person, next)


@router.post("/signout")
def signout(request: Request, web: WebContext) -> Response:
    """Sign out and return to the form."""
    response = RedirectResponse("/signin", 303)
    if same_origin(request):
        session.end(web, response)
    return response
