"""Where each project stands, and what keeps it from going on."""

from datetime import datetime, timedelta
from typing import cast

from prefect import get_run_logger, task
from prefect.artifacts import Artifact, create_progress_artifact
from prefect.events import emit_event

from models.cycle import Cycle, CycleState
from models.project import Project, ProjectState
from models.record import now
from models.round import Round, RoundState
from tasks.steps import MINUTE, artifact_key, step
from tenfold import orchestration
from tenfold.erasing import finish_erasures
from tenfold.errors import TenfoldError
from tenfold.pipeline.context import Context, open_context
from tenfold.removal import finish_removals

STALLED_AFTER = timedelta(hours=24)


@task(**step("track projects", seconds=15 * MINUTE))
def track_projects() -> None:
    """Look after every active project; one that can't be looked after holds up no other."""
    ctx = open_context()
    finish_removals(ctx.store, ctx.blobs)
    finish_erasures(ctx.store, ctx.blobs)
    for project in ctx.store.projects.list():
        if project.state is not ProjectState.ACTIVE:
            continue
        try:
            get_run_logger().info("%s: %s", project.name, track_project(ctx, project))
        except TenfoldError as error:
            get_run_logger().error("%s: %s", project.name, error)


def track_project(ctx: Context, found: Project) -> str:
    """Wake or start again what should be going on; return what was done, in a word."""
    cycle = ctx.store.cycles.current(found.id)
    if cycle is None:
        return "not begun"
    show_progress(ctx, found)
    if cycle.state is CycleState.COMPLETE:
        return "complete"
    done = keep_going(ctx, found, cycle)
    flag_stalled(ctx, found, cycle)
    return done


def keep_going(ctx: Context, project: Project, cycle: Cycle) -> str:
    """Start a crashed run again, or wake a suspended one whose answer is there.

    A run that failed, or was cancelled or deleted by a person, is left alone.
    """
    if cycle.flow_run_id is None:
        return _start_next(project, cycle)
    state = orchestration.run_state(cycle.flow_run_id)
    if state.kind == "suspended" and orchestration.may_go_on(ctx.store, cycle):
        return "woken" if orchestration.wake(project.name) else "awake"
    if state.kind == "crashed" and orchestration.settled(state):
        return _restart(ctx, cycle, cycle.flow_run_id)
    return state.kind


def _start_next(project: Project, cycle: Cycle) -> str:
    """Start the run of a cycle that was begun for another one that was ended."""
    if cycle.number == 1:
        return "never started"
    orchestration.work_on(project.name)
    return "started"


def _restart(ctx: Context, cycle: Cycle, flow_run_id: str) -> str:
    if cycle.restarts >= ctx.settings.restarts:
        get_run_logger().error(
            "Run %s crashed %d times and is not started again. %s",
            orchestration.flow_run_url(flow_run_id),
            cycle.restarts + 1,
            "When the cause is mended, `tenfold run` goes on with it.",
        )
        return "crashed too often"
    ctx.store.cycles.count_restart(cycle.id)
    return "started again" if orchestration.retry(flow_run_id) else "crashed"


def flag_stalled(ctx: Context, project: Project, cycle: Cycle) -> None:
    """Say so when nobody has answered an open round for a day."""
    asked = orchestration.last_round(ctx.store, cycle)
    if (
        asked is None
        or asked.state is RoundState.CLOSED
        or now() - _touched(ctx, asked) < STALLED_AFTER
    ):
        return
    get_run_logger().warning(
        "Round %d of %s has had no answer for a day: %d are missing",
        asked.number,
        project.name,
        asked.missing,
    )
    emit_event(
        "labels.stalled",
        resource={"prefect.resource.id": f"tenfold.round.{asked.id}"},
        payload={"project": project.name, "missing": asked.missing},
    )


def _touched(ctx: Context, asked: Round) -> datetime:
    if now() - asked.opened_at < STALLED_AFTER:
        return asked.opened_at
    answers = ctx.store.rounds.answers(asked.id)
    return max((answer.created_at for answer in answers), default=asked.opened_at)


def show_progress(ctx: Context, project: Project) -> None:
    """Show the share of images with a final label as an artifact, where it has changed."""
    at = ctx.store.progress.of(project)
    key = artifact_key("progress", project.name)
    text = f"{at.labeled} of {at.images} images are labeled. {at.claim}".strip()
    shown = cast("Artifact | None", Artifact.get(key))
    if shown is None or shown.description != text:
        percent = 100.0 * at.labeled / at.images if at.images else 0.0
        create_progress_artifact(progress=percent, key=key, description=text)
