"""A project's details: what it is made of, and what may change."""

from fastapi import APIRouter, Request, Response

from models.label import TaskType
from models.person import Role
from models.project import PALETTE, FinishMode
from tenfold.compute_targets import usual_target
from tenfold.uploads import upload_in
from tenfold.web.access import AsLabeler
from tenfold.web.api.labeling import current_round
from tenfold.web.context import WebContext
from tenfold.web.pages.projects import (
    CERTIFICATE_TEXTS,
    FINISH_TEXTS,
    TASK_TEXTS,
    certificate_way,
)
from tenfold.web.pages.rendering import render_of_project
from tenfold.web.richtext import markdown_to_html

router = APIRouter()

WAYS_OF = {
    task: [way for way in CERTIFICATE_TEXTS if way != "each" or task is TaskType.CLASSIFICATION]
    for task in TaskType
}
"""How images of a task can be certified: only one class an image is certified class by class."""


@router.get("/projects/{name}/settings")
def settings_page(request: Request, member: AsLabeler, web: WebContext) -> Response:
    """Show the settings; an admin may change them."""
    project = member.project
    asked = current_round(web, member) if member.may(Role.REVIEWER) else None
    cycle = web.store.cycles.current(project.id)
    return render_of_project(
        request,
        "settings.html",
        member,
        tab="settings",
        task_text=TASK_TEXTS[project.task],
        finish_text=FINISH_TEXTS[project.finish_mode],
        way_text=CERTIFICATE_TEXTS[certificate_way(project)],
        dataset=web.store.datasets.latest(project.id),
        models=web.store.models.list(project.id),
        palette=PALETTE,
        usual_compute=usual_target(web.settings),
        finishes=[(mode.value, FINISH_TEXTS[mode][0]) for mode in FinishMode],
        ways=[(way, CERTIFICATE_TEXTS[way][0]) for way in WAYS_OF[project.task]],
        way=certificate_way(project),
        instructions=markdown_to_html(project.instructions),
        erased=web.store.erasures.notes(project.id) if member.may(Role.REVIEWER) else [],
        may_change=member.may(Role.ADMIN),
        sends_images=upload_in(project.source, web.blobs) is not None,
        cycle_state=cycle.state.value if cycle else "",
        asked=asked,
        shares=web.store.assignments.of_round(asked.id) if asked else [],
        people=[each for each in web.store.people.list() if each.active],
        given=web.store.people.roles_given(project.id) if member.may(Role.ADMIN) else {},
        removal=web.store.removals.effect(project.id) if member.may(Role.ADMIN) else None,
    )
