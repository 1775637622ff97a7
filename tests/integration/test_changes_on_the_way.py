"""Classes change and images are erased while the pipeline goes on: real stores, real learning."""

from itertools import islice
from pathlib import Path

import pytest

from models.class_list import Afterwards, ClassDraft
from models.label import ClassLabel
from models.person import Role
from models.project import Project
from models.round import LeasedItem
from tenfold.erasing import erase_image, finish_erasures
from tenfold.errors import StaleClaimError
from tenfold.pipeline import complete, rounds
from tenfold.pipeline.context import Context
from tenfold.pipeline.recompute import certified, recompute
from tests.integration.test_pipeline_steps import (
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

RENAMED = [ClassDraft(name="ring", was=("circle",)), ClassDraft(name="square")]
ADDED = [ClassDraft(name="circle"), ClassDraft(name="square"), ClassDraft(name="star")]


def finals(ctx: Context, project: Project) -> set[str]:
    found = ctx.store.snapshots.final_labels(project.id)
    return {row.value.label for row in found if isinstance(row.value, ClassLabel)}


def test_a_class_is_renamed_between_two_rounds(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    first = rounds.open_next_round(ctx, claim)
    assert first is not None
    answer_all(ctx, project, first)
    learn(ctx, claim)
    asked = rounds.open_next_round(ctx, claim)
    ctx.store.classes.change(project.id, RENAMED, by="eva")
    while asked is not None:
        answer_all(ctx, project, asked)  # people go on saying "circle", as old pages do
        learn(ctx, claim)
        asked = rounds.open_next_round(ctx, claim)
    report = complete.complete(ctx, claim)
    assert finals(ctx, project) == {"ring", "square"}
    newest = ctx.store.models.latest(project.id)
    assert newest is not None
    assert newest.classes == ("ring", "square")
    assert report.certificate is not None
    assert recompute(ctx, certified(ctx, "shapes")).problems == ()


@pytest.mark.parametrize("afterwards", list(Afterwards))
def test_a_new_class_ends_what_was_certified_and_the_next_cycle_delivers_it_all(
    ctx: Context, source: Path, afterwards: Afterwards
) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    before = work_through(ctx, project, claim)
    assert before.certificate is not None
    ctx.store.classes.change(project.id, ADDED, by="eva", afterwards=afterwards)
    with pytest.raises(StaleClaimError):
        ctx.store.cycles.check(claim)
    project = ctx.store.projects.by_id(project.id)
    again = claim_cycle(ctx, project, "run-2")
    assert again.cycle_id != claim.cycle_id
    report = work_through(ctx, project, again)
    assert report.images == 120
    assert ctx.store.images.unfinished(project.id, ctx.version(again)) == []
    certificate = ctx.store.certificates.latest(again.cycle_id)
    allowed = certificate.inputs.wrong_allowed if certificate else 0
    assert wrong_labels(ctx, project) <= allowed
    if certificate is not None:
        assert recompute(ctx, certified(ctx, "shapes")).problems == ()
    kinds = {each.kind.value for each in ctx.store.rounds.list(again.cycle_id)}
    assert ("review" in kinds) is (afterwards is Afterwards.PROPOSALS)


def test_images_are_erased_on_the_way_and_afterwards(ctx: Context, source: Path) -> None:
    project = make_project(ctx, source)
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    first = rounds.open_next_round(ctx, claim)
    assert first is not None
    asked = [item.sha256 for item in _held(ctx, project)]
    others = [i.sha256 for i in ctx.store.images.iterate(project.id) if i.sha256 not in asked]
    erase(ctx, project, asked[0], others[0], others[1])
    report = work_through(ctx, project, claim)
    assert report.images == 117
    assert ctx.store.images.count(project.id) == 117
    erase(ctx, project, *(i.sha256 for i in islice(ctx.store.images.iterate(project.id), 2)))
    following = claim_cycle(ctx, project, "run-2")
    again = work_through(ctx, project, following)
    assert again.images == 115
    assert recompute(ctx, certified(ctx, "shapes")).erased
    assert not ctx.store.erasures.unfinished()


def _held(ctx: Context, project: Project) -> list[LeasedItem]:
    ada = ctx.store.people.ensure("ada", Role.ADMIN)
    held = ctx.store.labeling.lease(project.id, ada.id, 3)
    ctx.store.labeling.release(project.id, ada.id)
    return held


def erase(ctx: Context, project: Project, *shas: str) -> None:
    for sha in shas:
        erase_image(ctx.store, ctx.blobs, project.id, sha, by="eva", reason="a face")
    finish_erasures(ctx.store, ctx.blobs)
