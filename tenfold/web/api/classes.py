"""The label classes of a project, and changing them while people work."""

from fastapi import APIRouter, BackgroundTasks

from models.class_list import Afterwards, ClassChange, ClassEffect, Drafts
from models.project import LabelClass
from models.record import Record
from tenfold.web import runs
from tenfold.web.access import AsAdmin, AsLabeler
from tenfold.web.context import WebContext

router = APIRouter(prefix="/projects/{name}/classes", tags=["classes"])


class ClassList(Record):
    """The classes as they are now."""

    version: int
    classes: tuple[LabelClass, ...]
    former_classes: dict[str, str | None]
    """Names that classes had → what they are called now; null: there is none any more."""


class WantedClasses(Record):
    """The list that is to be."""

    classes: Drafts
    version: int | None = None
    """Of the list that it was made from: where that is another by now, nothing is changed."""
    afterwards: Afterwards | None = None
    """What becomes of the labels; to be said where the change ends an audit or a certificate."""


@router.get("", summary="The classes as they are now")
def get_classes(member: AsLabeler) -> ClassList:
    """Return them with what their earlier names mean."""
    project = member.project
    return ClassList(
        version=project.classes_version,
        classes=project.classes,
        former_classes=project.former_classes,
    )


@router.post("/effect", summary="What a change of the classes would come to")
def get_effect(wanted: WantedClasses, member: AsAdmin, web: WebContext) -> ClassEffect:
    """Return it without changing anything."""
    return web.store.classes.effect(member.project.id, wanted.classes)


@router.post("", summary="Change the classes")
def change_classes(
    wanted: WantedClasses, member: AsAdmin, web: WebContext, later: BackgroundTasks
) -> ClassChange:
    """Change them; open label pages load the new list with their next answer."""
    before = web.store.cycles.current(member.project.id)
    made = web.store.classes.change(
        member.project.id,
        wanted.classes,
        by=member.person.name,
        version=wanted.version,
        afterwards=wanted.afterwards,
        finish=False,
    )
    later.add_task(web.store.classes.finish, member.project.id)
    if made.restarted and before is not None and before.flow_run_id is not None:
        later.add_task(runs.begin_anew, member.project.name, before.flow_run_id)
    return made


@router.get("/changes", summary="How the classes changed so far")
def list_changes(member: AsLabeler, web: WebContext) -> list[ClassChange]:
    """Return the changes, oldest first."""
    return web.store.classes.changes(member.project.id)
