"""Who asks, and what they may do."""

import getpass
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from anyio.to_thread import run_sync
from fastapi import Depends, Request

from models.person import Person, Role
from models.project import Project
from tenfold.errors import ForbiddenError, NotFoundError, SignInError
from tenfold.store.standings import Standing
from tenfold.web import session
from tenfold.web.context import Web, WebContext, web_of

T = TypeVar("T")

NOBODY = "You are not signed in."

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def local_admin(web: Web) -> Person:
    """Return the user of this machine, who is an admin in the local profile."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "local"
    return web.store.people.ensure(name, Role.ADMIN)


def is_machine_token(web: Web, token: str) -> bool:
    """Whether a token is that of this machine's link; only the local profile has one."""
    return web.settings.profile == "local" and secrets.compare_digest(
        token.encode(), web.machine_token.encode()
    )


def _token(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignInError("The Authorization header must read `Bearer` and a personal token.")
    return token.strip()


def _by_bearer(web: Web, header: str) -> Person:
    token = _token(header)
    return local_admin(web) if is_machine_token(web, token) else web.store.people.by_token(token)


def same_origin(request: Request) -> bool:
    """Whether a browser says that the request comes from this very page."""
    origin = request.headers.get("origin")
    if origin is not None:
        host = request.headers.get("host", "")
        public = web_of(request).settings.public_url.rstrip("/")
        return origin == public or origin.partition("://")[2] == host
    return request.headers.get("sec-fetch-site") == "same-origin"


def _of_cookie(web: Web, request: Request) -> int | None:
    person_id = session.read(web, request.cookies.get(session.cookie_name(web)))
    if person_id is None:
        return None
    if request.method not in SAFE and not same_origin(request):
        raise ForbiddenError(
            "This request comes from another site.",
            "Scripts sign in with a personal token in the Authorization header.",
        )
    return person_id


def _by_cookie(web: Web, request: Request) -> Person | None:
    person_id = _of_cookie(web, request)
    if person_id is None:
        return None
    try:
        return web.store.people.get(person_id)
    except NotFoundError:
        return None


def _named(web: Web, request: Request) -> int | str | None:
    """Return how a request names who asks: a person's id, or the secret of a token."""
    header = request.headers.get("authorization")
    return _of_header(web, header) if header else _of_cookie(web, request)


def _of_header(web: Web, header: str) -> int | str:
    token = _token(header)
    return local_admin(web).id if is_machine_token(web, token) else token


def person_or_none(request: Request, web: WebContext) -> Person | None:
    """Return who asks, by personal token or session cookie; None for nobody."""
    header = request.headers.get("authorization")
    person = _by_bearer(web, header) if header else _by_cookie(web, request)
    return person if person is not None and person.active else None


async def signed_in(person: Annotated[Person | None, Depends(person_or_none)]) -> Person:
    """Return who asks.

    Raises:
        SignInError: nobody is signed in.
    """
    if person is None:
        raise SignInError(NOBODY)
    return person


SignedIn = Annotated[Person, Depends(signed_in)]


def require(role: Role, needed: Role) -> None:
    """Refuse what a role doesn't include.

    Raises:
        ForbiddenError: with the role that is needed.
    """
    if not role.may_act_as(needed):
        raise ForbiddenError(f"This needs the role {needed}; yours is {role}.")


def admin(person: SignedIn) -> Person:
    """Return who asks, if they are an admin."""
    require(person.role, Role.ADMIN)
    return person


Admin = Annotated[Person, Depends(admin)]


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a project."""

    person: Person
    project: Project
    role: Role

    def may(self, needed: Role) -> bool:
        """Whether their role here includes the needed one."""
        return self.role.may_act_as(needed)


def member_of(web: Web, person: Person, project: Project, needed: Role) -> Member:
    """Return a person as a member of a project.

    Raises:
        ForbiddenError: their role in it doesn't reach.
    """
    role = web.store.people.role_in(project.id, person.id)
    require(role, needed)
    return Member(person, project, role)


def find_member(web: Web, who: int | str | None, name: str, needed: Role) -> Member:
    """Return who asks, as a request names them, as a member of a project.

    Raises:
        SignInError: nobody is signed in.
        NotFoundError: no such project.
        ForbiddenError: their role in it doesn't reach.
    """
    found = Standing() if who is None else web.store.people.standing(name, who)
    if found.person is None and isinstance(who, str):
        raise SignInError("The access token isn't valid.", "Make a new one.")
    if found.person is None or not found.person.active:
        raise SignInError(NOBODY)
    if found.project is None or found.role is None:
        return member_of(web, found.person, web.store.projects.get(name), needed)
    require(found.role, needed)
    return Member(found.person, found.project, found.role)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to a project, before it is known who sends it.

    What labelers ask for every few seconds finds that out where it does its work: as a dependency
    it would go to a thread of its own, which costs a fifth of the whole request. So would, with
    an endpoint that isn't asynchronous, the check of what it returns: a tenth.
    """

    web: Web
    project: str
    header: str | None
    """With a personal token."""
    person_id: int | None
    """By the session's cookie, where there is no header."""

    def labeler(self) -> Member:
        """Return who asks; raises as `find_member` does."""
        who = _of_header(self.web, self.header) if self.header else self.person_id
        return find_member(self.web, who, self.project, Role.LABELER)

    async def work(self, task: Callable[[Web, Member], T]) -> T:
        """Do a labeler's task in a thread; raises as `find_member` and the task do."""
        return await run_sync(lambda: task(self.web, self.labeler()), limiter=self.web.hands)


async def _asking(name: str, request: Request) -> Asking:
    web = web_of(request)
    header = request.headers.get("authorization")
    person_id = None if header else _of_cookie(web, request)
    if not header and person_id is None:
        raise SignInError(NOBODY)
    return Asking(web, name, header, person_id)


Asked = Annotated[Asking, Depends(_asking)]


def _member(needed: Role) -> Callable[[str, Request, Web], Member]:
    def find(name: str, request: Request, web: WebContext) -> Member:
        return find_member(web, _named(web, request), name, needed)

    return find


AsLabeler = Annotated[Member, Depends(_member(Role.LABELER))]
AsReviewer = Annotated[Member, Depends(_member(Role.REVIEWER))]
AsAdmin = Annotated[Member, Depends(_member(Role.ADMIN))]
