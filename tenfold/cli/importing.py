"""`tenfold import`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from models.label import TaskType
from tenfold.cli.console import note, out, print_json
from tenfold.cli.projects import explain
from tenfold.errors import FormatError

if TYPE_CHECKING:
    from tenfold.importing.report import ImportReport, Listing


class Format(StrEnum):
    """What labels can be imported from."""

    AUTO = "auto"
    COCO = "coco"
    AZURE_COCO = "azure-coco"
    CSV = "csv"
    AZURE_CSV = "azure-csv"
    JSONL = "jsonl"
    MLTABLE = "mltable"
    PREDICTIONS = "predictions"
    LABELING_JOB = "labeling-job"
    GROUND_TRUTH = "ground-truth"
    LABEL_STUDIO = "label-studio"
    VOC = "voc"
    YOLO = "yolo"


class As(StrEnum):
    """Whose word they are to be."""

    LABELS = "labels"
    PRELABELS = "prelabels"


def import_labels(
    name: Annotated[str, typer.Argument(help="The project: one that is there, or a new one.")],
    path: Annotated[Path, typer.Argument(help="Labels file, or the folder of a data set.")],
    format: Annotated[  # noqa: A002 -- the word that people use
        Format, typer.Option(help="auto looks at what is in the file.")
    ] = Format.AUTO,
    images: Annotated[
        str | None,
        typer.Option(help="Where a new project's images are: folder, .zip, az://container/prefix."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would come in.")
    ] = False,
    as_: Annotated[
        As | None,
        typer.Option("--as", help="Labels, or a model's proposals. Default: as the file says."),
    ] = None,
    task: Annotated[
        TaskType | None, typer.Option(help="What a new project's labels are. Default: by the file.")
    ] = None,
    classes: Annotated[
        str, typer.Option(help="First classes of a new project; what is found is added.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(help="Write all that is missing or not understood, JSON lines.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Bring labels that were made elsewhere, into a project that is there or a new one.

    Knows Azure ML's exports (COCO, CSV, MLTable), saved labeling jobs, AutoML's predictions,
    SageMaker manifests, Label Studio, COCO, Pascal VOC, YOLO and CSV. Safe to run twice.
    """
    from tenfold.importing import As as Kind
    from tenfold.importing import Wanted, bring
    from tenfold.pipeline.context import open_context

    wanted = Wanted(
        name=name,
        path=path,
        format=format.value,
        images=images,
        task=task,
        classes=tuple(c.strip() for c in classes.split(",") if c.strip()),
        kind=Kind(as_.value) if as_ else None,
    )
    try:
        came = bring(open_context(), wanted, dry=dry_run, full=report)
    except ValidationError as problem:
        if any(error["loc"] == ("name",) for error in problem.errors()):
            raise typer.BadParameter(
                f"{name!r} can't be a project's name: lower case letters, digits and . _ - may be "
                "in it, and a letter or digit comes first."
            ) from None
        raise FormatError(
            f"{path} makes no project {name}: {explain(problem)}.",
            "The task and further classes can be said: --task, --classes.",
        ) from None
    if json:
        print_json(came.told())
    else:
        _show(came, dry=dry_run)


def _show(came: "ImportReport", *, dry: bool) -> None:
    from rich.table import Table

    made = f"{came.project} ({'a new project' if came.made else 'there already'})"
    table = Table(
        title=f"{'Would come into' if dry else 'Import into'} {made}", title_justify="left"
    )
    table.add_column("what")
    table.add_column("count", justify="right")
    for what, text in _lines(came, dry=dry):
        table.add_row(what, text)
    out().print(table)
    by_class = Table("class", "labels", title="Label classes", title_justify="left")
    for name, count in came.labels.items():
        by_class.add_row(_plain(name), f"{count:,}")
    out().print(by_class)
    _list("Missing: no image of this path or name, or several", came.missing)
    _list("Not understood", came.unread)
    _list("Not taken", came.refused)
    if not dry:
        _next(came)
    elif came.images and not came.found:
        note("None of the images was found. Say where they are: --images FOLDER or az://CONTAINER.")


def _lines(came: "ImportReport", *, dry: bool) -> list[tuple[str, str]]:
    kind = "pre-labels" if came.prelabels else "labels"
    lines = [
        ("format", came.format),
        ("task", came.task.value),
        ("images in the file", f"{came.images:,}"),
        ("found", f"{came.found:,}"),
        ("missing", f"{came.missing.count:,}"),
        (f"with {kind}", f"{came.labeled:,}"),
        ("not understood", f"{came.unread.count:,}"),
    ]
    if not dry:
        lines += [
            (f"{kind} taken", f"{came.new + came.same:,}"),
            ("not taken", f"{came.refused.count:,}"),
        ]
    return lines


def _list(title: str, listing: "Listing") -> None:
    if not listing.count:
        return
    out().print(f"{title} ({listing.count:,}):")
    for text in listing.first:
        out().print(f"  {_plain(text)}")
    if listing.count > len(listing.first):
        out().print("  …  --report FILE writes all of them.")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _next(came: "ImportReport") -> None:
    if came.format != Format.LABELING_JOB and not came.prelabels:
        note("The labels are those of the person `imported`; a person's own answer replaces them.")
    if came.prelabels:
        note("The pre-labels are proposals; nothing counts as labeled before a person has looked.")
    note(f"Go on with: tenfold run {came.project}")
