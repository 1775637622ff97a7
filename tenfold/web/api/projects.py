"""Projects: made, listed, changed, run."""

from typing import Literal

from fastapi import APIRouter, BackgroundTasks

from models.class_list import kept
from models.cycle import CycleState
from models.person import Role
from models.plan import Plan
from models.project import (
    FinishMode,
    LabelClasses,
    Project,
    ProjectName,
    ProjectSettings,
    ProjectState,
)
from models.record import Record
from models.removal import ProjectRemoval, RemovedProject
from models.report import Progress
from models.setting_effect import SettingsEffect
from tenfold.compute_targets import chosen_targets
from tenfold.errors import ConflictError, InvalidAnswerError
from tenfold.pipeline.noted import read_plan
from tenfold.removal import finish_removals
from tenfold.sources import open_source
from tenfold.web import runs
from tenfold.web.access import AsAdmin, AsLabeler, AsReviewer, SignedIn, require
from tenfold.web.context import Web, WebContext

router = APIRouter(prefix="/projects", tags=["projects"])


class ProjectChange(Record):
    """What may change while labeling goes on; fields that are not sent stay as they are."""

    source: str | None = None
    classes: LabelClasses | None = None
    """Classes by their names, colored so; `classes` has a way of its own to rename and merge."""
    instructions: str | None = None
    finish: FinishMode | None = None
    certificate: Literal["walk", "look"] | None = None
    error: float | None = None
    """ε, a share: the largest of wrong labels to certify."""
    confidence: float | None = None
    """1 − δ of the certificate."""
    each_class: bool | None = None
    """Whether the promise is kept in each class; true implies one look."""
    keep_busy: bool | None = None
    second_look: bool | None = None
    approve_all: bool | None = None
    form_approval: bool | None = None
    trains_on: str | None = None
    """Where models are trained, one of `/api/computes`; null: where usual."""
    infers_on: str | None = None
    """Where features are computed and labels proposed."""
    first_round: int | None = None
    """Images of the first round of a cycle; null: chosen from the data."""
    overlap: int | None = None
    state: ProjectState | None = None


@router.get("", summary="All projects")
def list_projects(_: SignedIn, web: WebContext, archived: bool = False) -> list[Project]:
    """Return the projects, archived ones only where asked for."""
    return web.store.projects.list(include_archived=archived)


@router.post("", status_code=201, summary="Make a project")
def create_project(settings: ProjectSettings, person: SignedIn, web: WebContext) -> Project:
    """Store a new project; it is not run yet."""
    require(person.role, Role.ADMIN)
    chosen_targets(web.settings, (settings.trains_on, settings.infers_on))
    return web.store.projects.create(settings)


@router.get("/{name}", summary="One project")
def get_project(member: AsLabeler) -> Project:
    """Return its settings and state."""
    return member.project


@router.patch("/{name}", summary="Change a project")
def change_project(change: ProjectChange, member: AsAdmin, web: WebContext) -> Project:
    """Change the fields that are sent, and return the project.

    What an open audit, or an open walk, has promised can't be changed: it says when it can.
    """
    project, fields = member.project, _settings_in(change)
    if change.classes is not None:
        web.store.classes.change(project.id, kept(change.classes), by=member.person.name)
        project = web.store.projects.by_id(project.id)
    if fields:
        _check_source(web, project, change)
        chosen_targets(web.settings, (change.trains_on, change.infers_on))
        project = web.store.projects.change(project.name, **fields)
    if change.state is not None and change.state is not project.state:
        project = web.store.projects.set_state(project.name, change.state)
    return project


@router.post("/{name}/settings/effect", summary="What a change of settings would come to")
def get_settings_effect(change: ProjectChange, member: AsAdmin, web: WebContext) -> SettingsEffect:
    """Return it without changing anything."""
    _check_source(web, member.project, change)
    chosen = chosen_targets(web.settings, (change.trains_on, change.infers_on))
    effect = web.store.projects.effect(member.project.name, **_settings_in(change))
    waiting = [f"{target.name}: {target.said}" for target in chosen if not target.ready]
    return effect.model_copy(update={"follows": (*effect.follows, *waiting)})


def _settings_in(change: ProjectChange) -> dict[str, object]:
    sent = change.model_fields_set - {"state", "classes"}
    return {field: getattr(change, field) for field in sent}


def _check_source(web: Web, project: Project, change: ProjectChange) -> None:
    """Refuse a source in which nothing can be found.

    Raises:
        SourceError: with what is wrong with it.
    """
    if change.source is not None and change.source != project.source:
        open_source(change.source, web.settings, project.task)


class NewName(Record):
    """What a project is to be called."""

    to: ProjectName


@router.post("/{name}/rename", summary="Call a project otherwise")
def rename_project(wanted: NewName, member: AsAdmin, web: WebContext) -> Project:
    """Return the project; pages that are open under the old name find it still."""
    return web.store.projects.rename(member.project.name, wanted.to)


@router.get("/{name}/removal", summary="What would go with a project")
def get_removal(member: AsAdmin, web: WebContext) -> ProjectRemoval:
    """Return what would be removed for good, and what stays."""
    return web.store.removals.effect(member.project.id)


class Sure(Record):
    """The name once more, so that nothing is removed by accident."""

    name: str


@router.post("/{name}/remove", summary="Remove a project for good")
def remove_project(
    sure: Sure, member: AsAdmin, web: WebContext, later: BackgroundTasks
) -> RemovedProject:
    """Free the name at once, and remove all that is left of the project in the background."""
    if sure.name != member.project.name:
        raise InvalidAnswerError(
            f"{sure.name!r} is not the name of this project.", "Nothing was removed."
        )
    cycle = web.store.cycles.current(member.project.id)
    removed = web.store.removals.remove(member.project.id, member.person.name)
    if cycle is not None and cycle.flow_run_id is not None:
        later.add_task(runs.give_up, cycle.flow_run_id)
    later.add_task(finish_removals, web.store, web.blobs)
    return removed


@router.get("/{name}/plan", summary="What a certified project is expected to cost people")
def get_plan(member: AsLabeler, web: WebContext) -> Plan | None:
    """Return looks and minutes for several promises; null before the first decision."""
    return read_plan(web.blobs, member.project.id)


@router.get("/{name}/progress", summary="Where a project stands")
def get_progress(member: AsLabeler, web: WebContext) -> Progress:
    """Return all that the dashboard shows."""
    return runs.progress_of(web, member.project)


class RunStarted(Record):
    """The flow run that works on the project now."""

    flow_run_id: str
    url: str | None = None


@router.post("/{name}/refresh", status_code=202, summary="Look for new images now")
def refresh_project(member: AsReviewer, web: WebContext, later: BackgroundTasks) -> None:
    """Look at the source in the background; where something is new, the next cycle begins.

    It happens by itself, too, as soon as enough is new for a cycle to pay.
    """
    cycle = web.store.cycles.current(member.project.id)
    if cycle is None or cycle.state is not CycleState.COMPLETE:
        raise ConflictError(
            "New images are taken in once this cycle is complete.",
            "Those that people are asked about stay as they are.",
        )
    later.add_task(runs.take_in_new, web, member.project)


@router.post("/{name}/run", status_code=202, summary="Start, wake or retry the pipeline")
def run_project(member: AsReviewer) -> RunStarted:
    """Do whatever is needed so that the pipeline works on the project."""
    flow_run_id = runs.work_on(member.project.name)
    return RunStarted(flow_run_id=flow_run_id, url=runs.run_url(flow_run_id))


@router.post("/{name}/stop", status_code=202, summary="Stop what the machine is at")
def stop_project(member: AsReviewer, web: WebContext, later: BackgroundTasks) -> None:
    """End the step that runs; what is done stays, and the next run goes on there."""
    stopped = web.store.cycles.stop(member.project.id, member.person.name)
    if stopped is None:
        raise ConflictError("No step runs that could be stopped.", "Look again in a moment.")
    if stopped.flow_run_id is not None:
        later.add_task(runs.give_up, stopped.flow_run_id)
