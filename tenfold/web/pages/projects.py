"""The list of projects, and making a new one."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from models.label import TaskType
from models.person import Role
from models.project import PALETTE, FinishMode, Project, ProjectState
from models.report import Progress
from tenfold.compute_targets import usual_target
from tenfold.web.access import Admin, SignedIn
from tenfold.web.context import Web, WebContext
from tenfold.web.pages.rendering import render
from tenfold.web.standing import Shares, shares_of, status_of

router = APIRouter()

TASK_TEXTS = {
    TaskType.CLASSIFICATION: ("One class", "Every image gets exactly one class."),
    TaskType.MULTILABEL: ("Several classes", "Every image gets any number of classes, or none."),
    TaskType.BOXES: ("Boxes", "Every thing in an image gets a rectangle and a class."),
    TaskType.POLYGONS: ("Outlines", "Every thing in an image gets an outline and a class."),
}

FINISH_TEXTS = {
    FinishMode.CERTIFIED: (
        "Certified",
        (
            "A blind audit measures the model; its labels are accepted as far as that allows. "
            "People do the rest."
        ),
    ),
    FinishMode.REVIEW: ("Reviewed", "A person checks every label that the model proposes."),
    FinishMode.MANUAL: ("By hand", "People label every image; no model is trained."),
}

CERTIFICATE_TEXTS = {
    "walk": (
        "Step by step",
        (
            "The surest labels are accepted first, sealed coins decide which of them people look "
            "at, and the model learns in between. It usually takes the fewest looks."
        ),
    ),
    "look": (
        "One look",
        "The model is frozen and audited once, on images that are drawn at random.",
    ),
    "each": (
        "In each class",
        (
            "One look again, with an audit of each class: the promise holds in every single one. "
            "It takes many more looks; people do small classes whole."
        ),
    ),
}
"""Ways to a certificate; `each` is one look with the setting `each_class`."""


def certificate_way(project: Project) -> str:
    """Return which of `CERTIFICATE_TEXTS` a project's settings say."""
    return "each" if project.each_class else project.certificate


@dataclass(frozen=True, slots=True)
class Row:
    """One project of the list."""

    project: Project
    progress: Progress
    shares: Shares
    status: str


def _row(web: Web, project: Project) -> Row:
    progress = web.store.progress.of(project)
    return Row(project, progress, shares_of(progress), status_of(project, progress))


@router.get("/projects")
def list_page(
    request: Request, person: SignedIn, web: WebContext, archived: bool = False
) -> Response:
    """Show the projects."""
    projects = web.store.projects.list(include_archived=True)
    shown = [p for p in projects if archived or p.state is not ProjectState.ARCHIVED]
    return render(
        request,
        "projects.html",
        person=person,
        rows=[_row(web, project) for project in shown],
        archived=archived,
        hidden=len(projects) - len(shown),
        may_create=person.role.may_act_as(Role.ADMIN),
    )


@router.get("/new-project")
def new_page(request: Request, person: Admin, web: WebContext) -> Response:
    """Show the five steps of a new project."""
    return render(
        request,
        "new_project.html",
        person=person,
        tasks=[(task.value, *TASK_TEXTS[task]) for task in TaskType],
        ways=[(way, *CERTIFICATE_TEXTS[way]) for way in CERTIFICATE_TEXTS],
        finishes=[(mode.value, *FINISH_TEXTS[mode]) for mode in FinishMode],
        palette=PALETTE,
        usual_compute=usual_target(web.settings),
    )
