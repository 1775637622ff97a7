"""Small and odd projects, to their end: each ends, and with a sentence that is true."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from models.annotation import Answer, SkipReason
from models.certificate import WalkCertificate
from models.cycle import Claim
from models.label import ClassLabel
from models.person import Role
from models.project import Project
from models.report import RunReport
from models.round import ApprovedVia
from tenfold.learning.tolerance import wrong_allowed
from tenfold.pipeline import complete, rounds
from tenfold.pipeline.context import Context
from tenfold.pipeline.recompute import certified, recompute

from .test_pipeline_steps import (
    SHAPES,
    claim_cycle,
    ctx,
    draw,
    learn,
    make_project,
    prepare,
    work_through,
    wrong_by_class,
    wrong_labels,
)

__all__ = ["ctx"]

pytestmark = pytest.mark.usefixtures("_remembered")

WAYS = ("walk", "look", "each class")
ways = pytest.mark.parametrize("way", WAYS)


def chosen(way: str) -> dict[str, object]:
    """Return the settings that certify a project this way."""
    return {"each_class": True} if way == "each class" else {"certificate": way}


def draw_shapes(folder: Path, shapes: Sequence[str]) -> Path:
    rng = random.Random(3)
    for number, shape in enumerate(shapes):
        draw(folder / f"{shape}-{number:03d}.jpg", shape, rng)
    return folder


def through(ctx: Context, folder: Path, **changes: object) -> tuple[Project, RunReport]:
    project = make_project(ctx, folder, **changes)
    return project, work_through(ctx, project, claim_cycle(ctx, project, "run-1"))


def holds(ctx: Context, project: Project, report: RunReport) -> None:
    """Check the claim against the truth, and the certificate against what is stored."""
    assert report.claim.endswith(".")
    if report.certificate is not None:
        again = recompute(ctx, certified(ctx, project.name))
        assert again.problems == ()
        assert all(figure.holds for figure in again.figures)
    if report.certificate is None or not report.accepted:
        assert " % sure" not in report.claim
        return
    if project.each_class:
        assert report.claim.startswith("In each class at most 10 % of the delivered labels")
        delivered = Counter(delivered_classes(ctx, project))
        wrong = wrong_by_class(ctx, project)
        assert all(wrong[label] <= wrong_allowed(count, 0.1) for label, count in delivered.items())
        return
    assert wrong_labels(ctx, project) <= report.certificate.inputs.wrong_allowed
    assert f"of the {report.images} delivered labels are wrong" in report.claim


def delivered_classes(ctx: Context, project: Project) -> Iterator[str]:
    for final in ctx.store.snapshots.final_labels(project.id):
        assert isinstance(final.value, ClassLabel)
        yield final.value.label


@ways
@pytest.mark.parametrize("images", [1, 2, 11, 40])
def test_a_few_images(ctx: Context, tmp_path: Path, images: int, way: str) -> None:
    folder = draw_shapes(tmp_path / "few", [SHAPES[i % 2] for i in range(images)])
    project, report = through(ctx, folder, **chosen(way))
    assert (report.images, report.excluded) == (images, 0)
    assert len(list(ctx.store.snapshots.final_labels(project.id))) == images
    if images > 10:
        first = report.rounds[0].images
        assert first == 10, "what is left is a pool of 1 and 30"
    if images < 3:
        assert report.claim.startswith("Every delivered label is a person's")
    holds(ctx, project, report)


@ways
def test_all_images_are_of_one_class(ctx: Context, tmp_path: Path, way: str) -> None:
    folder = draw_shapes(tmp_path / "one", ["circle"] * 60)
    project, report = through(ctx, folder, **chosen(way))
    assert len(list(ctx.store.snapshots.final_labels(project.id))) == 60
    assert wrong_labels(ctx, project) == 0
    holds(ctx, project, report)


@ways
def test_all_confidences_are_equal(
    ctx: Context, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = ctx.store.models.add_prelabels

    def equal(claim: Claim, model: str, proposed: Sequence[Any]) -> None:
        add(claim, model, [p.model_copy(update={"confidence": 0.97}) for p in proposed])

    monkeypatch.setattr(ctx.store.models, "add_prelabels", equal)
    folder = draw_shapes(tmp_path / "equal", [SHAPES[i % 2] for i in range(80)])
    project, report = through(ctx, folder, **chosen(way))
    assert len(list(ctx.store.snapshots.final_labels(project.id))) == 80
    assert report.accepted > 0
    holds(ctx, project, report)


@ways
def test_all_labels_were_made_elsewhere(ctx: Context, tmp_path: Path, way: str) -> None:
    folder = draw_shapes(tmp_path / "labeled", [SHAPES[i % 2] for i in range(12)])
    rows = [f"{path.name},{path.name.split('-')[0]}" for path in sorted(folder.iterdir())]
    (folder / "manifest.csv").write_text("\n".join(["path,label", *rows]))
    project, report = through(ctx, folder / "manifest.csv", **chosen(way))
    assert len(list(ctx.store.snapshots.final_labels(project.id))) == 12
    assert report.claim == (
        "12 of 12 labels were imported and are as good as their source; nothing is certified."
    )


@ways
def test_of_labels_made_elsewhere_a_certificate_says_that_it_doesnt_speak(
    ctx: Context, tmp_path: Path, way: str
) -> None:
    folder = draw_shapes(tmp_path / "mixed", [SHAPES[i % 2] for i in range(100)])
    names = [path.name for path in sorted(folder.iterdir())]
    rows = [f"{name},{name.split('-')[0] if i < 20 else ''}" for i, name in enumerate(names)]
    (folder / "manifest.csv").write_text("\n".join(["path,label", *rows]))
    project, report = through(ctx, folder / "manifest.csv", **chosen(way))
    certificate = report.certificate
    assert certificate is not None
    assert certificate.inputs.images == 80
    assert certificate.inputs.wrong_allowed == 8
    assert certificate.accepted + certificate.by_people == 80
    for said in (certificate.statement, report.claim):
        of_all = "In each class" if project.each_class else "of the 80 delivered labels"
        assert of_all in said
        assert "Not among these labels: 20 imported, which are as good as their source." in said
    assert wrong_labels(ctx, project) <= 8


@ways
def test_nobody_can_tell_and_no_model_proposes(ctx: Context, tmp_path: Path, way: str) -> None:
    folder = draw_shapes(tmp_path / "dark", [SHAPES[i % 2] for i in range(25)])
    project = make_project(ctx, folder, **chosen(way))
    claim = claim_cycle(ctx, project, "run-1")
    prepare(ctx, claim)
    ada = ctx.store.people.ensure("ada", Role.ADMIN)
    while (round_id := rounds.open_next_round(ctx, claim)) is not None:
        while items := ctx.store.labeling.lease(project.id, ada.id, 20):
            for item in items:
                key = f"{round_id}-{item.sha256[:20]}"
                skipped = Answer(
                    key=key,
                    round_id=item.round_id,
                    sha256=item.sha256,
                    value=None,
                    skip=SkipReason.UNREADABLE,
                )
                ctx.store.labeling.submit(ada.id, skipped)
        if ctx.store.rounds.get(round_id).needs_approval:
            ctx.store.rounds.approve(round_id, "ada", ApprovedVia.CLI)
        learn(ctx, claim)
    report = complete.complete(ctx, claim)
    assert (report.images, report.excluded, report.accepted) == (25, 25, 0)
    assert report.claim == "Nothing is labeled yet, so nothing can be claimed."
    assert not isinstance(report.certificate, WalkCertificate)
