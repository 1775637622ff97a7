"""People's tags that are probably wrong, and the round in which people look at them again.

Nothing that a certificate rests on is among them: no image of an audit, and none committed in a
walk. A tag stands until somebody's answer replaces it.
"""

import numpy as np

from models.cycle import Claim
from models.label import ClassLabel, LabelSet, TaskType
from models.prelabel import ModelVersion
from models.project import Project
from models.round import Doubt, Round
from tenfold.pipeline.context import Context
from tenfold.pipeline.decide import Decision, Next
from tenfold.pipeline.judged import judge_classes, judge_sets
from tenfold.pipeline.prospects import View

GOOD_ENOUGH = 0.6
"""Share of the tags that a model has to agree with to be heard about the others."""

FEWEST = 3
"""Tags for which people are asked again; fewer are left to whoever reads `tenfold suspects`."""

MOST_ASKED = 500
"""Tags of one second look, beside its being a tenth of all tags at most."""

REASON = (
    "A model that was trained without them contradicts these {n} tags. Whoever looks again "
    "decides; a tag stands until somebody says otherwise."
)


def suspects(ctx: Context, project: Project) -> list[Doubt]:
    """Return tags that are probably wrong, the likeliest first; at most a tenth of them.

    Args:
        ctx: the stores.
        project: of classes; of shapes none is known.
    """
    model = ctx.store.models.latest(project.id)
    if model is None:
        return []
    return _doubts(ctx, project, model, 0.0)


def is_due(view: View, decision: Decision | None) -> bool:
    """Whether people's tags are to be looked at again before anything else is decided.

    Once a cycle: before one look is drawn, so that it counts labels that stay; else when nothing
    else remains for people. A certificate of each class counted what people put into each: it is
    left alone.
    """
    project, asked = view.project, any(r.second_look for r in view.rounds)
    if not project.second_look or asked or view.model is None or view.walk is not None:
        return False
    if project.each_class and view.certified:
        return False
    return decision is None or decision.next is Next.AUDIT


def open_due(ctx: Context, claim: Claim, view: View, decision: Decision | None) -> Round | None:
    """Ask people about tags that are probably wrong; None where it isn't due, or they are few."""
    if view.model is None or not is_due(view, decision):
        return None
    doubts = _doubts(ctx, view.project, view.model, GOOD_ENOUGH)
    if len(doubts) < FEWEST:
        return None
    return ctx.store.rounds.open_second_look(
        claim,
        doubts[:MOST_ASKED],
        model_version=view.model.id,
        needs_approval=view.project.approve_all,
        reason=REASON,
        fewest=FEWEST,
    )


def _doubts(ctx: Context, project: Project, model: ModelVersion, good_enough: float) -> list[Doubt]:
    if project.task is TaskType.CLASSIFICATION:
        return _doubted_classes(ctx, project, model, good_enough)
    if project.task is TaskType.MULTILABEL:
        return _doubted_sets(ctx, project, model, good_enough)
    return []


def _doubted_classes(
    ctx: Context, project: Project, model: ModelVersion, good_enough: float
) -> list[Doubt]:
    from tenfold.learning.label_quality import suspicious

    judged = judge_classes(ctx, project, model)
    if judged is None:
        return []
    likelier = judged.told.argmax(axis=1)
    if float((likelier == judged.labels).mean()) < good_enough:
        return []
    names = project.class_names
    return [
        Doubt(
            sha256=judged.hashes[place],
            tagged=ClassLabel(label=names[judged.labels[place]]),
            likelier=ClassLabel(label=names[likelier[place]]),
            believed=float(judged.told[place, judged.labels[place]]),
            sure=float(judged.told[place].max()),
        )
        for place in suspicious(judged.labels, judged.told)
    ]


def _doubted_sets(
    ctx: Context, project: Project, model: ModelVersion, good_enough: float
) -> list[Doubt]:
    from tenfold.learning.label_quality import suspicious_sets

    judged = judge_sets(ctx, project, model)
    if judged is None:
        return []
    if float((judged.proposed == judged.sets).all(axis=1).mean()) < good_enough:
        return []
    believed = np.where(judged.sets, judged.told, 1 - judged.told).prod(axis=1)
    sure = np.where(judged.proposed, judged.told, 1 - judged.told).prod(axis=1)
    return [
        Doubt(
            sha256=judged.hashes[place],
            tagged=_set(project, judged.sets[place]),
            likelier=_set(project, judged.proposed[place]),
            believed=float(believed[place]),
            sure=float(sure[place]),
        )
        for place in suspicious_sets(judged.sets, judged.told, judged.proposed)
    ]


def _set(project: Project, members: np.ndarray) -> LabelSet:
    names = project.class_names
    return LabelSet(labels=tuple(names[number] for number in np.flatnonzero(members)))
