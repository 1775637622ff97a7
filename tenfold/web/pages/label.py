"""The label page: what its scripts need to begin with."""

from fastapi import APIRouter, Request, Response

from models.label import TaskType
from models.person import Role
from tenfold.task_types import task_kind
from tenfold.web.access import AsLabeler, Member
from tenfold.web.context import Web, WebContext
from tenfold.web.pages.rendering import render_of_project
from tenfold.web.richtext import markdown_to_html

router = APIRouter()


def editor_of(task: TaskType) -> str:
    """Return the name of the editor module: `classes` or `shapes`."""
    return task_kind(task).editor


def start_values(member: Member, lease_seconds: int) -> dict[str, object]:
    """Return what the label page's scripts begin with."""
    project = member.project
    return {
        "project": project.name,
        "project_id": project.id,
        "task": project.task.value,
        "editor": editor_of(project.task),
        "classes": [each.model_dump() for each in project.classes],
        "classes_version": project.classes_version,
        "former_classes": project.former_classes,
        "person": member.person.id,
        "may_approve": member.may(Role.REVIEWER),
        "lease_seconds": lease_seconds,
    }


def instruction_values(member: Member, web: Web) -> dict[str, object]:
    """Return what the dialog with the instructions shows."""
    return {
        "instructions": markdown_to_html(member.project.instructions),
        "examples": web.store.examples.pinned(member.project.id),
    }


@router.get("/projects/{name}/label")
def label_page(request: Request, member: AsLabeler, web: WebContext) -> Response:
    """Show the label page."""
    start = start_values(member, web.settings.lease_seconds)
    return render_of_project(
        request,
        "label.html",
        member,
        tab="label",
        start=start,
        **instruction_values(member, web),
    )
