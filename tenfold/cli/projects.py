"""`tenfold new`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from models.label import TaskType
from models.project import FinishMode, Frame, ProjectSettings, label_classes
from tenfold.cli.console import note


class Way(StrEnum):
    """How a project comes to its certificate."""

    WALK = "walk"
    LOOK = "look"


def new(
    name: Annotated[str, typer.Argument(help="Lower case letters, digits, . _ -")],
    source: Annotated[
        str,
        typer.Option(
            help="Directory, .zip, az://container/prefix, or CSV/JSONL/COCO/VOC manifest."
        ),
    ],
    task: Annotated[TaskType, typer.Option(help="What people say of an image.")],
    classes: Annotated[str, typer.Option(help="Label classes, separated by commas.")],
    instructions: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Markdown for the labelers.")
    ] = None,
    finish: Annotated[
        FinishMode | None,
        typer.Option(help="How it ends. Default: certified for classes, review for shapes."),
    ] = None,
    error: Annotated[
        float, typer.Option(min=0.0001, max=0.9999, help="Largest share of wrong labels.")
    ] = 0.05,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="How sure the certificate must be.")
    ] = 0.95,
    certificate: Annotated[
        Way, typer.Option(help="Step by step with sealed coins, or by one audit at the end.")
    ] = Way.WALK,
    each_class: Annotated[
        bool,
        typer.Option(
            "--each-class",
            help="Keep the promise in each class, by an audit of each. Implies --certificate look.",
        ),
    ] = False,
    first_round: Annotated[
        int | None, typer.Option(min=1, help="Images of the first round. Default: by the classes.")
    ] = None,
    overlap: Annotated[
        int, typer.Option(min=1, max=9, help="People who tag the same image, blind.")
    ] = 1,
    keep_busy: Annotated[
        bool, typer.Option(help="Offer further images while the machine computes.")
    ] = True,
    second_look: Annotated[
        bool,
        typer.Option(help="Ask once more about tags that a model contradicts, before delivery."),
    ] = True,
    trains_on: Annotated[
        str | None,
        typer.Option(
            help="Work pool, on Azure cluster, that trains models. Default: of the settings."
        ),
    ] = None,
    infers_on: Annotated[
        str | None, typer.Option(help="The same for features and for the proposals of labels.")
    ] = None,
    import_frame: Annotated[
        Frame, typer.Option(help="Frame of a manifest's boxes where EXIF rotates an image.")
    ] = Frame.UPRIGHT,
    seed: Annotated[int, typer.Option(help="Seed of every choice that the project makes.")] = 0,
) -> None:
    """Make a project. `tenfold run NAME` starts it."""
    from tenfold.compute_targets import chosen_targets
    from tenfold.pipeline.context import open_context
    from tenfold.settings import get_settings
    from tenfold.sources import absolute, open_source

    try:
        wanted = ProjectSettings(
            name=name,
            task=task,
            source=absolute(source),
            classes=label_classes([c.strip() for c in classes.split(",") if c.strip()]),
            instructions=instructions.read_text() if instructions else "",
            finish=finish,
            error=error,
            confidence=confidence,
            certificate=certificate.value,
            each_class=each_class,
            first_round=first_round,
            overlap=overlap,
            keep_busy=keep_busy,
            second_look=second_look,
            trains_on=trains_on,
            infers_on=infers_on,
            import_frame=import_frame,
            seed=seed,
        )
    except ValidationError as problem:
        raise typer.BadParameter(explain(problem)) from None
    open_source(wanted.source, get_settings(), wanted.task)
    chosen_targets(get_settings(), (trains_on, infers_on))
    open_context().store.projects.create(wanted)
    if each_class:
        note("Each class is certified for itself: by one look, an audit of each, and no walk.")
    note(f"Project {name} is made. Start it with: tenfold run {name}")


def explain(problem: ValidationError) -> str:
    """Say in a line what is wrong with the options."""
    return "; ".join(
        f"{_option(error['loc'])}{error['msg'].removeprefix('Value error, ')}"
        for error in problem.errors()
    )


def _option(place: tuple[int | str, ...]) -> str:
    return f"--{str(place[0]).replace('_', '-')}: " if place else ""
