"""`tenfold demo`: the whole pipeline on data from packages."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.console import err, note


class DemoTask(StrEnum):
    """What the demo's people say of an image."""

    CLASSIFICATION = "classification"
    BOXES = "boxes"


def demo(
    task: Annotated[DemoTask, typer.Option(help="One class an image, or boxes.")] = (
        DemoTask.CLASSIFICATION
    ),
    images: Annotated[int, typer.Option(min=20, max=20_000, help="How many images.")] = 1000,
    labelers: Annotated[int, typer.Option(min=1, max=16, help="Simulated labelers.")] = 2,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    hold: Annotated[
        bool, typer.Option("--hold", help="Leave the page and Prefect up, to look around.")
    ] = False,
) -> None:
    """Run the whole pipeline on images composed from real photographs, with simulated labelers.

    Ingest, blob upload, dataset registration, a suspended flow run while people tag, training,
    pre-labeling, audit, review, delivery: all on a real Prefect server and its workers.
    """
    from tenfold import services
    from tenfold.cli.following import Follow, follow
    from tenfold.cli.services import print_links
    from tenfold.demo.data import prepare
    from tenfold.settings import get_settings

    settings = get_settings()
    folder = settings.home_dir / "demo" / f"{task.value}-{images}"
    data = prepare(task.value, images, folder, seed=0, report=_counter("composing images"))
    note(data.note)
    name = _project(task.value, images, data.source, data.classes)
    was_up = services.status(settings) is not None
    links = services.up(settings, note)
    note(f"watch it: {links.page}  and  {links.prefect}")
    try:
        follow(Follow(name=name, answers=data.answers, labelers=labelers, report=report))
    finally:
        if not (hold or was_up):
            services.down(settings)
    if hold or was_up:
        print_links(links)
    else:
        err().print("[dim]Look at it with [/]tenfold up[dim], then open the page.[/]")


def _counter(what: str) -> Callable[[int, int], None]:
    """Return a callback that shows a progress bar on the terminal."""
    from rich.progress import Progress

    progress = Progress(console=err(), transient=True)
    bar = progress.add_task(what, total=None)

    def report(done: int, total: int) -> None:
        if not progress.live.is_started:
            progress.start()
        progress.update(bar, completed=done, total=total)
        if done >= total:
            progress.stop()

    return report


def _project(task: str, images: int, source: Path, classes: tuple[str, ...]) -> str:
    """Return the demo project to go on with, made if the last one is complete."""
    from models.cycle import CycleState
    from models.label import TaskType
    from models.project import ProjectSettings, label_classes
    from tenfold.pipeline.context import open_context

    ctx = open_context()
    base = f"demo-{task}-{images}"
    names = {project.name: project for project in ctx.store.projects.list(include_archived=True)}
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in names:
        cycle = ctx.store.cycles.current(names[name].id)
        if cycle is None or cycle.state is not CycleState.COMPLETE:
            return name
        number += 1
    ctx.store.projects.create(
        ProjectSettings(
            name=name,
            task=TaskType(task),
            source=str(source),
            classes=label_classes(list(classes)),
            instructions=INSTRUCTIONS[task],
            keep_busy=False,
            first_round=min(60, images // 10) if task == "classification" else None,
        )
    )
    return name


INSTRUCTIONS = {
    "classification": "Which kind of thing is pasted on the background photograph?\n\n"
    "Take the most fitting class. Skip an image only if you can't tell.",
    "boxes": "Draw a box around every thing that is pasted on the background photograph.\n\n"
    "A box touches the thing on all four sides. Things that hide one another get a box each.",
}
