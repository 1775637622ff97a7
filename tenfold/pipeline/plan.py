"""What people are to expect: looks and minutes for several promises, told before they are due."""

import numpy as np

from models.cycle import Claim
from models.plan import Offer, Plan
from models.project import FinishMode, Project
from models.record import now
from tenfold.blobs import names
from tenfold.learning.certificate import wrong_allowed
from tenfold.learning.strategy import next_move
from tenfold.learning.walk.ladder import least_looks
from tenfold.pipeline.context import Context
from tenfold.pipeline.noted import read_plan
from tenfold.pipeline.prospects import View, plan_of, prospect_of

USUAL_SECONDS = 3.5
"""Of a person, a tag, before anybody has answered."""
LOOKED_AT = ("manual", "reviewed", "audited", "skipped")
OTHER_ERRORS = (0.05, 0.02, 0.01)
"""Promises that are priced beside the project's own."""


def note_plan(ctx: Context, claim: Claim, view: View) -> None:
    """Keep what is expected now where the page and the command line read it."""
    if view.project.finish_mode is not FinishMode.CERTIFIED or not view.images:
        return
    before = read_plan(ctx.blobs, view.project.id)
    plan = _plan(ctx, claim, view)
    if before is not None and before.cycle_id == claim.cycle_id and before.foreseen is not None:
        plan = plan.model_copy(update={"foreseen": before.foreseen})
    text = plan.model_dump_json(indent=1).encode()
    ctx.blobs.put(names.plan(claim.project_id), text, media_type="application/json")


def _plan(ctx: Context, claim: Claim, view: View) -> Plan:
    looked = _looked(ctx, view.project)
    seconds = seconds_each(ctx, view.project)
    finished = view.certified and not view.unfinished
    begun = view.walk is not None or view.certified
    others = [] if begun else [e for e in OTHER_ERRORS if e != view.project.error]
    offers = [_offer(view, looked, error, seconds) for error in (view.project.error, *others)]
    return Plan(
        project_id=view.project.id,
        cycle_id=claim.cycle_id,
        images=view.images,
        confidence=view.project.confidence,
        looked=looked,
        seconds_each=round(seconds, 2),
        offers=tuple(offers),
        foreseen=offers[0].looks,
        finished=finished,
        each_class=view.project.each_class and not view.by_walk,
        made_at=now(),
    )


def _offer(view: View, looked: int, error: float, seconds: float) -> Offer:
    allowed = wrong_allowed(view.images, error)
    least = int(np.ceil(least_looks(view.images, allowed, view.project.confidence)))
    looks = _expected(view, looked, error, allowed)
    return Offer(
        error=error,
        wrong_allowed=allowed,
        least=min(least, view.images),
        looks=looks,
        minutes=None if looks is None else round(looks * seconds / 60.0, 1),
    )


def _expected(view: View, looked: int, error: float, allowed: int) -> int | None:
    """Return the looks in all that are expected; None while no model can say."""
    if view.certified:
        return looked + len(view.unfinished)
    audit = plan_of(view, error)
    if audit is not None:
        others = len(view.unfinished) - len(view.pool)
        return min(view.images, round(looked + others + audit.expected_looks))
    if not view.surest:
        return None
    move = next_move(prospect_of(view, looked, allowed))
    others = len(view.unfinished) - len(view.surest)
    return min(view.images, round(looked + others + move.expected_looks))


def _looked(ctx: Context, project: Project) -> int:
    by_state = ctx.store.progress.of(project).by_state
    return sum(by_state.get(state, 0) for state in LOOKED_AT)


def seconds_each(ctx: Context, project: Project) -> float:
    """Return the seconds that an answer took so far, or takes usually."""
    labelers = ctx.store.progress.labelers(project.id)
    answers = sum(labeler.answers for labeler in labelers)
    spent = sum(labeler.answers * labeler.seconds_each for labeler in labelers)
    return spent / answers if answers and spent > 0.0 else USUAL_SECONDS
