"""Who said what of the same images, on both stores."""

from typing import Any

import pytest

from models.annotation import SkipReason
from models.class_list import ClassDraft


def asked(world: Any, shas: list[str], words: dict[str, list[Any]], **options: Any) -> Any:
    """Open a round in which each person answers the images in their order; close it."""
    opened = world.open(shas, overlap=len(words), **options)
    for name, said in words.items():
        given = dict(zip(shas, said, strict=True))
        for item in world.lease(name, len(shas)):
            world.answer(opened.id, item.sha256, given[item.sha256], name)
    return opened


def closed(world: Any, opened: Any) -> None:
    from models.round import ApprovedVia

    world.store.rounds.approve(opened.id, by="ann", via=ApprovedVia.CLI)


WORDS = {"ann": ["cat", "dog", "cat"], "bob": ["cat", "cat", SkipReason.UNREADABLE]}


def test_two_people_are_compared_by_cohens_kappa(world: Any) -> None:
    closed(world, asked(world, world.shas[:3], WORDS))
    found = world.store.agreement.summary(world.project.id)
    assert (found.images, found.agreed, found.measure) == (3, 1, "Cohen's kappa")
    # 1/3 agree; by chance 2/3 · 2/3.
    assert found.kappa == pytest.approx((1 / 3 - 4 / 9) / (1 - 4 / 9))


def test_while_a_round_is_open_nobody_learns_what_others_say(world: Any) -> None:
    asked(world, world.shas[:3], WORDS)
    assert world.store.agreement.summary(world.project.id).images == 0
    assert world.store.agreement.disagreements(world.project.id) == []


def test_disagreements_come_page_by_page_with_who_said_what(world: Any) -> None:
    closed(world, asked(world, world.shas[:3], WORDS))
    agreement, project = world.store.agreement, world.project.id
    first = agreement.disagreements(project, limit=1)
    rest = agreement.disagreements(project, (first[0].sha256, first[0].round_id), 5)
    found = first + rest
    assert [one.sha256 for one in found] == sorted(world.shas[1:3])
    said = {one.sha256: {s.person: s.value and s.value.label for s in one.said} for one in found}
    assert said[world.shas[1]] == {"ann": "dog", "bob": "cat"}
    assert said[world.shas[2]] == {"ann": "cat", "bob": None}


def test_what_a_reviewer_decided_is_no_longer_undecided(world: Any) -> None:
    from models.label import ClassLabel
    from models.person import Role

    closed(world, asked(world, world.shas[:3], WORDS))
    agreement, project = world.store.agreement, world.project.id
    both = agreement.disagreements(project, undecided=True)
    assert [one.sha256 for one in both] == world.shas[1:3]
    assert (both[0].width, both[0].height) == (100, 80)
    eve = world.person("eve", Role.REVIEWER)
    world.store.labeling.correct(eve.id, project, world.shas[1], ClassLabel(label="dog"))
    [left] = agreement.disagreements(project, undecided=True)
    assert left.sha256 == world.shas[2]
    assert len(agreement.disagreements(project)) == 2


def test_answers_under_an_older_list_are_read_with_the_names_of_now(world: Any) -> None:
    words = {"ann": ["cat", "dog", "cat"], "bob": ["cow", "cat", "dog"]}
    opened = asked(world, world.shas[:3], words)
    closed(world, opened)
    agreement, project = world.store.agreement, world.project.id
    assert agreement.summary(project).agreed == 0
    merged = [ClassDraft(name="pet", was=("cat", "dog")), ClassDraft(name="cattle", was=("cow",))]
    world.change(merged)
    found = agreement.summary(project)
    assert (found.images, found.agreed) == (3, 2)
    # Bob says "cattle" of one image, which Ann never does: what chance gives is 2/3, as is seen.
    assert found.kappa == pytest.approx(0)
    [left] = agreement.disagreements(project)
    assert {s.person: s.value.label for s in left.said} == {"ann": "pet", "bob": "cattle"}
    given = {one.sha256: one for one in agreement.answers(opened.cycle_id)}
    assert {s.value.label for s in given[world.shas[1]].said} == {"pet"}


def test_images_that_one_person_tagged_are_not_compared(world: Any) -> None:
    closed(world, asked(world, world.shas[:3], {"ann": ["cat", "dog", "cat"]}))
    assert world.store.agreement.summary(world.project.id).images == 0


def test_an_audit_knows_how_many_people_it_asked_whatever_the_project_says_later(
    world: Any,
) -> None:
    opened = world.audit(world.model(), 2, overlap=3)
    world.store.projects.update(world.project.name, overlap=1)
    assert world.store.rounds.get(opened.id).overlap == 3
