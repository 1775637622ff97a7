"""Steps 5 and 8: which images people see next, and why."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from models.cycle import Claim
from models.prelabel import ModelVersion
from models.project import FinishMode, Project
from models.round import Round, RoundKind
from models.walk import Walk, WalkState
from tenfold.blobs import names
from tenfold.learning import certificate, estimate, selection
from tenfold.learning.jobs import load_features
from tenfold.learning.strategy import Move, Prospect, next_move
from tenfold.learning.walk.ladder import Ladder
from tenfold.pipeline import walking
from tenfold.pipeline.context import Context
from tenfold.pipeline.decide import WALK_GROWTH, Decision, Next, Standing, batch_of, decide

FIRST_MOST = 200
"""Largest first round that is chosen without being asked for."""

BACKLOG_MOST = 100
"""Largest backlog."""

SELECT_MOST = 20_000
"""Images among which a round is chosen; of a larger pool a seeded sample stands for all."""

Features = npt.NDArray[np.float32]


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


def open_next_round(ctx: Context, claim: Claim) -> str | None:
    """Return the round that people should answer now, opening it if need be; None at the end."""
    while True:
        asked = ctx.store.rounds.current(claim.cycle_id) or walking.go_on(ctx, claim)
        if asked is not None:
            return asked.id
        view = _look(ctx, claim)
        standing = _standing(view)
        decision = decide(standing)
        if decision is None:
            return None
        asked = _open(ctx, claim, view, decision, standing.move)
        if asked is not None:
            return asked.id


def _look(ctx: Context, claim: Claim) -> View:
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
    return _prospective_walk(ctx, claim, view)


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


def _standing(view: View) -> Standing:
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
        plan=_plan(view),
        tail=0 if view.by_walk else _tail(view),
        smallest_audit=0 if view.by_walk else _smallest_audit(view),
        by_walk=view.by_walk,
    )
    return replace(standing, move=_move(view, standing))


def _move(view: View, standing: Standing) -> Move | None:
    """Ask the strategy what to do next, where labels may be committed."""
    if not view.surest:
        return None
    project, walk, state = view.project, view.walk, view.state
    allowed = certificate.wrong_allowed(view.images, project.error)
    prospect = Prospect(
        wrong=1.0 - np.array([view.confidence[sha] for sha in view.surest]),
        wrong_allowed=walk.wrong_allowed if walk else allowed,
        confidence=walk.confidence if walk else project.confidence,
        batch=batch_of(standing, WALK_GROWTH),
        tagged=standing.tagged,
        ladder=Ladder(walk.rates) if walk else None,
        errors=state.errors if state else 0,
    )
    return next_move(prospect)


def _plan(view: View) -> certificate.AuditPlan | None:
    """Plan the audit of the present model, where one may come."""
    project = view.project
    certified = project.finish_mode is FinishMode.CERTIFIED and not view.by_walk
    if view.model is None or not certified or not view.pool:
        return None
    ordered = np.sort([view.confidence[sha] for sha in view.pool])[::-1]
    return certificate.plan_audit(
        view.images, len(view.pool), project.error, project.confidence, ordered
    )


def _tail(view: View) -> int:
    if view.model is None:
        return 0
    ordered = np.sort(np.array(list(view.confidence.values()), dtype=np.float64))[::-1]
    allowed = certificate.wrong_allowed(view.images, view.project.error)
    return estimate.tail(ordered, allowed)


def _smallest_audit(view: View) -> int:
    project, pool = view.project, len(view.pool)
    least = certificate.smallest_audit(view.images, pool, project.error, project.confidence)
    return pool if least is None else least


def first_size(project: Project, images: int) -> int:
    """Return how many images the first round asks for.

    About five a class, ten at least, and for boxes more: a detector needs to see many things.
    """
    if project.first_round is not None:
        return min(project.first_round, images)
    classes = len(project.classes)
    by_class = {"boxes": 60, "polygons": 60}.get(project.task.value, max(10, 5 * classes))
    return min(by_class, FIRST_MOST, images)


def _open(
    ctx: Context, claim: Claim, view: View, decision: Decision, move: Move | None
) -> Round | None:
    """Open what was decided; None where labels were committed and nobody has to be asked."""
    if decision.next is Next.COMMIT:
        if view.model is None or move is None:
            raise AssertionError("labels that are committed come from a model")
        return walking.commit(ctx, claim, view.model, view.surest[: decision.size], move.ladder)
    number = len(view.rounds) + 1
    key = f"round-{number}"
    project = view.project
    if decision.next is Next.AUDIT:
        return _open_audit(ctx, claim, view, decision, key)
    wanted = decision.size + (min(decision.size, BACKLOG_MOST) if project.keep_busy else 0)
    ranked = _choose(ctx, view, decision, wanted)
    chosen, backlog = ranked[: decision.size], ranked[decision.size :]
    kind = RoundKind.REVIEW if decision.next is Next.REVIEW else RoundKind.MANUAL
    last = len(chosen) == len(view.unfinished)
    return ctx.store.rounds.open(
        claim,
        kind,
        chosen,
        key=key,
        model_version=view.model.id if view.model and kind is RoundKind.REVIEW else None,
        seed=project.seed,
        needs_approval=project.approve_all or number == 1 or last,
        reason=decision.reason,
        overlap=project.overlap if kind is RoundKind.MANUAL else 1,
        backlog=backlog if project.keep_busy else None,
    )


def _open_audit(ctx: Context, claim: Claim, view: View, decision: Decision, key: str) -> Round:
    project = view.project
    if view.model is None:
        raise AssertionError("an audit measures a model")
    return ctx.store.rounds.open_audit(
        claim,
        view.model.id,
        decision.size,
        key=key,
        seed=audit_seed(project, claim, key),
        pool=view.pool,
        reason=decision.reason,
        overlap=project.overlap,
    )


def audit_seed(project: Project, claim: Claim, key: str) -> int:
    """Return the recorded seed of an audit's draw; not to be guessed from the project's own."""
    text = f"{project.id}:{claim.cycle_id}:{key}:{project.seed}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _choose(ctx: Context, view: View, decision: Decision, wanted: int) -> list[str]:
    """Return up to `wanted` images, the most telling first."""
    if decision.next is Next.UNSURE:
        return view.unfinished
    if decision.size >= len(view.pool) and decision.next is Next.REST:
        return view.pool
    wanted = min(wanted, len(view.pool))
    candidates = _sample(view, wanted)
    if decision.next in (Next.FIRST, Next.REST):
        return _first(ctx, view, candidates, wanted)
    return _least_sure(ctx, view, candidates, wanted)


def _sample(view: View, size: int) -> list[str]:
    most = max(SELECT_MOST, size)
    if len(view.pool) <= most:
        return view.pool
    rng = np.random.default_rng(view.project.seed)
    return sorted(rng.choice(view.pool, most, replace=False).tolist())


def _features(ctx: Context, project: Project, hashes: list[str]) -> Features:
    prefix = names.features(project.id, ctx.settings.backbone)
    return load_features(ctx.blobs, prefix, hashes)


def _first(ctx: Context, view: View, candidates: list[str], size: int) -> list[str]:
    project = view.project
    features = _features(ctx, project, candidates)
    order = selection.first_round(features, len(project.classes), size, project.seed)
    return [candidates[i] for i in order]


def _least_sure(ctx: Context, view: View, candidates: list[str], size: int) -> list[str]:
    """Choose diverse images among those that the model is least sure of."""
    project = view.project
    tagged = _some_tagged(ctx, project)
    hashes = tagged + candidates
    order = selection.next_round(
        _features(ctx, project, hashes),
        np.arange(len(tagged)),
        np.arange(len(tagged), len(hashes)),
        np.array([view.confidence.get(sha, 0.0) for sha in candidates]),
        size,
        project.seed,
    )
    return [hashes[i] for i in order]


def _some_tagged(ctx: Context, project: Project) -> list[str]:
    tags = [row.sha256 for row in ctx.store.snapshots.final_labels(project.id, human_only=True)]
    if len(tags) <= SELECT_MOST:
        return tags
    rng = np.random.default_rng(project.seed)
    return sorted(rng.choice(tags, SELECT_MOST, replace=False).tolist())
