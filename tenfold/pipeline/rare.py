"""Classes with too few boxes to be learned: their images are looked for."""

from collections import Counter
from collections.abc import Iterable, Sequence

from models.label import TaskType
from models.project import Project
from tenfold.learning.boxes.tags import FEW
from tenfold.pipeline.context import Context
from tenfold.pipeline.prospects import View
from tenfold.store.finals import class_counts

SHAPES = (TaskType.BOXES, TaskType.POLYGONS)
SPENT = 0.5
"""Share of a round that is spent on images with a proposal of such a class, at most."""


def rare_first(
    ctx: Context, view: View, boxes: Counter[str], candidates: Iterable[str], size: int
) -> list[str]:
    """Return images that seem to show a class with too few boxes, the likeliest first.

    Args:
        ctx: stores.
        view: where the cycle stands.
        boxes: how many boxes people drew of each class.
        candidates: images that may be chosen.
        size: of the round.
    """
    rare = rare_classes(view.project, boxes)
    if not rare or view.model is None:
        return []
    wanted, scores = set(candidates), dict[str, float]()
    today = view.project.today
    for prelabel in ctx.store.models.prelabels(view.model.id):
        if prelabel.sha256 in wanted and rare & class_counts(today(prelabel.value)).keys():
            scores[prelabel.sha256] = prelabel.confidence
    ranked = sorted(scores, key=lambda sha: (-scores[sha], sha))
    return ranked[: int(SPENT * size)]


def rare_classes(project: Project, boxes: Counter[str]) -> set[str]:
    """Return the classes with fewer boxes than a detector learns from."""
    if project.task not in SHAPES:
        return set()
    return {name for name in project.class_names if boxes[name] < FEW}


def before(first: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the first and then those others that aren't among them."""
    known = set(first)
    return [*first, *(sha for sha in others if sha not in known)]
