"""Doubtful tags are looked at again, on both stores: which, once, by whom, and what follows."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update

from models.annotation import AnnotationKind, SkipReason
from models.label import ClassLabel
from models.round import ApprovedVia, Doubt, Round, RoundKind, RoundState
from tenfold.errors import ConflictError
from tenfold.store.tables import images

from .walks import Walker


def doubt(sha: str, tagged: str = "cat", likelier: str = "dog") -> Doubt:
    return Doubt(
        sha256=sha,
        tagged=ClassLabel(label=tagged),
        likelier=ClassLabel(label=likelier),
        believed=0.1,
        sure=0.8,
    )


def tag(world: Any, shas: Sequence[str], name: str = "ann", word: str = "cat") -> Round:
    opened: Round = world.open(shas)
    world.answer_all(opened.id, word, name)
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.CLI)
    return opened


def look_again(world: Any, shas: Sequence[str], **changes: Any) -> Round | None:
    options = {"model_version": "m1", "needs_approval": False, "reason": "{n} tags", "fewest": 1}
    doubts = [doubt(sha) for sha in shas]
    opened: Round | None = world.store.rounds.open_second_look(
        world.claim, doubts, **{**options, **changes}
    )
    return opened


def asked(world: Any, opened: Round | None, name: str = "bob") -> list[str]:
    assert opened is not None
    return [item.sha256 for item in world.lease(name, 20, round_id=opened.id)]


def test_both_words_are_shown_and_an_answer_replaces_the_tag(world: Any) -> None:
    tag(world, world.shas[:2])
    opened = look_again(world, world.shas[:2])
    assert opened is not None
    assert (opened.kind, opened.second_look, opened.reason) == (RoundKind.REVIEW, True, "2 tags")
    one, other = world.lease("bob", 2, round_id=opened.id)
    assert (one.tagged, one.prelabel) == (ClassLabel(label="cat"), ClassLabel(label="dog"))
    assert world.final(one.sha256) == ("cat", "person"), "the tag stands until it is replaced"
    said = world.answer(opened.id, one.sha256, "dog", "bob")
    assert (said.kind, said.proposed) == (AnnotationKind.REVIEW, ClassLabel(label="dog"))
    world.answer(opened.id, other.sha256, "cat", "bob")
    assert world.final(one.sha256) == ("dog", "reviewed")
    assert world.final(other.sha256) == ("cat", "reviewed")
    assert world.store.rounds.get(opened.id).state is RoundState.ANSWERED


def test_whoever_is_not_sure_leaves_the_tag_and_so_does_a_round_sent_back(world: Any) -> None:
    tag(world, world.shas[:2])
    opened = look_again(world, world.shas[:2])
    assert opened is not None
    world.answer(opened.id, asked(world, opened)[0], SkipReason.UNSURE, "bob")
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE, rest="return")
    assert {world.final(sha) for sha in world.shas[:2]} == {("cat", "person")}


def test_nothing_of_an_audit_is_asked_again(world: Any) -> None:
    tag(world, world.shas[:2])
    audit = world.audit(world.model(), 4)
    world.answer_all(audit.id, "cow")
    world.store.rounds.approve(audit.id, "rev", ApprovedVia.CLI)
    before = world.store.rounds.answers(audit.id)
    audited = [answer.sha256 for answer in before]
    with world.store.database.write(world.project.id) as connection:  # as if one had tagged them
        forced = update(images).where(images.c.sha256.in_(audited)).values(final_by="person")
        connection.execute(forced)
    doubts = [doubt(sha, "cow") for sha in audited] + [doubt(sha) for sha in world.shas[:2]]
    opened = world.store.rounds.open_second_look(
        world.claim, doubts, model_version="m1", needs_approval=False, reason="", fewest=1
    )
    assert sorted(asked(world, opened)) == sorted(world.shas[:2])
    assert world.store.rounds.answers(audit.id) == before


def test_what_several_people_or_a_reviewer_said_is_not_asked_again(world: Any) -> None:
    several = world.open(world.shas[:1], overlap=2)
    for name in ("ann", "bob"):
        world.answer(several.id, world.lease(name)[0].sha256, "cat", name)
    tag(world, world.shas[1:3])
    world.store.labeling.correct(
        world.person("ann").id, world.project.id, world.shas[1], ClassLabel(label="cat")
    )
    assert asked(world, look_again(world, world.shas[:3])) == [world.shas[2]]


def test_a_tag_that_has_changed_since_it_was_judged_is_not_asked_about(world: Any) -> None:
    tag(world, world.shas[:1], word="cow")
    tag(world, world.shas[1:2])
    assert asked(world, look_again(world, world.shas[:2])) == [world.shas[1]]


def test_people_are_asked_once_a_cycle_and_never_for_too_few(world: Any) -> None:
    tag(world, world.shas[:3])
    assert look_again(world, world.shas[:3], fewest=4) is None
    opened = look_again(world, world.shas[:2])
    assert opened is not None
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.CLI, rest="return")
    assert look_again(world, world.shas[:3]) is None


def test_an_image_that_was_asked_about_in_an_earlier_cycle_is_not_asked_again(world: Any) -> None:
    tag(world, world.shas[:1])
    opened = look_again(world, world.shas[:1])
    assert opened is not None
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.CLI, rest="return")
    world.store.cycles.complete(world.claim)
    cycle = world.store.cycles.ensure(world.project.id)
    world.claim = world.store.cycles.claim(cycle.id, "run-2")
    [new] = world.add("new")
    world.store.datasets.next_version(world.claim)
    tag(world, [new])
    assert asked(world, look_again(world, [world.shas[0], new])) == [new]


def test_while_a_walk_goes_on_nobody_is_asked(world: Any) -> None:
    tag(world, world.shas[:2])
    Walker(world).open()
    with pytest.raises(ConflictError, match="walk"):
        look_again(world, world.shas[:2])


def test_somebody_else_is_preferred_and_nobody_waits_for_them(world: Any) -> None:
    tag(world, world.shas[:2], "ann")
    tag(world, world.shas[2:4], "bob")
    opened = look_again(world, world.shas[:4])
    assert opened is not None
    assert set(asked(world, opened, "bob")[:2]) == set(world.shas[:2])
    assert asked(world, opened, "ann") == [], "bob holds all of them"
    world.store.labeling.release(world.project.id, world.person("bob").id)
    first = world.lease("ann", 1, round_id=opened.id)[0].sha256
    assert first in world.shas[2:4]
    for sha in world.shas[2:4]:
        world.answer(opened.id, sha, "cat", "ann")
    assert set(asked(world, opened, "ann")) == set(world.shas[:2]), "there is nobody else"
