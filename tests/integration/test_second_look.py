"""Planted wrong tags are sent back and corrected; audits and certificates stay as they are."""

from pathlib import Path

import pytest

from models.annotation import AnnotationKind, Answer, FinalKind, SkipReason
from models.certificate import Certificate, WalkCertificate
from models.cycle import Claim
from models.label import ClassLabel, TaskType
from models.person import Role
from models.project import FinishMode, Project, label_classes
from models.round import ApprovedVia, Round, RoundKind
from tenfold.agreement import with_quality
from tenfold.learning.walk.verify import verify_walk
from tenfold.pipeline import complete, consensus, rounds
from tenfold.pipeline.context import Context
from tenfold.pipeline.noted import read_weighing
from tenfold.pipeline.recompute import certified, recompute
from tenfold.pipeline.second_look import suspects
from tenfold.task_types import task_kind

from .test_pipeline_steps import (
    SHAPES,
    answer_all,
    claim_cycle,
    ctx,
    learn,
    make_project,
    prepare,
    source,
    work_through,
    wrong_labels,
)

__all__ = ["ctx", "source"]

pytestmark = pytest.mark.usefixtures("_remembered")


def shape_of(path: str) -> str:
    return path.rsplit("/", maxsplit=1)[-1].split("-", maxsplit=1)[0]


def plant(ctx: Context, project: Project, count: int) -> set[str]:
    """Let somebody tag the next images wrong; return their hashes."""
    eve = ctx.store.people.ensure("eve", Role.LABELER)
    leased = ctx.store.labeling.lease(project.id, eve.id, count)
    for item in leased:
        [wrong] = set(SHAPES) - {shape_of(item.path)}
        answer = Answer(
            key=f"wrong-{item.sha256[:20]}",
            round_id=item.round_id,
            sha256=item.sha256,
            value=ClassLabel(label=wrong),
        )
        ctx.store.labeling.submit(eve.id, answer)
    return {item.sha256 for item in leased}


def begin(ctx: Context, source: Path, wrong: int, **changes: object) -> tuple[Project, Claim, set]:
    """Have people answer the first round, so many wrong, and a model learn from it."""
    project = make_project(ctx, source, first_round=80, **changes)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    asked = str(rounds.open_next_round(ctx, claim))
    planted = plant(ctx, project, wrong) if wrong else set()
    answer_all(ctx, project, asked)
    learn(ctx, claim)
    return project, claim, planted


def second_looks(ctx: Context, claim: Claim) -> list[Round]:
    return [r for r in ctx.store.rounds.list(claim.cycle_id) if r.second_look]


def asked_in(ctx: Context, one: Round) -> set[str]:
    return {answer.sha256 for answer in ctx.store.rounds.answers(one.id)}


def audit_answers(ctx: Context, claim: Claim) -> dict[str, list]:
    found = ctx.store.rounds.list(claim.cycle_id)
    return {r.id: ctx.store.rounds.answers(r.id) for r in found if r.kind is RoundKind.AUDIT}


def test_planted_wrong_tags_are_found_and_corrected(ctx: Context, source: Path) -> None:
    project, _, planted = begin(ctx, source, 3)
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


@pytest.mark.parametrize("way", ["walk", "look"])
def test_planted_wrong_tags_are_sent_back_and_delivered_right(
    ctx: Context, source: Path, way: str
) -> None:
    project, claim, planted = begin(ctx, source, 4, certificate=way)
    assert wrong_labels(ctx, project) == 4
    certificate, answers = None, {}
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        asked = ctx.store.rounds.get(round_id)
        if asked.second_look:
            certificate = ctx.store.certificates.latest(claim.cycle_id)
            answers = audit_answers(ctx, claim)
        answer_all(ctx, project, round_id)
        learn(ctx, claim)
    report = complete.complete(ctx, claim)
    [again] = second_looks(ctx, claim)
    assert planted <= asked_in(ctx, again)
    assert again.size <= 0.1 * 120
    assert not asked_in(ctx, again) & ctx.store.agreement.audited(project.id)
    finals = {row.sha256: row for row in ctx.store.snapshots.final_labels(project.id)}
    for sha in planted:
        assert finals[sha].by is FinalKind.REVIEWED
        assert finals[sha].value.label in ctx.store.images.get(project.id, sha).paths[0]
    assert report.claim
    if way == "walk":
        assert isinstance(certificate, WalkCertificate), "asked once the walk is over"
        assert ctx.store.certificates.latest(claim.cycle_id) == certificate
        assert audit_answers(ctx, claim) == answers
        log = ctx.store.walks.commits(certificate.id)
        assert verify_walk(certificate, log, task_kind(project.task).agrees) == []
    else:
        assert certificate is None, "asked before the audit is drawn"
        assert isinstance(report.certificate, Certificate)
        assert recompute(ctx, certified(ctx, project.name)).problems == ()


def test_where_nobody_erred_nobody_is_asked_again(ctx: Context, source: Path) -> None:
    project, claim, _ = begin(ctx, source, 0)
    assert len(suspects(ctx, project)) < 3
    work_through(ctx, project, claim)
    assert second_looks(ctx, claim) == []


def test_a_project_that_wants_none_has_none(ctx: Context, source: Path) -> None:
    project, claim, _ = begin(ctx, source, 4, second_look=False)
    work_through(ctx, project, claim)
    assert second_looks(ctx, claim) == []


def test_asked_again_people_are_asked_once_whatever_they_say(ctx: Context, source: Path) -> None:
    project, claim, planted = begin(ctx, source, 4, finish=FinishMode.REVIEW)
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        asked = ctx.store.rounds.get(round_id)
        if asked.second_look:
            assert asked.model_version is not None
            ada = ctx.store.people.by_name("ada")
            for item in ctx.store.labeling.lease(project.id, ada.id, 20):
                unsure = Answer(
                    key=f"unsure-{item.sha256[:20]}",
                    round_id=item.round_id,
                    sha256=item.sha256,
                    skip=SkipReason.UNSURE,
                )
                ctx.store.labeling.submit(ada.id, unsure)
        answer_all(ctx, project, round_id)
        learn(ctx, claim)
    complete.complete(ctx, claim)
    assert len(second_looks(ctx, claim)) == 1
    finals = {row.sha256: row.by for row in ctx.store.snapshots.final_labels(project.id)}
    assert {finals[sha] for sha in planted} == {FinalKind.PERSON}, "the tags stand"


def test_audit_answers_are_never_suspected_and_the_certificate_stays(
    ctx: Context, source: Path
) -> None:
    project = make_project(ctx, source, certificate="look")
    claim = claim_cycle(ctx, project, "run-1")
    work_through(ctx, project, claim)
    audited = ctx.store.agreement.audited(project.id)
    answers = audit_answers(ctx, claim)
    assert audited == {a.sha256 for given in answers.values() for a in given}
    certificate = ctx.store.certificates.latest(claim.cycle_id)
    assert audited
    assert not audited & {one.sha256 for one in suspects(ctx, project)}
    assert ctx.store.certificates.latest(claim.cycle_id) == certificate
    assert audit_answers(ctx, claim) == answers


def test_before_there_is_a_model_nothing_is_suspected(ctx: Context, source: Path) -> None:
    assert suspects(ctx, make_project(ctx, source)) == []


PEOPLE = {"ann": 0.0, "bob": 0.05, "eve": 0.3}


def answer_by_several(ctx: Context, project: Project, round_id: str) -> None:
    """Let three people answer a round, each wrong at a rate of their own, by the image's hash."""
    for name, error in PEOPLE.items():
        person = ctx.store.people.ensure(name, Role.LABELER)
        while items := ctx.store.labeling.lease(project.id, person.id, 50):
            for item in items:
                draw = int.from_bytes(bytes.fromhex(item.sha256)[len(name) :][:4]) / 2**32
                truth = shape_of(item.path)
                [other] = set(SHAPES) - {truth}
                answer = Answer(
                    key=f"{name}-{item.sha256[:20]}",
                    round_id=round_id,
                    sha256=item.sha256,
                    value=ClassLabel(label=other if draw < error else truth),
                )
                ctx.store.labeling.submit(person.id, answer)
    asked = ctx.store.rounds.get(round_id)
    if asked.needs_approval:
        ctx.store.rounds.approve(round_id, "ann", ApprovedVia.CLI)


def test_disagreeing_answers_are_weighed_once_a_model_is_there(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source, first_round=70, overlap=3, second_look=False)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    asked = str(rounds.open_next_round(ctx, claim))
    answer_by_several(ctx, project, asked)
    assert consensus.weigh(ctx, claim) == 0, "no model yet"
    by_majority = wrong_labels(ctx, project)
    learn(ctx, claim)
    decided = consensus.weigh(ctx, claim)
    assert decided > 10
    assert wrong_labels(ctx, project) <= by_majority
    assert consensus.weigh(ctx, claim) == 0, "done once"
    weighing = read_weighing(ctx.blobs, project.id)
    assert weighing is not None
    assert (weighing.images, weighing.decided) == (70, decided)
    found = with_quality(ctx.store.agreement.summary(project.id), weighing)
    quality = {one.person: one.quality for one in found.labelers}
    assert quality["ann"] > quality["eve"]


@pytest.mark.parametrize("way", ["walk", "look"])
def test_weighing_leaves_audits_and_the_certificate_to_the_majority(
    ctx: Context, source: Path, way: str
) -> None:
    project = make_project(ctx, source, first_round=60, overlap=3, certificate=way)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        if ctx.store.rounds.get(round_id).kind is RoundKind.REVIEW:
            answer_all(ctx, project, round_id)
        else:
            answer_by_several(ctx, project, round_id)
        learn(ctx, claim)
    complete.complete(ctx, claim)
    assert read_weighing(ctx.blobs, project.id) is not None
    audited = ctx.store.agreement.audited(project.id)
    assert audited
    for sha in audited:
        kinds = {one.kind for one in ctx.store.labeling.history(project.id, sha)}
        assert AnnotationKind.CONSENSUS not in kinds
    found = certified(ctx, project.name)
    assert found.certificate.accepted > 0
    assert "more than half of 3 people" in found.certificate.statement
    assert recompute(ctx, found).problems == ()


def test_of_shapes_and_skips_nothing_is_weighed(ctx: Context, source: Path) -> None:
    project = make_project(
        ctx, source, task=TaskType.MULTILABEL, classes=label_classes(list(SHAPES)), overlap=2
    )
    claim = claim_cycle(ctx, project, "run-1")
    assert consensus.weigh(ctx, claim) == 0
