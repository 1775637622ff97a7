"""Rounds and their approval."""

from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks
from pydantic import Field

from models.person import Person, Role
from models.record import Record
from models.round import Approval, ApprovedVia, Round
from tenfold.web import runs
from tenfold.web.access import AsLabeler, Member, SignedIn, member_of
from tenfold.web.context import Web, WebContext

router = APIRouter(tags=["rounds"])


class ApprovalRequest(Record):
    """A person lets the pipeline go on."""

    note: Annotated[str, Field(max_length=2000)] = ""
    rest: Literal["refuse", "return"] = "refuse"
    """What becomes of unanswered images: the approval is refused, or they return to the pool."""


def _in_round(web: Web, person: Person, round_id: str, needed: Role) -> tuple[Member, Round]:
    found = web.store.rounds.get(round_id)
    project = web.store.projects.by_id(found.project_id)
    return member_of(web, person, project, needed), found


@router.get("/projects/{name}/rounds", summary="The rounds of the current cycle")
def list_rounds(member: AsLabeler, web: WebContext) -> list[Round]:
    """Return them in their order."""
    cycle = web.store.cycles.current(member.project.id)
    return web.store.rounds.list(cycle.id) if cycle else []


@router.get("/rounds/{round_id}", summary="One round")
def get_round(round_id: str, person: SignedIn, web: WebContext) -> Round:
    """Return its state and counts."""
    return _in_round(web, person, round_id, Role.LABELER)[1]


@router.get("/rounds/{round_id}/approval", summary="Who approved a round")
def get_approval(round_id: str, person: SignedIn, web: WebContext) -> Approval | None:
    """Return the approval, or nothing where there is none yet."""
    return web.store.rounds.approval(_in_round(web, person, round_id, Role.LABELER)[1].id)


@router.post(
    "/rounds/{round_id}/approve",
    summary="Approve a round and let the pipeline go on",
    responses={409: {"description": "Answers are missing; `missing` says how many."}},
)
def approve(
    round_id: str,
    wanted: ApprovalRequest,
    person: SignedIn,
    web: WebContext,
    later: BackgroundTasks,
) -> Approval:
    """Record the approval, then wake the flow run; a second approval returns the first."""
    member, found = _in_round(web, person, round_id, Role.REVIEWER)
    approval = web.store.rounds.approve(
        found.id,
        by=person.name,
        via=ApprovedVia.PAGE,
        note=wanted.note,
        rest=wanted.rest,
    )
    later.add_task(runs.wake, member.project.name)
    return approval
