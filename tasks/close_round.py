"""Step 9: what follows from a closed round; of an audit, the certificate."""

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.events import emit_event

from models.cycle import Claim
from models.round import Approval, Round, RoundState
from tasks.steps import HOUR, artifact_key, step
from tenfold import orchestration
from tenfold.pipeline.certify import close_round as draw_consequences
from tenfold.pipeline.context import Context, open_context


@task(**step("close round", seconds=2 * HOUR))
def close_round(claim: Claim) -> str | None:
    """Certify and accept what the cycle's last round allows; return the round, if one is closed."""
    ctx = open_context()
    cycle = ctx.store.cycles.current(claim.project_id)
    last = orchestration.last_round(ctx.store, cycle) if cycle else None
    if last is None or last.state is not RoundState.CLOSED:
        return None
    draw_consequences(ctx, claim, last.id)
    key = f"close-{last.id}"
    if ctx.store.cycles.begin_step(claim, "close round", key) is not None:
        _tell(ctx, claim, last)
        ctx.store.cycles.finish_step(claim, key)
    return last.id


def _tell(ctx: Context, claim: Claim, closed: Round) -> None:
    approval = ctx.store.rounds.approval(closed.id)
    project = ctx.project(claim).name
    row = _row(closed, approval)
    get_run_logger().info("Round %d is closed: %s", closed.number, row)
    create_table_artifact(
        table=[row],
        key=artifact_key("round", project, str(closed.number)),
        description=closed.reason,
    )
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    if certificate is not None and certificate.round_id == closed.id:
        get_run_logger().info(certificate.statement)
    emit_event(
        "round.approved",
        resource={"prefect.resource.id": f"tenfold.round.{closed.id}"},
        payload={"project": project, **row},
    )


def _row(closed: Round, approval: Approval | None) -> dict[str, str | int]:
    return {
        "round": closed.number,
        "kind": closed.kind.value,
        "answers wanted": closed.size,
        "answered": closed.answered,
        "approved by": approval.by if approval else "",
        "via": approval.via.value if approval else "",
        "note": approval.note if approval else "",
    }
