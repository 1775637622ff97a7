"""A certificate after classes were changed, or images erased."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.class_list import Afterwards, ClassDraft
from tenfold.erasing import erase_image, finish_erasures
from tests.unit.cli.test_certificate_project import SHAS, Desk, desk, shown, whole

__all__ = ["desk"]

RENAMED = [ClassDraft(name="tiger", was=("cat",)), ClassDraft(name="dog")]
ADDED = [ClassDraft(name="cat"), ClassDraft(name="dog"), ClassDraft(name="hen")]


@pytest.mark.parametrize("way", [Desk.look, Desk.walk], ids=["look", "walk"])
def test_a_renamed_class_leaves_every_number_as_it_was(desk: Desk, way: object) -> None:
    way(desk)  # type: ignore[operator]
    desk.ctx.store.classes.change(desk.project.id, RENAMED, by="eva")
    said = shown("--verify")
    assert said.exit_code == 0, said.output
    assert "every number holds" in said.output


@pytest.mark.parametrize("way", [Desk.look, Desk.walk], ids=["look", "walk"])
def test_an_audit_that_is_answered_under_another_name_is_judged_by_its_meaning(
    desk: Desk, way: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ctx.store.classes.change(desk.project.id, RENAMED, by="eva")
    way(desk)  # type: ignore[operator]  # people say "cat", as their open pages do
    said = shown("--verify", "--json")
    assert said.exit_code == 0, said.output
    accepted = [
        row.value.label  # type: ignore[union-attr]
        for row in desk.ctx.store.snapshots.final_labels(desk.project.id)
        if row.by == "accepted"
    ]
    assert set(accepted) == {"tiger"}


def test_an_ended_certificate_claims_nothing_and_the_next_says_that_it_is_not_the_first(
    desk: Desk,
) -> None:
    desk.walk()
    desk.ctx.store.classes.change(desk.project.id, ADDED, by="eva", afterwards=Afterwards.GO_ON)
    ended = shown()
    assert ended.exit_code == 1
    assert "claims nothing any more: eva changed the classes: added hen" in whole(
        str(ended.exception)
    )
    cycle = desk.ctx.store.cycles.current(desk.project.id)
    assert cycle is not None
    claim = desk.ctx.store.cycles.claim(cycle.id, "run-2")
    desk.ctx.store.datasets.next_version(claim)
    pool = desk.ctx.store.walks.committable(claim)
    assert len(pool) > 60
    again = replace(desk, claim=claim)
    opened = desk.ctx.store.rounds.open_audit(
        claim, desk.model.id, 60, key="audit", seed=5, pool=pool
    )
    again.answer(opened)
    from tenfold.pipeline.certify import certify_closed_audits

    certify_closed_audits(desk.ctx, claim)
    said = shown("--verify")
    assert said.exit_code == 0, said.output
    assert "That it was not the first try: in cycle 1 another was ended" in whole(said.output)


@pytest.mark.parametrize("way", [Desk.look, Desk.walk], ids=["look", "walk"])
def test_a_certificate_says_how_many_images_were_erased_since(
    desk: Desk, way: object, tmp_path: Path
) -> None:
    way(desk)  # type: ignore[operator]
    for sha in SHAS[:2]:
        erase_image(desk.ctx.store, desk.ctx.blobs, desk.project.id, sha, by="eva", reason="")
    assert finish_erasures(desk.ctx.store, desk.ctx.blobs) == 0
    page = tmp_path / "certificate.html"
    said = shown("--verify", "--html", str(page))
    assert said.exit_code == 0, said.output
    assert "2 images were erased for good" in page.read_text()
    claim = desk.ctx.store.progress.of(desk.project).claim
    assert claim.endswith("2 images were erased for good since it was measured.")
