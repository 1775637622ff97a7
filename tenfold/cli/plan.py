"""`tenfold plan`: what a certified project will cost people, and what it came to."""

from typing import Annotated

import typer
from rich.table import Table

from models.plan import Offer, Plan
from tenfold.cli.console import out, print_json
from tenfold.errors import ConflictError

HELP = (
    "Show what a certified project costs people: images to look at and minutes, for several "
    "promises.\n\n"
    "The figures are estimates of the present model; they sharpen with every round. After the "
    "first commit of labels only the project's own promise can be kept, and at the end the "
    "table says what it came to."
)


def plan(
    name: Annotated[str, typer.Argument(help="A project.")],
    json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Show what a certified project costs people; see `HELP`."""
    from tenfold.pipeline.context import open_context
    from tenfold.pipeline.noted import read_plan

    ctx = open_context()
    found = read_plan(ctx.blobs, ctx.store.projects.get(name).id)
    if found is None:
        raise ConflictError(
            f"There is no plan for {name} yet.",
            f"Run `tenfold run {name}` first; projects that are finished by review or by people "
            "alone have none.",
        )
    if json:
        print_json(found.model_dump(mode="json"))
        return
    out().print(table(found))
    for line in remarks(found):
        out().print(line)


def table(found: Plan) -> Table:
    """Return promises and prices, the project's own first."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    promise = "at most wrong in each class" if found.each_class else "at most wrong"
    for title in (promise, "people look at", "of the images", "minutes", "any method"):
        shown.add_column(title, justify="right")
    for offer in found.offers:
        shown.add_row(*_row(found, offer))
    return shown


def _row(found: Plan, offer: Offer) -> tuple[str, ...]:
    promise = f"{100 * offer.error:.3g} %"
    least = f"{offer.least} or more"
    if found.finished and offer is found.offers[0]:
        minutes = found.looked * found.seconds_each / 60
        return promise, str(found.looked), _share(found.looked, found), f"{minutes:.0f}", least
    if offer.looks is None or offer.minutes is None:
        return promise, "not known yet", "", "", least
    return (
        promise,
        f"about {offer.looks}",
        _share(offer.looks, found),
        f"about {offer.minutes:.0f}",
        least,
    )


def _share(looks: int, found: Plan) -> str:
    return f"{100 * looks / max(found.images, 1):.1f} %"


def remarks(found: Plan) -> list[str]:
    """Say what is done, what was foreseen, and how sure the promise will be."""
    lines = [
        f"{found.images} images, {found.confidence:.0%} sure; {found.looked} looked at so far."
    ]
    if found.finished:
        lines = [f"Finished: people looked at {found.looked} of {found.images} images."]
    if found.foreseen is not None:
        lines.append(f"The first model let expect {found.foreseen}.")
    elif not found.finished:
        lines.append("The first round teaches a model; then the price can be told.")
    if found.each_class and not found.finished:
        lines.append(
            "Estimated class by class, as if the audits were drawn now: what they ask for, and "
            "what they leave over."
        )
    return lines
