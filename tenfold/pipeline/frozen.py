"""A look as it was frozen: the pool's pre-labels in their order, and what the audit found."""

from dataclasses import dataclass

from models.annotation import Annotation
from models.prelabel import Prelabel
from models.project import Project
from tenfold.learning.certificate import frozen_order
from tenfold.pipeline.context import Context
from tenfold.store.older_lists import agreeing


@dataclass(frozen=True, slots=True)
class FrozenLook:
    """The frozen pool and its audit."""

    order: list[Prelabel]
    """From the surest on."""
    wrong: dict[str, bool]
    """Of each audited image whether the pre-label is an error; a skip is one."""


def frozen_look(
    ctx: Context, project: Project, round_id: str, model_version: str, seed: int
) -> FrozenLook:
    """Return the pool of an audit in the order that was frozen with the draw, and its answers."""
    pool = set(ctx.store.rounds.frozen_pool(round_id))
    members = [p for p in ctx.store.models.prelabels(model_version) if p.sha256 in pool]
    order = frozen_order(members, seed)
    return FrozenLook(order, audit_wrong(project, order, ctx.store.rounds.answers(round_id)))


def audit_wrong(
    project: Project, order: list[Prelabel], answers: list[Annotation]
) -> dict[str, bool]:
    """Say for each audited image whether the frozen pre-label is an error; a skip is one."""
    proposed = {prelabel.sha256: prelabel.value for prelabel in order}
    agrees = agreeing(project)
    return {
        answer.sha256: answer.value is None or not agrees(proposed[answer.sha256], answer.value)
        for answer in answers
    }
