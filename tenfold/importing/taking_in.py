"""A project's images, taken in by the import itself, before any flow run."""

import uuid

from models.cycle import Claim
from models.project import Project
from models.round import RoundKind
from tenfold.errors import ConflictError
from tenfold.pipeline.context import Context
from tenfold.pipeline.ingest import ingest

_ASKING = "These labels were proposed elsewhere. Are they right?"
_KEY = "imported-prelabels"


def is_taken_in(ctx: Context, project: Project) -> bool:
    """Whether the project's images are in the store.

    Raises:
        ConflictError: a flow run is taking them in.
    """
    cycle = ctx.store.cycles.current(project.id)
    if cycle is None:
        return False
    if cycle.number > 1 or ctx.store.cycles.done_step(cycle.id, "ingest") is not None:
        return True
    if cycle.flow_run_id not in (None, _owner(project)):
        raise ConflictError(
            f"The images of {project.name} are being taken in.",
            f"Import again once that is done: `tenfold status {project.name}`.",
        )
    return False


def take_in(ctx: Context, project: Project) -> None:
    """Take the images in, as the first step of a flow run would, which then finds them there."""
    claim = _claim(ctx, project)
    ingest(ctx, claim, lambda _done, _total: None)
    ctx.store.imports.release(claim)


def ask_people(ctx: Context, project: Project) -> None:
    """Open a round in which people check what was proposed, where nothing is going on yet."""
    cycle = ctx.store.cycles.current(project.id)
    if cycle is None or cycle.flow_run_id is not None or ctx.store.rounds.list(cycle.id):
        return
    claim = _claim(ctx, project)
    version = ctx.store.imports.version(project.id)
    shas = [each.sha256 for each in ctx.store.models.prelabels(version)]
    ctx.store.rounds.open(
        claim, RoundKind.REVIEW, shas, key=_KEY, model_version=version, reason=_ASKING
    )
    ctx.store.imports.release(claim)


def _claim(ctx: Context, project: Project) -> Claim:
    cycle = ctx.store.cycles.ensure(project.id)
    return ctx.store.cycles.claim(cycle.id, _owner(project))


def _owner(project: Project) -> str:
    """Return the id under which an import holds the project's cycle; the same after a crash."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tenfold-import:{project.id}"))
