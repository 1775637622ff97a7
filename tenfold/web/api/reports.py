"""The report of a project's last completed cycle, and its pictures."""

from typing import Literal

from fastapi import APIRouter, Response

from models.report import RunReport
from tenfold.blobs import names
from tenfold.errors import NotFoundError
from tenfold.web.access import AsReviewer, Member
from tenfold.web.context import Web, WebContext

router = APIRouter(prefix="/projects/{name}/report", tags=["reports"])

Picture = Literal["examples", "coverage", "walk", "classes", "learning-curve"]


def cycle_number(web: Web, member: Member) -> int:
    """Return the number of the newest cycle.

    Raises:
        NotFoundError: the project was never started.
    """
    cycle = web.store.cycles.current(member.project.id)
    if cycle is None:
        raise NotFoundError(f"{member.project.name} was never started, so there is no report.")
    return cycle.number


@router.get("", summary="The report of the last cycle")
def report(member: AsReviewer, web: WebContext) -> RunReport:
    """Return the report as it was when the cycle ended."""
    prefix = names.report(member.project.id, cycle_number(web, member))
    return RunReport.model_validate_json(web.blobs.get(f"{prefix}/report.json"))


@router.get("/pictures/{picture}", summary="A picture of the report", response_class=Response)
def picture(picture: Picture, member: AsReviewer, web: WebContext) -> Response:
    """Return a PNG: examples of delivered labels, how they were measured, or how it learned.

    How they were measured is `walk`, `classes` or `coverage`, as the certificate is.
    """
    name = names.picture(member.project.id, cycle_number(web, member), picture)
    return Response(web.blobs.get(name), media_type="image/png")
