"""The walk: committing labels, asking about those whose coins show heads, and delivering."""

from collections.abc import Sequence

from models.certificate import WalkCertificate
from models.cycle import Claim
from models.label import LabelValue
from models.prelabel import ModelVersion
from models.project import Project
from models.record import now
from models.round import ApprovedVia, Round
from models.walk import Walk, WalkState
from tenfold.errors import ConflictError, InvalidAnswerError
from tenfold.learning.certificate import frozen_order
from tenfold.learning.walk.ladder import Ladder
from tenfold.pipeline.context import Context
from tenfold.pipeline.statement import measured_against, walk_statement, with_meaning
from tenfold.task_types import task_kind

DRAWN = "Sealed coins chose these among labels that are committed; tagged blind, to measure them."
DRAWN_AGAIN = "The model was wrong more than once hoped, so that more of its labels are looked at."

ANY_SIDE = 1_000_000
"""Pixels; what lies within an image is looked at when it is committed."""

DELIVERY_TRIES = 5
"""A late answer may come between the account and the delivery; then both are done anew."""


def open_walk(ctx: Context, claim: Claim) -> Walk | None:
    """Return the cycle's walk, if it has one that isn't closed."""
    walk = ctx.store.walks.of(claim.cycle_id)
    return walk if walk is not None and walk.closed_at is None else None


def go_on(ctx: Context, claim: Claim) -> Round | None:
    """Ask for what earlier answers made due, and deliver once the walk is over.

    Returns:
        The round that people should answer before anything else is committed, if there is one.
    """
    walk = open_walk(ctx, claim)
    if walk is None or ctx.store.rounds.current(claim.cycle_id) is not None:
        return None
    state = ctx.store.walks.state(walk.id)
    if state.due:
        return _follow_up(ctx, claim, walk, state)
    if state.over:
        deliver(ctx, claim, walk)
    return None


def _follow_up(ctx: Context, claim: Claim, walk: Walk, state: WalkState) -> Round | None:
    asked = len(_audits(ctx, walk))
    return ctx.store.walks.follow_up(
        claim,
        walk.id,
        f"walk-{len(state.committed)}-again-{asked}",
        needs_approval=_waits(ctx, ctx.project(claim), walk, state.left),
        reason=DRAWN_AGAIN,
    )


def commit(
    ctx: Context,
    claim: Claim,
    model: ModelVersion,
    shas: Sequence[str],
    ladder: Ladder,
    why: str = "",
) -> Round | None:
    """Commit the model's labels, opening the walk if need be; ask about those with heads.

    Args:
        ctx: the stores.
        claim: the right to write.
        model: whose pre-labels are committed.
        shas: the images, the surest first.
        ladder: frozen with the walk when it is opened.
        why: a sentence on why now, for those who are asked.

    Returns:
        The audit round that people should answer; None where every coin showed tails.
    """
    walk = ctx.store.walks.open(claim, ladder)
    state = ctx.store.walks.state(walk.id)
    wanted = set(shas)
    proposed = {
        p.sha256: p.value for p in ctx.store.models.prelabels(model.id) if p.sha256 in wanted
    }
    return ctx.store.walks.commit(
        claim,
        walk.id,
        [(sha, proposed[sha], model.id) for sha in shas],
        f"walk-{len(state.committed)}",
        needs_approval=_waits(ctx, ctx.project(claim), walk, state.left - len(shas)),
        reason=f"{DRAWN} {why}".strip(),
    )


def surest_first(ctx: Context, project: Project, model: ModelVersion, shas: set[str]) -> list[str]:
    """Return those of the images that the model proposes a label for, from the surest on.

    A label of a class that the project no longer has is none.
    """
    found = [
        prelabel
        for prelabel in ctx.store.models.prelabels(model.id)
        if prelabel.sha256 in shas and _possible(project, prelabel.value)
    ]
    return [prelabel.sha256 for prelabel in frozen_order(found, project.seed)]


def _possible(project: Project, value: LabelValue) -> bool:
    try:
        task_kind(project.task).check(project.today(value), project.class_names, ANY_SIDE, ANY_SIDE)
    except InvalidAnswerError:
        return False
    return True


def deliver(ctx: Context, claim: Claim, walk: Walk) -> WalkCertificate:
    """Accept what the walk delivers, with its certificate."""
    for _ in range(DELIVERY_TRIES - 1):
        try:
            return _deliver(ctx, claim, walk)
        except ConflictError:
            continue
    return _deliver(ctx, claim, walk)


def _deliver(ctx: Context, claim: Claim, walk: Walk) -> WalkCertificate:
    account = ctx.store.walks.account(walk.id)
    by, via = _approval(ctx, walk)
    audits = _audits(ctx, walk)
    certificate = WalkCertificate(
        id=walk.id,
        project_id=walk.project_id,
        cycle_id=walk.cycle_id,
        round_id=audits[-1].id if audits else None,
        inputs=account.inputs,
        accepted=account.accepted,
        by_people=account.images - account.accepted,
        statement=with_meaning(
            walk_statement(account, by_rule=via is ApprovedVia.RULE),
            ctx.project(claim).task,
            measured_against(walk.overlap),
            ctx.store.images.uncounted(claim),
        ),
        measured_against=measured_against(walk.overlap),
        approved_by=by,
        approved_via=via,
        created_at=now(),
    )
    return ctx.store.walks.deliver(claim, certificate)


def _approval(ctx: Context, walk: Walk) -> tuple[str, ApprovedVia]:
    """Return who approved the delivery: who approved its last round, where that was the end."""
    audits = _audits(ctx, walk)
    approval = ctx.store.rounds.approval(audits[-1].id) if audits else None
    if approval is None or not ctx.store.walks.asked_last(walk.id):
        return "tenfold", ApprovedVia.RULE
    return approval.by, approval.via


def _audits(ctx: Context, walk: Walk) -> list[Round]:
    return [r for r in ctx.store.rounds.list(walk.cycle_id) if r.walk_id == walk.id]


def _waits(ctx: Context, project: Project, walk: Walk, left: int) -> bool:
    """Whether a round waits for an approval: the walk's first and its last do."""
    first = not _audits(ctx, walk)
    return first or left <= 0 or project.approve_all
