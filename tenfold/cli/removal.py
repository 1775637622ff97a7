"""`tenfold rename`, `archive` and `delete`: another name, out of sight, gone for good."""

from typing import Annotated

import typer

from models.project import ProjectState
from tenfold.cli.console import note, out

Name = Annotated[str, typer.Argument(help="The project.")]


def rename(name: Name, to: Annotated[str, typer.Argument(help="What it is to be called.")]) -> None:
    """Call a project otherwise; pages that are open under the old name go on working."""
    from tenfold.pipeline.context import open_context

    open_context().store.projects.rename(name, to)
    note(f"{name} is called {to} now.")


def archive(
    name: Name,
    undo: Annotated[bool, typer.Option("--undo", help="Show it again, and go on with it.")] = False,
) -> None:
    """Hide a project from all lists; nothing of it is removed."""
    from tenfold.pipeline.context import open_context

    state = ProjectState.ACTIVE if undo else ProjectState.ARCHIVED
    open_context().store.projects.set_state(name, state)
    note(f"{name} is {state.value} now.")


def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for the name once more.")] = False,
) -> None:
    """Remove a project for good; what goes and what stays is said before."""
    import getpass

    from tenfold.pipeline.context import open_context
    from tenfold.removal import finish_removals
    from tenfold.web import runs

    ctx = open_context()
    project = ctx.store.projects.get(name)
    effect = ctx.store.removals.effect(project.id)
    out().print(effect.sentence)
    out().print(effect.stays)
    if not yes and typer.prompt("Type the project's name to remove it") != project.name:
        note("That is another name. Nothing was removed.")
        raise typer.Exit(1)
    cycle = ctx.store.cycles.current(project.id)
    ctx.store.removals.remove(project.id, getpass.getuser())
    note(f"{project.name} is gone, and its name is free.")
    if cycle is not None and cycle.flow_run_id is not None:
        runs.give_up(cycle.flow_run_id)
    finish_removals(ctx.store, ctx.blobs)
