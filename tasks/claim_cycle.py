"""Step 0: one run owns a cycle."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger, runtime, task

from models.cycle import Claim, CycleState
from tasks.steps import MINUTE, step
from tenfold import orchestration
from tenfold.errors import NotFoundError, StaleClaimError
from tenfold.pipeline.context import open_context


@task(**step("claim cycle", seconds=5 * MINUTE))
def claim_cycle(project: str) -> Claim:
    """Take the project's cycle over for this flow run, beginning one where none is open.

    Raises:
        NotFoundError: no such project.
        StaleClaimError: another run that is alive has it, or this run has completed its cycle.
    """
    store = open_context().store
    run_id = str(runtime.flow_run.id)
    # A project may be called otherwise since its run was started.
    found = store.projects.of_run(run_id) or store.projects.get(project)
    last = store.cycles.current(found.id)
    if last is not None and last.flow_run_id == run_id and last.state is CycleState.COMPLETE:
        raise StaleClaimError(f"Cycle {last.number} of {project} was completed by this run.")
    store.classes.finish(found.id)
    cycle = store.cycles.ensure(found.id)
    owner = cycle.flow_run_id
    if owner is not None and owner != run_id and orchestration.run_state(owner).alive:
        raise StaleClaimError(f"Flow run {owner} works on {project}; this one isn't needed.")
    claim = store.cycles.claim(cycle.id, run_id)
    get_run_logger().info("Cycle %d of %s, claim %d", cycle.number, project, claim.fence)
    return claim


@contextmanager
def ends_quietly_when_superseded() -> Iterator[None]:
    """End a flow run without an error when another has its cycle, or its project was removed."""
    try:
        yield
    except StaleClaimError as error:
        get_run_logger().warning("This run ends here: %s", error)
    except NotFoundError as error:
        name = str(runtime.flow_run.parameters.get("project"))
        if not open_context().store.removals.was_removed(name):
            raise
        get_run_logger().warning("This run ends here, %s was removed: %s", name, error)
