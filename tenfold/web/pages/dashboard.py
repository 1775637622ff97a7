"""A project's dashboard: where it stands, what is asked of whom, what the machine does."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from models.cycle import Step
from models.job import JobWait
from models.person import Role
from models.project import Project, ProjectState
from models.record import now
from models.report import Progress
from models.round import Approval, Round, RoundKind, RoundState
from tenfold.pipeline.noted import read_plan
from tenfold.pipeline.pictures import TITLES, picture_name, stored_pictures
from tenfold.pipeline.prompts import afterwards, title
from tenfold.web import runs
from tenfold.web.access import AsLabeler
from tenfold.web.agreeing import with_others
from tenfold.web.charts import ClassBar, Curve, Donut, class_bars, donut, learning_curve
from tenfold.web.context import Web, WebContext
from tenfold.web.live import Audience
from tenfold.web.pages.rendering import render, render_part
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
    wait: JobWait | None = None
    """What keeps it."""
    may_approve: bool = False
    may_end: bool = False
    """Whether the reader may let the machine go on with the answers that are there."""
    seconds_left: float | None = None
    """Of a step that runs, at its pace so far."""


def now_panel(project: Project, progress: Progress, *, may_review: bool) -> Now:
    """Say what is going on and what the reader may do about it."""
    if project.state is not ProjectState.ACTIVE:
        text = "Nothing is handed out and no step begins until it is resumed."
        return Now("paused", f"This project is {project.state.value}.", text)
    asked = progress.open_round
    if asked is not None and not asked.goes_on_by_itself:
        return _asked(progress, asked, may_review=may_review)
    return _machine(progress)


def _machine(progress: Progress) -> Now:
    failed, step = failed_step(progress), running_step(progress)
    if failed is not None:
        return _failed(failed, progress.wait)
    if is_complete(progress):
        said = "Complete: every image has its label."
        return Now("complete", said, progress.claim, wait=progress.wait)
    if progress.wait is not None:
        return Now("machine", "The machine waits to go on.", wait=progress.wait)
    if step is not None:
        return _at_work(step)
    if progress.steps:
        return Now("machine", "The machine is at work.", "The next step begins in a moment.")
    text = "Images are read, checked and stored first; then the first images are opened for people."
    return Now("start", "Nothing has run yet.", text)


def _failed(step: Step, wait: JobWait | None) -> Now:
    became = "was stopped" if step.detail.get("stopped") else "failed"
    held = wait if wait is not None and wait.command else None  # or the step said it already
    return Now("failed", f"“{step.name}” {became}.", _why(step), step=step, wait=held)


def _at_work(step: Step) -> Now:
    if step.wait is not None:
        headline = f"The machine waits to begin: {step.name}."
        return Now("machine", headline, step=step, wait=step.wait)
    headline = f"The machine is at work: {step.name}."
    return Now("machine", headline, step=step, seconds_left=_seconds_left(step))


def _seconds_left(step: Step) -> float | None:
    if not step.done or step.done >= step.total:
        return None
    return (now() - step.started_at).total_seconds() * (step.total - step.done) / step.done


def _why(step: Step) -> str:
    return str(step.detail.get("error") or step.detail.get("message") or "")


def _asked(progress: Progress, asked: Round, *, may_review: bool) -> Now:
    unlabeled = shares_of(progress).images - shares_of(progress).done
    after = afterwards(asked, last=asked.missing >= unlabeled > 0)
    if asked.state is RoundState.ANSWERED:
        answers = f"All {asked.size} answers are in." if asked.size > 1 else "The answer is in."
        return Now("approve", answers, after, asked=asked, may_approve=may_review)
    may_end = may_review and asked.kind is not RoundKind.AUDIT and asked.answered > 0
    return Now("label", title(asked), asked.reason, asked=asked, may_end=may_end)


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


def _pictures(web: Web, project: Project, progress: Progress) -> Pictures:
    return Pictures(
        donut=donut(shares_of(progress)),
        classes=class_bars(project.classes, progress.by_class),
        curve=learning_curve(web.store.models.list(project.id)),
    )


def _measured(
    web: Web, project: Project, progress: Progress, *, may_review: bool
) -> tuple[str, str] | None:
    """Return name and title of the picture of how the labels were measured, once it is there."""
    cycle = web.store.cycles.current(project.id)
    if progress.certificate is None or cycle is None or not may_review:
        return None
    name = picture_name(progress.certificate)
    found = stored_pictures(web.blobs, project, cycle.number, (name,))
    return (name, TITLES[name]) if found else None


PARTS = (
    "status",
    "now",
    "donut",
    "claim",
    "queue",
    "measured",
    "plan",
    "classes",
    "curve",
    "rounds",
    "labelers",
    "steps",
)
"""What a dashboard is made of: a template each, in `dashboard/`."""


def now_values(web: Web, project: Project, *, may_review: bool) -> dict[str, Any]:
    """Return what the parts `status` and `now` show."""
    progress = runs.progress_of(web, project)
    return {
        "project": project,
        "progress": progress,
        "may_review": may_review,
        "status": status_of(project, progress),
        "now": now_panel(project, progress, may_review=may_review),
    }


def dashboard_values(web: Web, project: Project, *, may_review: bool) -> dict[str, Any]:
    """Return what all parts show."""
    values = now_values(web, project, may_review=may_review)
    progress: Progress = values["progress"]
    steps = sorted(progress.steps, key=lambda step: step.started_at, reverse=True)[:SHOWN_STEPS]
    return values | {
        "shares": shares_of(progress),
        "rounds": _rounds(web, progress),
        "waiting": web.store.reviews.waiting(project.id),
        "agreement": with_others(web.store, project, progress) if may_review else {},
        "steps": steps,
        "step_urls": {step.key: runs.run_url(step.flow_run_id) for step in steps},
        "pictures": _pictures(web, project, progress),
        "plan": read_plan(web.blobs, project.id),
        "measured": _measured(web, project, progress, may_review=may_review),
    }


def render_parts(web: Web, project: Project, audience: Audience) -> dict[str, str]:
    """Return the HTML of the parts that a view shows, by their names."""
    view, may_review = audience
    if view == "":
        return {}
    if view == "now":
        values = now_values(web, project, may_review=may_review)
        return {"now": render_part("dashboard/now.html", values)}
    values = dashboard_values(web, project, may_review=may_review)
    return {part: render_part(f"dashboard/{part}.html", values) for part in PARTS}


@router.get("/projects/{name}")
def dashboard_page(request: Request, member: AsLabeler, web: WebContext) -> Response:
    """Show where a project stands; what changes comes to the open page by itself."""
    values = dashboard_values(web, member.project, may_review=member.may(Role.REVIEWER))
    return render(
        request,
        "dashboard.html",
        person=member.person,
        member=member,
        parts=PARTS,
        tab="dashboard",
        **values,
    )
