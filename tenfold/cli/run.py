"""`tenfold run`, `tenfold stop` and `tenfold resume`."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.console import note


def run(
    name: Annotated[str, typer.Argument(help="The project.")],
    answers: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="CSV; simulated labelers answer from it."),
    ] = None,
    labelers: Annotated[int, typer.Option(min=1, max=64, help="How many simulated labelers.")] = 1,
    labeler_error: Annotated[
        float, typer.Option(min=0, max=1, help="Chance that a simulated answer is wrong.")
    ] = 0.0,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to follow the run; 0: to its end.")
    ] = 0,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Take in what is new, where the project is complete.")
    ] = False,
) -> None:
    """Start a project's flow run, or go on with it, and follow it to its end.

    Without --answers, people tag on the page; this command shows where it stands, and may be
    stopped and started at any time.
    """
    from tenfold.cli.following import Follow, follow

    follow(
        Follow(
            name=name,
            answers=answers,
            labelers=labelers,
            labeler_error=labeler_error,
            report=report,
            timeout=timeout,
            refresh=refresh,
        )
    )


def stop(name: Annotated[str, typer.Argument(help="The project.")]) -> None:
    """Stop the step that runs, a training for instance; `tenfold run NAME` goes on with it."""
    import getpass

    from tenfold import orchestration
    from tenfold.errors import ConflictError
    from tenfold.pipeline.context import open_context

    store = open_context().store
    stopped = store.cycles.stop(store.projects.get(name).id, getpass.getuser())
    if stopped is None:
        raise ConflictError(f"No step of {name} runs.", f"See `tenfold status {name}`.")
    if stopped.flow_run_id is not None:
        orchestration.give_up(stopped.flow_run_id)
    note(f"{name} is stopped. What is done stays; `tenfold run {name}` goes on there.")


def resume(
    name: Annotated[str, typer.Argument(help="The project.")],
    note_: Annotated[str, typer.Option("--note", help="Kept with the approval.")] = "",
    rest: Annotated[
        bool,
        typer.Option("--return-rest", help="Put what is not tagged back into the pool (no audit)."),
    ] = False,
) -> None:
    """Approve the open round of a project and let its flow run go on."""
    import getpass

    from models.round import ApprovedVia
    from tenfold import orchestration
    from tenfold.errors import ConflictError, ServiceError
    from tenfold.pipeline.context import open_context

    ctx = open_context()
    project = ctx.store.projects.get(name)
    cycle = ctx.store.cycles.current(project.id)
    current = ctx.store.rounds.current(cycle.id) if cycle else None
    if cycle is None or current is None:
        raise ConflictError(f"No round of {name} is open.", f"See `tenfold status {name}`.")
    approval = ctx.store.rounds.approve(
        current.id,
        by=getpass.getuser(),
        via=ApprovedVia.CLI,
        note=note_,
        rest="return" if rest else "refuse",
    )
    note(f"Round {current.number} ({current.kind.value}) is approved by {approval.by}.")
    try:
        orchestration.wake(project.name)
    except ServiceError as error:
        note(f"The flow run was not woken: {error} It goes on by itself once Prefect is up.")
