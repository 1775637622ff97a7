"""`tenfold certificate`: what one could claim of a project, and what is claimed of one."""

from pathlib import Path
from typing import Annotated

import typer

ERROR, CONFIDENCE = 0.05, 0.95

HELP = (
    "Show what a project's certificate claims, or plan one.\n\n"
    "A certificate says: at most so many of the delivered labels are wrong, so sure. It is "
    "measured by people who tag images blind, without seeing what the model says.\n\n"
    "`tenfold certificate birds --verify` shows that of project birds and recomputes it.\n\n"
    "`tenfold certificate --images 1000 --pool 900` shows how many images people must look at "
    "before anything can be claimed: by one audit at the end, or by a walk, where a sealed coin "
    "decides for each label whether a person looks at it.\n\n"
    "`tenfold certificate --images 1000 --pool 900 --audit 78` prints how many of 78 audited "
    "labels may be wrong, or `none` where 78 are too few for any claim."
)


def certificate(
    name: Annotated[
        str | None, typer.Argument(help="A project. Without it, --images makes a plan.")
    ] = None,
    images: Annotated[
        int | None, typer.Option(min=1, help="Labels delivered in all.", rich_help_panel="Plan")
    ] = None,
    pool: Annotated[
        int | None,
        typer.Option(
            min=0, help="Of these, images that nobody tagged. Default: all.", rich_help_panel="Plan"
        ),
    ] = None,
    audit: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Images drawn from the pool at random, tagged blind.",
            rich_help_panel="Plan",
        ),
    ] = None,
    error: Annotated[
        float | None,
        typer.Option(
            help=f"Largest share of wrong labels. Default: {ERROR}.", rich_help_panel="Plan"
        ),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(
            help=f"How sure the claim must be. Default: {CONFIDENCE}.", rich_help_panel="Plan"
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Recompute it from the stored answers; exit 1 if it fails."),
    ] = False,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a page to print and to file.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
) -> None:
    """Show what a project's certificate claims, or plan one; see `HELP`."""
    planned = {
        "--images": images,
        "--pool": pool,
        "--audit": audit,
        "--error": error,
        "--confidence": confidence,
    }
    given = [option for option, value in planned.items() if value is not None]
    if name is None:
        if verify or html is not None:
            raise typer.BadParameter("--verify and --html need the name of a project.")
        _plan(
            images,
            pool,
            audit,
            ERROR if error is None else error,
            CONFIDENCE if confidence is None else confidence,
            json=json,
        )
        return
    if given:
        raise typer.BadParameter(
            f"{', '.join(given)}: these make a plan, but {name} is a project. Give one of both."
        )
    from tenfold.cli.certificate_show import show

    if not show(name, verify=verify, html=html, json=json):
        raise typer.Exit(1)


def _plan(
    images: int | None,
    pool: int | None,
    audit: int | None,
    error: float,
    confidence: float,
    *,
    json: bool,
) -> None:
    from tenfold.cli.certificate_plan import Wish, show_plan, show_tolerated

    if images is None:
        raise typer.BadParameter("Name a project, or give --images to make a plan.")
    pool = images if pool is None else pool
    if pool > images:
        raise typer.BadParameter(f"--pool: {pool} of {images} images can't be without a tag.")
    if audit is not None and audit > pool:
        raise typer.BadParameter(f"--audit: {audit} images can't be drawn from {pool}.")
    for option, value in (("--error", error), ("--confidence", confidence)):
        if not 0 < value < 1:
            raise typer.BadParameter(f"{option}: {value} is not between 0 and 1, as 0.05 is.")
    wish = Wish(images=images, pool=pool, error=error, confidence=confidence)
    if audit is not None:
        show_tolerated(wish, audit, json=json)
    else:
        show_plan(wish, json=json)
