"""`tenfold classes`: the label classes of a project, and changing them while people work."""

from typing import TYPE_CHECKING, Annotated

import typer

from models.class_list import Afterwards, ClassDraft, ClassEffect
from models.project import PALETTE, LabelClass, Project
from tenfold.cli.console import note, out

if TYPE_CHECKING:
    from tenfold.store import Store


def classes(
    name: Annotated[str, typer.Argument(help="The project.")],
    add: Annotated[list[str] | None, typer.Option(help="A new class.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="One that no label uses.")] = None,
    rename: Annotated[list[str] | None, typer.Option(help="OLD=NEW; its labels with it.")] = None,
    merge: Annotated[list[str] | None, typer.Option(help="ONE,OTHER=NAME.")] = None,
    color: Annotated[list[str] | None, typer.Option(help="NAME=#rrggbb.")] = None,
    then: Annotated[
        Afterwards | None, typer.Option(help="What becomes of the labels so far.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before it is done.")] = False,
) -> None:
    """List the classes of a project, or change them; what it comes to is said before."""
    from tenfold.pipeline.context import open_context

    store = open_context().store
    project = store.projects.get(name)
    wanted = _drafts(project.classes, merge or [], rename or [], color or [])
    wanted = [draft for draft in wanted if draft.name not in (remove or [])]
    for number, new in enumerate(add or [], len(wanted)):
        wanted.append(ClassDraft(name=new, color=PALETTE[number % len(PALETTE)], was=()))
    if not (add or remove or rename or merge or color):
        for each in project.classes:
            out().print(each.name)
        return
    effect = store.classes.effect(project.id, wanted)
    _say(effect)
    if effect.ends and then is None:
        for choice, text in effect.choices.items():
            note(f"--then {choice.value!r}: {text}")
        raise typer.BadParameter("--then: say what becomes of the labels.")
    if not yes:
        typer.confirm("Change the classes?", abort=True)
    _change(store, project, wanted, then)


def _change(
    store: "Store", project: Project, wanted: list[ClassDraft], then: Afterwards | None
) -> None:
    import getpass

    before = store.cycles.current(project.id)
    made = store.classes.change(
        project.id,
        wanted,
        by=getpass.getuser(),
        version=project.classes_version,
        afterwards=then,
    )
    note(f"{project.name} has {len(made.classes)} classes now.")
    if made.restarted and before is not None and before.flow_run_id is not None:
        from tenfold.web import runs

        runs.begin_anew(project.name, before.flow_run_id)


def _drafts(
    present: tuple[LabelClass, ...], merge: list[str], rename: list[str], color: list[str]
) -> list[ClassDraft]:
    """Return the present classes as they are to be called and colored."""
    names = {each.name: each.name for each in present}
    for change in (*merge, *rename):
        olds, new = _halves(change)
        for old in olds.split(",") if change in merge else [olds]:
            if old not in names:
                raise typer.BadParameter(f"There is no class {old!r}.")
            names[old] = new
    colors = dict(_halves(change) for change in color)
    drafts: dict[str, ClassDraft] = {}
    for each in present:
        new = names[each.name]
        known = drafts.get(new)
        drafts[new] = ClassDraft(
            name=new,
            color=colors.get(new, known.color if known else each.color),
            was=(*(known.was or () if known else ()), each.name),
        )
    return list(drafts.values())


def _halves(change: str) -> tuple[str, str]:
    one, sign, other = change.partition("=")
    if not (one and sign and other):
        raise typer.BadParameter(f"{change!r}: write it as cat=tiger.")
    return one, other


def _say(effect: ClassEffect) -> None:
    lines = [
        *(f"New: {name}" for name in effect.added),
        *(f"Taken away: {name}" for name in effect.removed),
        *(f"{old} is called {new}" for old, new in effect.renamed.items()),
        *(f"Another color: {name}" for name in effect.recolored),
        *effect.ends,
    ]
    for line in lines or ["Nothing changes."]:
        out().print(line)
