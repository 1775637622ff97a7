"""`tenfold up`, `down` and `status`."""

from typing import Annotated

import typer

from tenfold.cli.console import err, note, out, print_json


def up() -> None:
    """Start the Prefect server, the workers of both pools and the page; print the two links.

    Does nothing where they run already. Set PREFECT_API_URL to use a server of your own.
    """
    from tenfold import services
    from tenfold.settings import get_settings

    links = services.up(get_settings(), note)
    out().print(f"page     {links.page}")
    out().print(f"prefect  {links.prefect}")
    err().print("[dim]Stop them with [/]tenfold down[dim].[/]")


def down() -> None:
    """End what `tenfold up` started, and nothing else."""
    from tenfold import services
    from tenfold.settings import get_settings

    ended = services.down(get_settings(), note)
    note("Everything is down." if ended else "Nothing was up.")


def status(
    name: Annotated[str | None, typer.Argument(help="A project; without it, all of them.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show where the projects and the services stand."""
    from tenfold import services
    from tenfold.cli.show import show_progress, show_projects
    from tenfold.pipeline.context import open_context
    from tenfold.settings import get_settings

    ctx = open_context()
    if name is not None:
        progress = ctx.store.progress.of(ctx.store.projects.get(name))
        print_json(progress) if json else show_progress(progress)
        return
    progresses = [ctx.store.progress.of(project) for project in ctx.store.projects.list()]
    state = services.status(get_settings())
    if json:
        listed = [p.model_dump(mode="json") for p in progresses]
        print_json({"services": state.model_dump(mode="json"), "projects": listed})
        return
    show_projects(state, progresses)
