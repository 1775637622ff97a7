"""Steps 5 and 8: which images people see next, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from models.cycle import Claim
from models.label import TaskType
from models.project import FinishMode, Project
from models.round import Round, RoundKind
from tenfold.learning import selection
from tenfold.learning.anchors import reduce
from tenfold.learning.audit_plan import AuditPlan
from tenfold.learning.jobs import load_features
from tenfold.pipeline import consensus, second_look, views, walking
from tenfold.pipeline.by_proposal import by_proposal
from tenfold.pipeline.context import Context
from tenfold.pipeline.decide import Decision, Next, Standing, decide
from tenfold.pipeline.plan import note_plan
from tenfold.pipeline.prospects import View, look, standing_of
from tenfold.pipeline.rare import before, rare_first
from tenfold.pipeline.side_by_side import side_by_side
from tenfold.store.audits import ClassDraw
from tenfold.store.finals import class_counts

BACKLOG_MOST = 100
"""Largest backlog."""

SELECT_MOST = 20_000
"""Images among which a round is chosen; of a larger pool a seeded sample stands for all."""

Features = npt.NDArray[np.float32]


def open_next_round(ctx: Context, claim: Claim) -> str | None:
    """Return the round that people should answer now, opening it if need be; None at the end."""
    while True:
        asked = ctx.store.rounds.current(claim.cycle_id) or walking.go_on(ctx, claim)
        if asked is not None:
            return asked.id
        consensus.weigh(ctx, claim)
        view = look(ctx, claim)
        standing = _sized(ctx, claim, view, standing_of(view))
        note_plan(ctx, claim, view)
        decision = decide(standing)
        asked = second_look.open_due(ctx, claim, view, decision)
        if asked is None and decision is None:
            return None
        if asked is None and decision is not None:
            asked = _open(ctx, claim, view, decision, standing)
        if asked is not None:
            return asked.id


def _open(
    ctx: Context, claim: Claim, view: View, decision: Decision, standing: Standing
) -> Round | None:
    """Open what was decided; None where labels were committed and nobody has to be asked."""
    move = standing.move
    if decision.next is Next.COMMIT:
        if view.model is None or move is None:
            raise AssertionError("labels that are committed come from a model")
        surest = view.surest[: decision.size]
        return walking.commit(ctx, claim, view.model, surest, move.ladder, decision.reason)
    number = len(view.rounds) + 1
    key = f"round-{number}"
    project = view.project
    if decision.next is Next.AUDIT:
        return _open_audit(ctx, claim, view, decision.reason, key, standing.plan)
    wanted = decision.size + (min(decision.size, BACKLOG_MOST) if project.keep_busy else 0)
    ranked = _choose(ctx, claim, view, decision, wanted)
    chosen, backlog = ranked[: decision.size], ranked[decision.size :]
    kind = RoundKind.REVIEW if decision.next is Next.REVIEW else RoundKind.MANUAL
    last = len(chosen) == len(view.unfinished)
    groups = None
    if kind is RoundKind.MANUAL:
        chosen, groups = side_by_side(ctx, claim, chosen, key)
    else:
        chosen = by_proposal(ctx, view, chosen)
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
        groups=groups,
    )


def _open_audit(
    ctx: Context, claim: Claim, view: View, reason: str, key: str, plan: AuditPlan | None
) -> Round:
    project = view.project
    if view.model is None or plan is None:
        raise AssertionError("an audit measures a model, and was planned")
    shared = _Shared(key=key, pool=view.pool, reason=reason, overlap=project.overlap)
    if not plan.classes:
        return ctx.store.rounds.open_audit(claim, view.model.id, plan.n, **shared)
    draws = [ClassDraw(c.label, view.classes[c.label], c.n, c.planned) for c in plan.classes]
    return ctx.store.rounds.open_class_audits(claim, view.model.id, draws, **shared)


class _Shared(TypedDict):
    """What audits of all kinds are opened with."""

    key: str
    pool: Sequence[str]
    reason: str
    overlap: int


def _choose(ctx: Context, claim: Claim, view: View, decision: Decision, wanted: int) -> list[str]:
    """Return up to `wanted` images, the most telling first."""
    if decision.next is Next.UNSURE:
        return view.unfinished
    if decision.size >= len(view.pool) and decision.next is Next.REST:
        return view.pool
    wanted = min(wanted, len(view.pool))
    candidates = _sample(view, wanted)
    if decision.next in (Next.FIRST, Next.REST):
        return _first(ctx, claim, view, candidates, wanted)
    return _least_sure(ctx, claim, view, candidates, wanted)


def _sample(view: View, size: int) -> list[str]:
    most = max(SELECT_MOST, size)
    if len(view.pool) <= most:
        return view.pool
    rng = np.random.default_rng(view.project.seed)
    return sorted(rng.choice(view.pool, most, replace=False).tolist())


def _features(ctx: Context, claim: Claim, hashes: list[str]) -> Features:
    return load_features(ctx.blobs, views.features(ctx, claim), hashes)


def _sized(ctx: Context, claim: Claim, view: View, standing: Standing) -> Standing:
    """Let the images say how large the first round is, where nobody asked for a size."""
    project = view.project
    by_structure = project.task in (TaskType.CLASSIFICATION, TaskType.MULTILABEL)
    asked = project.first_round is not None or project.finish_mode is FinishMode.MANUAL
    if not by_structure or asked or standing.manual_rounds or not standing.pool:
        return standing
    features = _features(ctx, claim, _sample(view, 0))
    return replace(standing, first_size=selection.first_size(features, len(project.classes)))


def _first(ctx: Context, claim: Claim, view: View, candidates: list[str], size: int) -> list[str]:
    project = view.project
    features = _features(ctx, claim, candidates)
    order = selection.first_round(features, len(project.classes), size, project.seed)
    return [candidates[i] for i in order]


def _least_sure(
    ctx: Context, claim: Claim, view: View, candidates: list[str], size: int
) -> list[str]:
    """Choose diverse images among those that the model is least sure of, rare boxes first."""
    project = view.project
    tagged, counts = _some_tagged(ctx, project)
    rare = rare_first(ctx, view, counts, candidates, size)
    hashes = sorted({*tagged, *candidates, *_few(ctx, claim)})
    places = {sha: place for place, sha in enumerate(hashes)}
    features = _features(ctx, claim, hashes)
    order = selection.next_round(
        reduce(features).enter(features),
        np.array([places[sha] for sha in tagged], dtype=np.intp),
        np.array([places[sha] for sha in candidates], dtype=np.intp),
        np.array([view.confidence.get(sha, 0.0) for sha in candidates]),
        size,
        project.seed,
        sum(counts[name] == 0 for name in project.class_names),
    )
    return before(rare, [hashes[i] for i in order])[:size]


def _few(ctx: Context, claim: Claim) -> list[str]:
    """Return all images of the cycle, where they are no more than a sample would be.

    What is committed is never chosen, but says like the others how images differ: so a round is
    chosen just as a rehearsal chooses it.
    """
    version = ctx.version(claim)
    if ctx.store.images.count(claim.project_id, version) > SELECT_MOST:
        return []
    return [image.sha256 for image in ctx.store.images.iterate(claim.project_id, version)]


def _some_tagged(ctx: Context, project: Project) -> tuple[list[str], Counter[str]]:
    """Return tagged images, a sample of very many, and how often each class was given."""
    tags, counts = list[str](), Counter[str]()
    for row in ctx.store.snapshots.final_labels(project.id, human_only=True):
        tags.append(row.sha256)
        counts.update(class_counts(row.value))
    if len(tags) > SELECT_MOST:
        rng = np.random.default_rng(project.seed)
        tags = sorted(rng.choice(tags, SELECT_MOST, replace=False).tolist())
    return tags, counts
