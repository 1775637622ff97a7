"""`tenfold assign`: images of the open round that are meant for somebody."""

from typing import Annotated

import typer

from models.round import Assigning
from tenfold.cli.console import note, out


def assign(
    name: Annotated[str, typer.Argument(help="The project.")],
    person: Annotated[
        str | None, typer.Argument(help="Who is to answer them; without, what is meant for whom.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many of the next images.")] = 100,
    only: Annotated[bool, typer.Option("--only", help="Nobody else gets them.")] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Let others have what was meant for them.")
    ] = False,
) -> None:
    """Mean a share of the open round for somebody: it comes to them first, or to nobody else."""
    from tenfold.errors import ConflictError
    from tenfold.pipeline.context import open_context

    store = open_context().store
    cycle = store.cycles.current(store.projects.get(name).id)
    asked = store.rounds.current(cycle.id) if cycle else None
    if asked is None:
        raise ConflictError(f"No round of {name} is open.", f"See `tenfold status {name}`.")
    if person is None:
        for share in store.assignments.of_round(asked.id):
            out().print(f"{share.person}: {share.answered} of {share.images} answered")
        return
    who = store.people.by_name(person)
    if release:
        note(f"{store.assignments.release(asked.id, who.id)} images are anybody's now.")
        return
    how = Assigning.ONLY if only else Assigning.FIRST
    images = store.assignments.assign(asked.id, who.id, count=count, assigning=how)
    note(f"{images} images of round {asked.number} are meant for {person}.")
