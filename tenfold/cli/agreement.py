"""`tenfold agreement`: how well people agree who tagged the same images."""

from typing import Annotated

import typer

from models.agreement import Agreement
from models.label import ClassLabel, LabelSet, LabelValue
from tenfold.cli.console import note, out


def agreement(name: Annotated[str, typer.Argument(help="The project.")]) -> None:
    """Show how well people agree who tagged the same images, as far as rounds are closed."""
    from tenfold.agreement import with_quality
    from tenfold.pipeline.context import open_context
    from tenfold.pipeline.noted import read_weighing

    ctx = open_context()
    project = ctx.store.projects.get(name)
    weighing = read_weighing(ctx.blobs, project.id)
    found = with_quality(ctx.store.agreement.summary(project.id), weighing)
    if not found.images:
        note(f"No image of {name} was answered by two people in a closed round yet.")
        note("Ask several people for each image with: tenfold new --overlap 2")
        return
    _show(found)
    if weighing is not None:
        note(
            f"Quality is CROWDLAB's, of {weighing.images} images that several people tagged; it "
            f"decided the {weighing.decided} of which they didn't say the same."
        )


def suspects(name: Annotated[str, typer.Argument(help="The project.")]) -> None:
    """List people's tags that are probably wrong, for a reviewer to correct on the data view."""
    from tenfold.pipeline.context import open_context
    from tenfold.pipeline.second_look import suspects as find

    ctx = open_context()
    project = ctx.store.projects.get(name)
    found = find(ctx, project)
    for one in found:
        path = (ctx.store.images.get(project.id, one.sha256).paths or (one.sha256,))[0]
        said, likelier = _words(one.tagged), _words(one.likelier)
        out().print(f"{path}  tagged {said}, likelier {likelier}", soft_wrap=True)
    note(f"{len(found)} tags look wrong. Audit answers are never among them.")


def _words(value: LabelValue) -> str:
    if isinstance(value, LabelSet):
        return " + ".join(value.labels) or "none of the classes"
    return value.label if isinstance(value, ClassLabel) else value.kind


def _show(found: Agreement) -> None:
    from rich.table import Table

    out().print(f"{found.agreed} of {found.images} images: all say the same")
    out().print(f"{found.measure}: {_figure(found.kappa)}")
    if found.mean_iou is not None:
        out().print(f"mean IoU of what two people drew: {found.mean_iou:.2f}")
    table = Table(box=None, pad_edge=False)
    for column in ("labeler", "images", "with others", "with majority", "quality"):
        table.add_column(column, justify="left" if column == "labeler" else "right")
    for one in found.labelers:
        majority = "–" if one.with_consensus is None else f"{one.with_consensus:.1%}"
        quality = "–" if one.quality is None else f"{one.quality:.2f}"
        table.add_row(one.person, str(one.images), f"{one.with_others:.1%}", majority, quality)
    out().print(table)
    for pair in found.pairs:
        agreed = f"{pair.agreed} of {pair.images} the same"
        shapes = "" if pair.mean_iou is None else f", mean IoU {pair.mean_iou:.2f}"
        kappa = f"kappa {_figure(pair.kappa)}"
        out().print(f"{pair.one}, {pair.other}: {agreed}, {kappa}{shapes}")


def _figure(kappa: float | None) -> str:
    return "not defined" if kappa is None else f"{kappa:.2f}"
