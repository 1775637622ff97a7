"""Where several people don't say the same: their answers, weighed with what a model says."""

import hashlib

import numpy as np

from models.agreement import Answers, Decided, Weighing
from models.annotation import SkipReason
from models.cycle import Claim
from models.label import ClassLabel, TaskType
from models.project import Project
from models.record import now
from tenfold.blobs import names
from tenfold.learning.linear import Labels
from tenfold.pipeline.context import Context
from tenfold.pipeline.judged import judge_classes

STEP = "weigh answers"


def weigh(ctx: Context, claim: Claim) -> int:
    """Decide images of manual rounds of which people don't say the same; return how many.

    Done once for the rounds that are closed by now, as soon as a model is there. People can only
    be outvoted by people: a class that nobody gave is not taken. Audits keep the plain majority.
    """
    project, model = ctx.project(claim), ctx.store.models.latest(claim.project_id)
    if model is None or project.task is not TaskType.CLASSIFICATION:
        return 0
    answers = ctx.store.agreement.answers(claim.cycle_id)
    asked = sorted({one.round_id for one in answers})
    key = f"weigh-{hashlib.sha256(' '.join(asked).encode()).hexdigest()[:16]}"
    done = {step.key for step in ctx.store.cycles.steps(claim.cycle_id) if step.finished_at}
    if not asked or key in done:
        return 0
    judged = judge_classes(ctx, project, model)
    if judged is None:
        return 0
    place = {sha: at for at, sha in enumerate(judged.hashes)}
    known = [one for one in answers if one.sha256 in place and _given(project, one)]
    if not known or ctx.store.cycles.begin_step(claim, STEP, key, total=len(known)) is None:
        return 0
    told = judged.told[[place[one.sha256] for one in known]]
    decided, quality = _weighed(project, known, told)
    ctx.store.agreement.decide(claim, decided, model.id)
    _note(
        ctx,
        claim,
        Weighing(
            model_version=model.id,
            images=len(known),
            decided=len(decided),
            quality=quality,
            made_at=now(),
        ),
    )
    ctx.store.cycles.finish_step(claim, key, {"done": len(known), "decided": len(decided)})
    return len(decided)


def _weighed(
    project: Project, answers: list[Answers], told: np.ndarray
) -> tuple[list[Decided], dict[str, float]]:
    """Return what disagreeing answers come to, and the quality of each person."""
    from tenfold.learning.label_quality import weighted_consensus

    people = sorted({said.person for one in answers for said in one.said})
    table = _table(project, answers, people)
    found = weighted_consensus(table, told)
    quality = {
        name: float(q) for name, q in zip(people, found.quality, strict=True) if np.isfinite(q)
    }
    decided = []
    for one, row, label in zip(answers, table, found.labels, strict=True):
        given = set(row[row >= 0].tolist())
        if len(given) > 1 and int(label) in given and not _put_aside(one):
            value = ClassLabel(label=project.class_names[label])
            decided.append(Decided(sha256=one.sha256, round_id=one.round_id, value=value))
    return decided, quality


def _table(project: Project, answers: list[Answers], people: list[str]) -> Labels:
    """Return (n, k) class numbers, -1 where a person gave none."""
    table = np.full((len(answers), len(people)), -1, dtype=np.intp)
    for row, one in enumerate(answers):
        for person, number in _given(project, one).items():
            table[row, people.index(person)] = number
    return table


def _given(project: Project, one: Answers) -> dict[str, int]:
    """Return the class number that each person gave; those who gave none are left out."""
    numbers = {name: number for number, name in enumerate(project.class_names)}
    return {
        said.person: numbers[said.value.label]
        for said in one.said
        if isinstance(said.value, ClassLabel) and said.value.label in numbers
    }


def _put_aside(one: Answers) -> bool:
    """Whether somebody said that the image has no label at all; then the majority decides."""
    return any(said.skip not in (None, SkipReason.UNSURE) for said in one.said)


def _note(ctx: Context, claim: Claim, weighing: Weighing) -> None:
    text = weighing.model_dump_json(indent=1).encode()
    ctx.blobs.put(names.weighing(claim.project_id), text, media_type="application/json")
