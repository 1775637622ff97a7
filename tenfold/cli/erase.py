"""`tenfold erase`: an image that must go, such as a face."""

from typing import Annotated

import typer

from tenfold.cli.console import note, out

HASH = 64
"""Characters of an image's hash."""


def erase(
    name: Annotated[str, typer.Argument(help="The project.")],
    image: Annotated[str, typer.Argument(help="The image's SHA-256, or its path in the source.")],
    reason: Annotated[str, typer.Option(help="Kept with the note that stays.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before it is done.")] = False,
) -> None:
    """Erase an image for good: picture, views, features, pre-labels, and what was said of it."""
    import getpass

    from tenfold.erasing import erase_image, finish_erasures
    from tenfold.errors import NotFoundError
    from tenfold.pipeline.context import open_context

    ctx = open_context()
    project = ctx.store.projects.get(name)
    found = ctx.store.images.hashes(project.id, [image]).get(image, image)
    if len(found) != HASH:
        raise NotFoundError(f"{name} has no image {image!r}.", "Give its path, or its SHA-256.")
    if not yes:
        out().print(
            "Its picture, features, pre-labels and labels are removed. A source of your own stays."
        )
        typer.confirm(f"Erase {image} for good?", abort=True)
    user = getpass.getuser()
    erase_image(ctx.store, ctx.blobs, project.id, found, by=user, reason=reason)
    waiting = finish_erasures(ctx.store, ctx.blobs)
    note(f"{image} is erased; it won't be taken in again.")
    if waiting:
        note("What was said of it goes with the end of the audit that it was measured in.")
    others = ctx.store.erasures.other_projects(project.id, found)
    if others:
        note(f"{others} other projects show it still: erase it there, too.")
