"""A project's dashboard: where it stands, what is asked of whom, what the machine does."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from models.cycle import Step
from models.person import Role
from models.project import ProjectState
from models.report import Progress
from models.round import Approval, Round, RoundState
from tenfold.pipeline.noted import read_plan
from tenfold.pipeline.pictures import TITLES, picture_name, stored_pictures
from tenfold.pipeline.prompts import afterwards, title
from tenfold.web import runs
from tenfold.web.access import AsLabeler, Member
from tenfold.web.charts import ClassBar, Curve, Donut, class_bars, donut, learning_curve
from tenfold.web.context import Web, WebContext
from tenfold.web.pages.rendering import render
from tenfold.web.standing import failed_step, is_complete, running_step, shares_of, status_of

router = APIRouter()

SHOWN_STEPS = 12


@dataclass(frozen=True, slots=True)
class Now:
    """What the panel at the top says."""

    kind: str
    """`label`, `approve`, `machine`, `failed`, `complete`, `paused` or `start`."""
    headline: str
    text: str = ""
    asked: Round | None = None
    step: Step | None = None
    may_approve: bool = False


def now_panel(member: Member, progress: Progress) -> Now:
    """Say what is going on and what the reader may do about it."""
    if member.project.state is not ProjectState.ACTIVE:
        text = "Nothing is handed out and no step begins until it is resumed."
        return Now("paused", f"This project is {member.project.state.value}.", text)
    if progress.open_round is not None:
        return _asked(member, progress, progress.open_round)
    return _machine(progress)


def _machine(progress: Progress) -> Now:
    failed, step = failed_step(progress), running_step(progress)
    if failed is not None:
        return Now("failed", f"“{failed.name}” failed.", _why(failed), step=failed)
    if step is not None:
        return Now("machine", f"The machine is at work: {step.name}.", step=step)
    if is_complete(progress):
        return Now("complete", "Complete: every image has its label.", progress.claim)
    if progress.steps:
        return Now("machine", "The machine is at work.", "The next step begins in a moment.")
    text = "Images are read, checked and stored first; then the first images are opened for people."
    return Now("start", "Nothing has run yet.", text)


def _why(step: Step) -> str:
    return str(step.detail.get("error") or step.detail.get("message") or "")


def _asked(member: Member, progress: Progress, asked: Round) -> Now:
    unlabeled = shares_of(progress).images - shares_of(progress).done
    after = afterwards(asked, last=asked.missing >= unlabeled > 0)
    if asked.state is RoundState.ANSWERED:
        answers = f"All {asked.size} answers are in." if asked.size > 1 else "The answer is in."
        return Now("approve", answers, after, asked=asked, may_approve=member.may(Role.REVIEWER))
    return Now("label", title(asked), asked.reason, asked=asked)


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A line of the rounds table."""

    round: Round
    approval: Approval | None


def _rounds(web: Web, progress: Progress) -> list[RoundRow]:
    rows = [
        RoundRow(each, web.store.rounds.approval(each.id) if each.closed_at else None)
        for each in progress.rounds
    ]
    return sorted(rows, key=lambda row: row.round.opened_at, reverse=True)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The drawings of a dashboard."""

    donut: Donut
    classes: list[ClassBar]
    curve: Curve | None


def _pictures(web: Web, member: Member, progress: Progress) -> Pictures:
    return Pictures(
        donut=donut(shares_of(progress)),
        classes=class_bars(member.project.classes, progress.by_class),
        curve=learning_curve(web.store.models.list(member.project.id)),
    )


def _measured(web: Web, member: Member, progress: Progress) -> tuple[str, str] | None:
    """Return name and title of the picture of how the labels were measured, once it is there."""
    cycle = web.store.cycles.current(member.project.id)
    if progress.certificate is None or cycle is None or not member.may(Role.REVIEWER):
        return None
    name = picture_name(progress.certificate)
    found = stored_pictures(web.blobs, member.project, cycle.number, (name,))
    return (name, TITLES[name]) if found else None


@router.get("/projects/{name}")
def dashboard_page(request: Request, member: AsLabeler, web: WebContext) -> Response:
    """Show where a project stands; the page asks for itself again every few seconds."""
    project = member.project
    progress = runs.progress_of(web, project)
    steps = sorted(progress.steps, key=lambda step: step.started_at, reverse=True)
    return render(
        request,
        "dashboard.html",
        person=member.person,
        member=member,
        project=project,
        progress=progress,
        shares=shares_of(progress),
        status=status_of(project, progress),
        now=now_panel(member, progress),
        rounds=_rounds(web, progress),
        steps=steps[:SHOWN_STEPS],
        pictures=_pictures(web, member, progress),
        plan=read_plan(web.blobs, project.id),
        measured=_measured(web, member, progress),
        tab="dashboard",
    )
