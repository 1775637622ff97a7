"""Reviewing what people labeled: accepted, corrected, or sent back to its labeler."""

from typing import Any

import pytest

from models.annotation import SkipReason
from models.label import ClassLabel
from models.person import Role
from models.project import ProjectState
from models.review import ReviewFilter, ReviewState
from models.round import ApprovedVia, RoundKind
from tenfold.errors import ConflictError, NotFoundError

ALL = ReviewFilter(state=ReviewState.ALL)


def answered(world: Any, *words: str, name: str = "ann") -> list[Any]:
    opened = world.open(world.shas[: len(words)])
    return [
        world.answer(opened.id, sha, word, name)
        for sha, word in zip(world.shas, words, strict=False)
    ]


def page(world: Any, wanted: ReviewFilter | None = None, **more: Any) -> list[Any]:
    return world.store.reviews.page(world.project.id, wanted or ReviewFilter(), **more)


def reviewer(world: Any) -> int:
    return int(world.person("eve", Role.REVIEWER).id)


def counts(world: Any, name: str) -> tuple[int, int, int]:
    [one] = [
        each for each in world.store.progress.of(world.project).labelers if each.person == name
    ]
    return one.answers, one.reviewed, one.corrected


def test_answers_come_newest_first_and_page_by_page(world: Any) -> None:
    said = answered(world, "cat", "dog", "cow")
    first = page(world, limit=2)
    assert [one.annotation_id for one in first] == [said[2].id, said[1].id]
    rest = page(world, before=first[-1].annotation_id)
    assert [(one.person, one.value.label, one.path) for one in rest] == [
        ("ann", "cat", world.store.images.get(world.project.id, said[0].sha256).paths[0])
    ]


def test_answers_are_found_by_labeler_class_and_comment(world: Any) -> None:
    opened = world.open(world.shas[:3])
    world.answer(opened.id, world.shas[0], "cat", "ann")
    world.answer(opened.id, world.shas[1], "dog", "bob", comment="is it?")
    world.answer(opened.id, world.shas[2], SkipReason.UNSURE, "bob")
    assert [one.sha256 for one in page(world, ReviewFilter(person="ann"))] == [world.shas[0]]
    assert [one.sha256 for one in page(world, ReviewFilter(label="dog"))] == [world.shas[1]]
    assert [one.comment for one in page(world, ReviewFilter(commented=True))] == ["is it?"]
    assert [one.skip for one in page(world, ReviewFilter(person="bob"))] == [
        SkipReason.UNSURE,
        None,
    ]
    assert world.store.reviews.labelers(world.project.id) == ["ann", "bob"]


def test_an_accepted_answer_is_the_reviewers_word_and_leaves_the_list(world: Any) -> None:
    one, two = answered(world, "cat", "dog")
    accepted = world.store.reviews.accept(reviewer(world), world.project.id, one.id)
    assert accepted.value == ClassLabel(label="cat")
    assert world.final(one.sha256) == ("cat", "adjudicated")
    assert [each.annotation_id for each in page(world)] == [two.id]
    assert [each.annotation_id for each in page(world, ALL)] == [two.id, one.id]
    assert counts(world, "ann") == (2, 1, 0)
    assert world.tallies() == world.recount()


def test_a_corrected_answer_counts_for_its_labeler(world: Any) -> None:
    one, _ = answered(world, "cat", "dog")
    world.store.labeling.correct(
        reviewer(world), world.project.id, one.sha256, ClassLabel(label="cow")
    )
    assert counts(world, "ann") == (2, 1, 1)
    assert one.sha256 not in [each.sha256 for each in page(world)]


def test_a_skip_can_be_accepted(world: Any) -> None:
    opened = world.open(world.shas[:1])
    said = world.answer(opened.id, world.shas[0], SkipReason.UNREADABLE)
    world.store.reviews.accept(reviewer(world), world.project.id, said.id)
    view = world.store.images.view(world.project.id, said.sha256)
    assert (view.state, view.value) == ("skipped", None)
    assert counts(world, "ann") == (1, 1, 0)


@pytest.mark.parametrize("closed", [False, True])
def test_a_labeler_gets_a_sent_back_image_again_and_the_new_answer_replaces_the_old(
    world: Any, closed: bool
) -> None:
    one, _two = answered(world, "cat", "dog")
    if closed:
        world.store.rounds.approve(one.round_id, "eve", ApprovedVia.PAGE)
    world.store.reviews.send_back(reviewer(world), world.project.id, one.id, "look at the ears")
    assert world.final(one.sha256) == ("cat", "person"), "until then it stands"
    assert world.lease("bob", 5) == [], "it is nobody else's"
    [item] = world.lease("ann", 5)
    assert (item.sha256, item.prelabel) == (one.sha256, None)
    assert (item.returned.by, item.returned.comment) == ("eve", "look at the ears")
    assert item.returned.value == ClassLabel(label="cat")
    assert [each.request.comment for each in page(world, ReviewFilter(state="sent back"))] == [
        "look at the ears"
    ]
    [asked] = world.store.reviews.requests(world.project.id, one.sha256)
    assert (asked.by, asked.to, asked.comment) == ("eve", "ann", "look at the ears")
    assert (asked.annotation_id, asked.open) == (one.id, True)
    before = world.store.rounds.get(one.round_id)
    again = world.answer(item.round_id, item.sha256, "cow", "ann")
    assert not again.second_opinion
    assert world.final(one.sha256) == ("cow", "person")
    assert world.lease("ann", 5) == []
    after = world.store.rounds.get(one.round_id)
    assert (after.answered, after.state) == (before.answered, before.state)
    assert again.id in [each.annotation_id for each in page(world)], "it is reviewed once more"
    assert counts(world, "ann") == (2, 1, 1)
    assert world.tallies() == world.recount()
    history = world.store.labeling.history(world.project.id, one.sha256)
    assert [(each.id, each.undone) for each in history] == [(one.id, True), (again.id, False)]
    [asked] = world.store.reviews.requests(world.project.id, one.sha256)
    assert (asked.annotation_id, asked.open) == (one.id, False), "it stays on record"


def test_an_answer_that_is_given_again_unchanged_was_not_wrong(world: Any) -> None:
    [one] = answered(world, "cat")
    world.store.reviews.send_back(reviewer(world), world.project.id, one.id, "sure?")
    world.answer(one.round_id, one.sha256, "cat", "ann")
    assert counts(world, "ann") == (1, 1, 0)


def test_of_several_answers_only_the_one_that_was_sent_back_is_replaced(world: Any) -> None:
    opened = world.open(world.shas[:1], overlap=3)
    said = [
        world.answer(opened.id, world.shas[0], word, name)
        for name, word in (("ann", "cat"), ("bob", "dog"), ("cal", "cow"))
    ]
    assert page(world, ALL) == [], "while the round is open nobody learns what others say"
    world.store.rounds.approve(opened.id, "eve", ApprovedVia.PAGE)
    assert len(page(world, ALL)) == 3
    world.store.reviews.send_back(reviewer(world), world.project.id, said[2].id, "again")
    world.answer(opened.id, world.shas[0], "dog", "cal")
    assert world.final(world.shas[0]) == ("dog", "consensus")


def test_a_reviewers_correction_ends_what_was_sent_back(world: Any) -> None:
    [one] = answered(world, "cat")
    eve = reviewer(world)
    world.store.reviews.send_back(eve, world.project.id, one.id, "again")
    world.store.labeling.correct(eve, world.project.id, one.sha256, ClassLabel(label="dog"))
    assert world.lease("ann", 5) == []
    late = world.answer(one.round_id, one.sha256, "cow", "ann")
    assert late.second_opinion
    assert world.final(one.sha256) == ("dog", "adjudicated")


def test_a_paused_project_hands_back_nothing(world: Any) -> None:
    [one] = answered(world, "cat")
    world.store.reviews.send_back(reviewer(world), world.project.id, one.id, "again")
    world.store.projects.set_state(world.project.name, ProjectState.PAUSED)
    assert world.lease("ann", 5) == []


def test_answers_of_audits_are_hidden_while_it_is_open_and_frozen_for_good(world: Any) -> None:
    model = world.model(shas=world.shas)
    audit = world.audit(model, 2)
    world.answer_all(audit.id, "cat")
    assert page(world, ALL) == []
    world.store.rounds.approve(audit.id, "eve", ApprovedVia.PAGE)
    said = page(world, ALL)
    assert {one.kind for one in said} == {RoundKind.AUDIT}
    assert len(said) == 2
    with pytest.raises(ConflictError, match="manual and review rounds"):
        world.store.reviews.send_back(
            reviewer(world), world.project.id, said[0].annotation_id, "again"
        )


def test_what_was_taken_back_can_neither_be_accepted_nor_sent_back(world: Any) -> None:
    [one] = answered(world, "cat")
    world.store.labeling.undo(world.person("ann").id, one.id)
    eve = reviewer(world)
    with pytest.raises(ConflictError, match="taken back"):
        world.store.reviews.accept(eve, world.project.id, one.id)
    with pytest.raises(ConflictError, match="taken back"):
        world.store.reviews.send_back(eve, world.project.id, one.id, "again")
    with pytest.raises(NotFoundError):
        world.store.reviews.accept(eve, world.project.id, one.id + 1000)
    assert page(world, ALL) == []


def test_images_are_put_before_reviewers_once_and_leave_with_their_verdict(world: Any) -> None:
    eve = reviewer(world)
    reviews, project = world.store.reviews, world.project.id
    world.model(shas=world.shas)
    assert reviews.ask(eve, project, [*world.shas[:3], world.shas[0], "0" * 64], "odd") == 3
    assert reviews.ask(eve, project, world.shas[:4], "again") == 1
    found = reviews.asked(project)
    assert [one.sha256 for one in found] == world.shas[:4]
    assert [one.request.comment for one in found] == ["odd", "odd", "odd", "again"]
    assert reviews.asked(project, after=found[2].request.id) == found[3:]
    world.store.labeling.correct(eve, project, world.shas[1], ClassLabel(label="dog"))
    assert [one.sha256 for one in reviews.asked(project)] == [
        world.shas[0],
        *world.shas[2:4],
    ]


def test_what_is_asked_of_an_image_in_an_open_audit_waits(world: Any) -> None:
    model = world.model(shas=world.shas)
    audit = world.audit(model, 2)
    held = world.lease("ann", 1)[0].sha256
    world.store.reviews.ask(reviewer(world), world.project.id, [held])
    assert world.store.reviews.asked(world.project.id) == []
    world.answer_all(audit.id, "cat")
    world.store.rounds.approve(audit.id, "eve", ApprovedVia.PAGE)
    assert [one.sha256 for one in world.store.reviews.asked(world.project.id)] == [held]
