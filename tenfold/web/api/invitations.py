"""Invitation links: made, listed, revoked. They are used on the page `/join`."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from models.person import Invitation, Role
from models.record import Record
from tenfold.web.access import Admin
from tenfold.web.context import WebContext

router = APIRouter(prefix="/invitations", tags=["people"])


class NewInvitation(Record):
    """Whom a link lets in."""

    role: Role = Role.LABELER
    days: Annotated[int, Field(ge=1, le=365)] = 7
    many: bool = False
    """Whether several people may come by it."""
    project: str | None = None
    """Name of the project where the role holds; elsewhere they are labelers."""


class InvitationLink(Record):
    """A new invitation; its link is shown this once."""

    invitation: Invitation
    path: str
    """Of the link, on this server."""


@router.post("", status_code=201, summary="Make an invitation link")
def invite(wanted: NewInvitation, admin: Admin, web: WebContext) -> InvitationLink:
    """Return the link; who opens it chooses a name and a password."""
    project = None if wanted.project is None else web.store.projects.get(wanted.project)
    made, secret = web.store.invitations.invite(
        admin.name,
        wanted.role,
        timedelta(days=wanted.days),
        many=wanted.many,
        project_id=None if project is None else project.id,
    )
    return InvitationLink(invitation=made, path=f"/join/{secret}")


@router.get("", summary="All invitations")
def list_invitations(_: Admin, web: WebContext) -> list[Invitation]:
    """Return them without their links, the newest first."""
    return web.store.invitations.list()


@router.delete("/{invitation_id}", status_code=204, summary="Revoke an invitation")
def revoke(invitation_id: int, _: Admin, web: WebContext) -> None:
    """Make its link worthless; who came by it stays."""
    web.store.invitations.revoke(invitation_id)
