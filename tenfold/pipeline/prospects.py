"""Where a cycle stands, in the numbers that the next round is decided from."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.cycle import Claim
from models.label import ClassLabel
from models.prelabel import ModelVersion
from models.project import FinishMode, Project
from models.round import Round, RoundKind
from models.walk import Walk, WalkState
from tenfold.learning import certificate, estimate
from tenfold.learning.class_plan import ClassPool, plan_classes, smallest_audits
from tenfold.learning.strategy import Move, Prospect, batch_after, next_move
from tenfold.learning.walk.ladder import Ladder
from tenfold.pipeline import walking
from tenfold.pipeline.context import Context
from tenfold.pipeline.decide import Standing

FIRST_MOST = 200
"""Largest first round that is chosen without being asked for."""


@dataclass(frozen=True, slots=True)
class View:
    """What a decision is made from."""

    project: Project
    rounds: list[Round]
    pool: list[str]
    """Images without a final label that nobody has looked at, those committed left out."""
    unfinished: list[str]
    """Images that still want a label, those committed left out."""
    images: int
    """N: what this cycle delivers labels for."""
    model: ModelVersion | None
    confidence: dict[str, float]
    """Of the model's pre-labels for the pool."""
    certified: bool = False
    """Whether the certificate is there."""
    by_walk: bool = False
    walk: Walk | None = None
    """The walk that goes on."""
    state: WalkState | None = None
    surest: list[str] = field(default_factory=list)
    """Images whose pre-labels may be committed, the surest first."""
    classes: dict[str, list[str]] = field(default_factory=dict)
    """Where each class is certified for itself: the pool by the model's classes."""
    people: dict[str, int] = field(default_factory=dict)
    """The same: people's labels of each class."""


def look(ctx: Context, claim: Claim) -> View:
    """Return where a cycle stands."""
    project = ctx.project(claim)
    version = ctx.version(claim)
    walk = walking.open_walk(ctx, claim)
    unfinished = ctx.remaining(claim)
    remaining = set(unfinished)
    pool = [sha for sha in ctx.store.images.pool(project.id, version) if sha in remaining]
    model = ctx.store.models.latest(project.id)
    confidence = _confidence(ctx, model, set(pool))
    view = View(
        project=project,
        rounds=[r for r in ctx.store.rounds.list(claim.cycle_id) if not r.backlog],
        pool=pool,
        unfinished=unfinished,
        images=ctx.deliverable(claim),
        model=model if confidence or not pool else None,
        confidence=confidence,
        certified=ctx.store.certificates.latest(claim.cycle_id) is not None,
        walk=walk,
        state=ctx.store.walks.state(walk.id) if walk else None,
    )
    return _by_class(ctx, claim, _prospective_walk(ctx, claim, view))


def _by_class(ctx: Context, claim: Claim, view: View) -> View:
    """Add the pools of the classes, where each is certified for itself."""
    if not view.project.each_class or view.by_walk or view.model is None:
        return view
    classes: dict[str, list[str]] = {name: [] for name in view.project.class_names}
    for prelabel in ctx.store.models.prelabels(view.model.id):
        value, pool = view.project.today(prelabel.value), view.confidence
        if isinstance(value, ClassLabel) and value.label in classes and prelabel.sha256 in pool:
            classes[value.label].append(prelabel.sha256)
    return replace(view, classes=classes, people=ctx.store.rounds.people_by_class(claim))


def _confidence(ctx: Context, model: ModelVersion | None, members: set[str]) -> dict[str, float]:
    if model is None:
        return {}
    return {
        prelabel.sha256: prelabel.confidence
        for prelabel in ctx.store.models.prelabels(model.id)
        if prelabel.sha256 in members
    }


def _prospective_walk(ctx: Context, claim: Claim, view: View) -> View:
    """Add what may be committed, where the cycle is certified by a walk.

    What was begun is finished: a cycle that had a look goes on so, and a walk that is open goes
    on whatever the project says by now.
    """
    begun = any(r.kind is RoundKind.AUDIT and r.walk_id is None for r in view.rounds)
    wanted = view.project.certificate == "walk" and not begun
    if view.walk is None and not (wanted and view.project.finish_mode is FinishMode.CERTIFIED):
        return view
    allowed = set(ctx.store.walks.committable(claim)) & set(view.confidence)
    surest = []
    if view.model is not None and allowed:
        surest = walking.surest_first(ctx, view.project, view.model, allowed)
    return replace(view, by_walk=True, surest=surest)


def standing_of(view: View) -> Standing:
    """Return the numbers that the next round is decided from."""
    kinds = [r.kind for r in view.rounds]
    spared = len(view.state.committed) - view.state.audited if view.state else 0
    standing = Standing(
        finish=FinishMode.CERTIFIED if view.walk else view.project.finish_mode,
        pool=len(view.pool),
        unfinished=len(view.unfinished),
        tagged=max(0, view.images - len(view.unfinished) - spared),
        manual_rounds=kinds.count(RoundKind.MANUAL),
        has_model=view.model is not None,
        audited=view.certified or (RoundKind.AUDIT in kinds and not view.by_walk),
        looked_again=any(r.reason.startswith("Somebody was not sure") for r in view.rounds),
        first_size=first_size(view.project, view.images),
        plan=plan_of(view, view.project.error),
        tail=0 if view.by_walk else _tail(view),
        smallest_audit=0 if view.by_walk else _smallest_audit(view),
        by_walk=view.by_walk,
    )
    return replace(standing, move=_move(view, standing))


def _move(view: View, standing: Standing) -> Move | None:
    """Ask the strategy what to do next, where labels may be committed."""
    if not view.surest:
        return None
    allowed = certificate.wrong_allowed(view.images, view.project.error)
    return next_move(prospect_of(view, standing.tagged, allowed))


def prospect_of(view: View, tagged: int, wrong_allowed: int) -> Prospect:
    """Return what the strategy decides from.

    Args:
        view: with labels that may be committed.
        tagged: images that people have looked at.
        wrong_allowed: K, where no walk has frozen one.
    """
    walk, state = view.walk, view.state
    return Prospect(
        wrong=1.0 - np.array([view.confidence[sha] for sha in view.surest]),
        wrong_allowed=walk.wrong_allowed if walk else wrong_allowed,
        confidence=walk.confidence if walk else view.project.confidence,
        batch=batch_after(tagged),
        tagged=tagged,
        ladder=Ladder(walk.rates) if walk else None,
        errors=state.errors if state else 0,
    )


def plan_of(view: View, error: float) -> certificate.AuditPlan | None:
    """Plan the audit of the present model, where one may come.

    Args:
        view: where the cycle stands.
        error: ε.
    """
    project = view.project
    certified = project.finish_mode is FinishMode.CERTIFIED and not view.by_walk
    if view.model is None or not certified or not view.pool:
        return None
    if view.classes:
        size = len(view.pool)
        pools = class_pools(view)
        return plan_classes(pools, view.images, size, error, project.confidence)
    ordered = np.sort([view.confidence[sha] for sha in view.pool])[::-1]
    return certificate.plan_audit(view.images, len(view.pool), error, project.confidence, ordered)


def class_pools(view: View) -> list[ClassPool]:
    """Return what the audits of all classes are planned from."""
    return [
        ClassPool(
            label,
            view.people.get(label, 0),
            np.array([view.confidence[sha] for sha in shas], dtype=np.float64),
        )
        for label, shas in view.classes.items()
    ]


def _tail(view: View) -> int:
    if view.model is None:
        return 0
    if view.classes:
        return sum(_tail_of(view, pool.confidences, pool.human) for pool in class_pools(view))
    confidences = np.array(list(view.confidence.values()), dtype=np.float64)
    return _tail_of(view, confidences, view.images - len(confidences))


def _tail_of(view: View, confidences: NDArray[np.float64], others: int) -> int:
    allowed = certificate.wrong_allowed(others + len(confidences), view.project.error)
    return estimate.tail(np.sort(confidences)[::-1], allowed)


def _smallest_audit(view: View) -> int:
    project, pool = view.project, len(view.pool)
    if view.classes:
        return smallest_audits(class_pools(view), project.error, project.confidence)
    least = certificate.smallest_audit(view.images, pool, project.error, project.confidence)
    return pool if least is None else least


def first_size(project: Project, images: int) -> int:
    """Return how many images the first round asks for.

    About two a class, ten at least, and for boxes more: a detector needs to see many things.
    """
    if project.first_round is not None:
        return min(project.first_round, images)
    classes = len(project.classes)
    by_class = {"boxes": 60, "polygons": 60}.get(project.task.value, max(10, 2 * classes))
    return min(by_class, FIRST_MOST, images)
