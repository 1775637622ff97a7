"""People, their roles and their personal tokens."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, SecretStr

from models.person import AccessToken, Person, Role
from models.record import Record
from tenfold.errors import ConflictError, ForbiddenError
from tenfold.web.access import Admin, AsAdmin, SignedIn
from tenfold.web.context import WebContext

router = APIRouter(tags=["people"])

OWN_ROLE = ("You can't take your own role away.", "Ask another admin.")

Password = Annotated[SecretStr, Field(min_length=10, max_length=1000)]


class NewPerson(Record):
    """Somebody who shall be able to sign in."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role = Role.LABELER
    password: Password | None = None


class PersonChange(Record):
    """Fields that are not sent stay as they are."""

    role: Role | None = None
    active: bool | None = None
    password: Password | None = None


class RoleChange(Record):
    """A role in one project; null: the same as elsewhere."""

    role: Role | None


class NewToken(Record):
    """A personal token for scripts."""

    title: Annotated[str, Field(min_length=1, max_length=200)]


class TokenWithSecret(Record):
    """A new token; its secret is shown this once."""

    token: AccessToken
    secret: str


@router.get("/people", summary="Everybody")
def list_people(_: Admin, web: WebContext) -> list[Person]:
    """Return all people, inactive ones included."""
    return web.store.people.list()


@router.post("/people", status_code=201, summary="Add somebody")
def add_person(new: NewPerson, _: Admin, web: WebContext) -> Person:
    """Return the new person."""
    password = new.password.get_secret_value() if new.password else None
    return web.store.people.create(new.name, new.role, password)


@router.patch("/people/{person_id}", summary="Change role, password, or whether they may sign in")
def change_person(person_id: int, change: PersonChange, admin: Admin, web: WebContext) -> Person:
    """Return the changed person; nobody can lock themselves out."""
    if person_id == admin.id and (change.active is False or change.role is not None):
        raise ConflictError(*OWN_ROLE)
    people = web.store.people
    if change.role is not None:
        people.set_role(person_id, change.role)
    if change.active is not None:
        people.set_active(person_id, active=change.active)
    if change.password is not None:
        people.set_password(person_id, change.password.get_secret_value())
    return people.get(person_id)


@router.put("/projects/{name}/people/{person_id}", status_code=204, summary="Role in a project")
def change_role(person_id: int, change: RoleChange, member: AsAdmin, web: WebContext) -> None:
    """Give a person another role in this project than elsewhere; nobody can lock themselves out."""
    if person_id == member.person.id:
        raise ConflictError(*OWN_ROLE)
    web.store.people.set_role_in(member.project.id, person_id, change.role)


@router.get("/tokens", summary="One's own personal tokens")
def list_tokens(person: SignedIn, web: WebContext) -> list[AccessToken]:
    """Return them without their secrets."""
    return list(web.store.people.tokens(person.id))


@router.post("/tokens", status_code=201, summary="Make a personal token")
def add_token(new: NewToken, person: SignedIn, web: WebContext) -> TokenWithSecret:
    """Return the token with its secret, which is not kept."""
    token, secret = web.store.people.new_token(person.id, new.title)
    return TokenWithSecret(token=token, secret=secret)


@router.delete("/tokens/{token_id}", status_code=204, summary="Revoke a personal token")
def revoke_token(token_id: int, person: SignedIn, web: WebContext) -> None:
    """Make one's own token useless."""
    if token_id not in {token.id for token in web.store.people.tokens(person.id)}:
        raise ForbiddenError("This is not one of your tokens.")
    web.store.people.revoke_token(token_id)
