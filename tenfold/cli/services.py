"""`tenfold up`, `down` and `status`."""

from typing import TYPE_CHECKING, Annotated

import typer

from tenfold.cli.console import err, note, out, print_json
from tenfold.services.state import Links, ServicesState

if TYPE_CHECKING:
    from models.project import Project
    from models.report import Progress
    from tenfold.pipeline.context import Context


def up() -> None:
    """Start the Prefect server, the workers of both pools and the page; print the two links.

    Does nothing where they run already. Set PREFECT_API_URL to use a server of your own.
    """
    from tenfold import services
    from tenfold.settings import get_settings

    print_links(services.up(get_settings(), note))
    err().print("[dim]Stop them with [/]tenfold down[dim].[/]")


def down() -> None:
    """End what `tenfold up` started, and nothing else."""
    from tenfold import services
    from tenfold.settings import get_settings

    ended = services.down(get_settings())
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
        progress = with_wait(ctx, ctx.store.projects.get(name))
        print_json(progress) if json else show_progress(progress)
        return
    progresses = [ctx.store.progress.of(project) for project in ctx.store.projects.list()]
    running = services.status(get_settings())
    if json:
        listed = [p.model_dump(mode="json") for p in progresses]
        print_json({"services": running_services(running), "projects": listed})
        return
    show_projects(running_services(running), progresses)


def with_wait(ctx: "Context", project: "Project") -> "Progress":
    """Return where a project stands; where it is the machine's turn, with what keeps its run."""
    from tenfold.errors import TenfoldError
    from tenfold.run_waits import run_wait

    progress = ctx.store.progress.of(project)
    if not ctx.store.pulses.of(project.id).machine:
        return progress
    try:
        wait = run_wait(project, ctx.store.cycles.current(project.id))
    except TenfoldError:
        return progress
    return progress.model_copy(update={"wait": wait})


def running_services(state: ServicesState | None) -> dict[str, str]:
    """Say of each service whether it is up."""
    if state is None:
        return {"services": "down; start them with `tenfold up`"}
    return {s.name: "up" if s.ready else "starting" for s in state.services} | {
        "page link": state.links.page,
        "prefect link": state.links.prefect,
    }


def print_links(links: Links) -> None:
    """Print where people find the page and Prefect."""
    from tenfold.settings import get_settings
    from tenfold.web.link import sign_in_link

    out().print(f"page     {sign_in_link(get_settings(), links.page)}")
    out().print(f"prefect  {links.prefect}")
