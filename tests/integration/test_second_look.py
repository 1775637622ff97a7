"""Planted wrong tags are found and corrected; audits and certificates stay as they are."""

from pathlib import Path

from models.annotation import Answer
from models.label import ClassLabel
from models.person import Role
from models.project import Project
from models.round import RoundKind
from tenfold.pipeline import rounds
from tenfold.pipeline.context import Context
from tenfold.pipeline.second_look import suspects

from .test_pipeline_steps import (
    answer_all,
    claim_cycle,
    ctx,
    learn,
    make_project,
    prepare,
    source,
    work_through,
)

__all__ = ["ctx", "source"]


def plant(ctx: Context, project: Project, count: int) -> set[str]:
    """Let somebody tag the next images wrong; return their hashes."""
    eve = ctx.store.people.ensure("eve", Role.LABELER)
    leased = ctx.store.labeling.lease(project.id, eve.id, count)
    for item in leased:
        shape = "square" if "circle" in item.path else "circle"
        value = ClassLabel(label=shape)
        answer = Answer(
            key=f"wrong-{item.sha256[:20]}", round_id=item.round_id, sha256=item.sha256, value=value
        )
        ctx.store.labeling.submit(eve.id, answer)
    return {item.sha256 for item in leased}


def test_planted_wrong_tags_are_found_and_corrected(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source, first_round=80)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    asked = str(rounds.open_next_round(ctx, claim))
    planted = plant(ctx, project, 3)
    answer_all(ctx, project, asked)
    learn(ctx, claim)
    found = suspects(ctx, project)
    assert planted <= {one.sha256 for one in found}
    assert len(found) <= 8
    ada = ctx.store.people.by_name("ada")
    for one in found:
        if one.sha256 in planted:
            ctx.store.labeling.correct(ada.id, project.id, one.sha256, one.likelier)
    finals = {row.sha256: row.value for row in ctx.store.snapshots.final_labels(project.id)}
    for sha in planted:
        assert finals[sha].label in ctx.store.images.get(project.id, sha).paths[0]
    assert not planted & {one.sha256 for one in suspects(ctx, project)}


def test_audit_answers_are_never_suspected_and_the_certificate_stays(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source, certificate="look")
    claim = claim_cycle(ctx, project, "run-1")
    work_through(ctx, project, claim)
    audits = [r for r in ctx.store.rounds.list(claim.cycle_id) if r.kind is RoundKind.AUDIT]
    audited = ctx.store.agreement.audited(project.id)
    answers = {r.id: ctx.store.rounds.answers(r.id) for r in audits}
    assert audited == {a.sha256 for given in answers.values() for a in given}
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    assert audited
    assert not audited & {one.sha256 for one in suspects(ctx, project)}
    assert ctx.store.certificates.latest(claim.cycle_id) == certificate
    assert {r.id: ctx.store.rounds.answers(r.id) for r in audits} == answers


def test_before_there_is_a_model_nothing_is_suspected(ctx: Context, source: Path) -> None:
    assert suspects(ctx, make_project(ctx, source)) == []
