"""Images of a round that are meant for somebody."""

from typing import Any

import pytest

from models.round import ApprovedVia, Assigning
from tenfold.errors import ConflictError, ForbiddenError, NotFoundError


def taken(world: Any, name: str, n: int = 20) -> list[str]:
    return [item.sha256 for item in world.lease(name, n)]


def test_images_meant_for_somebody_come_to_them_first(world: Any) -> None:
    opened = world.open(world.shas[:6])
    ann = world.person("ann").id
    meant = world.shas[3:5]
    assert world.store.assignments.assign(opened.id, ann, shas=meant) == 2
    assert taken(world, "ann", 3) == [*meant, world.shas[0]]
    assert world.store.rounds.get(opened.id).assigning is Assigning.FIRST


def test_others_get_them_once_nothing_else_is_left(world: Any) -> None:
    opened = world.open(world.shas[:4])
    world.store.assignments.assign(opened.id, world.person("ann").id, shas=world.shas[:2])
    assert taken(world, "bob", 2) == world.shas[2:4]
    assert taken(world, "bob", 4) == [*world.shas[2:4], *world.shas[:2]]


def test_only_they_get_them_where_that_is_asked_for(world: Any) -> None:
    opened = world.open(world.shas[:4])
    world.store.assignments.assign(
        opened.id, world.person("ann").id, shas=world.shas[:2], assigning=Assigning.ONLY
    )
    assert taken(world, "bob") == world.shas[2:4]
    world.store.labeling.release(world.project.id, world.person("bob").id)
    assert taken(world, "ann") == world.shas[:4]


def test_a_share_of_a_round_is_the_next_images_that_wait(world: Any) -> None:
    opened = world.open(world.shas[:6])
    ann, bob = world.person("ann").id, world.person("bob").id
    world.answer(opened.id, world.shas[0])
    assert world.store.assignments.assign(opened.id, ann, count=2) == 2
    assert world.store.assignments.assign(opened.id, bob, count=9) == 3
    assert taken(world, "bob", 9)[:3] == world.shas[3:6]
    shares = {share.person: share.images for share in world.store.assignments.of_round(opened.id)}
    assert shares == {"ann": 2, "bob": 3}
    world.answer(opened.id, world.shas[3], "cat", "bob")
    [_, second] = world.store.assignments.of_round(opened.id)
    assert (second.images, second.answered) == (3, 1)


def test_what_somebody_holds_is_not_taken_out_of_their_hands(world: Any) -> None:
    opened = world.open(world.shas[:2])
    [held] = taken(world, "bob", 1)
    assert world.store.assignments.assign(opened.id, world.person("ann").id, count=5) == 1
    assert taken(world, "ann") == [sha for sha in world.shas[:2] if sha != held]


def test_released_images_are_anybodys(world: Any) -> None:
    opened = world.open(world.shas[:3])
    ann = world.person("ann").id
    world.store.assignments.assign(opened.id, ann, count=3, assigning=Assigning.ONLY)
    assert taken(world, "bob") == []
    assert world.store.assignments.release(opened.id, ann) == 3
    assert taken(world, "bob") == world.shas[:3]


def test_images_of_somebody_who_left_are_anybodys(world: Any) -> None:
    opened = world.open(world.shas[:3])
    ann = world.person("ann").id
    world.store.assignments.assign(opened.id, ann, count=3, assigning=Assigning.ONLY)
    world.store.people.set_active(ann, active=False)
    assert taken(world, "bob") == world.shas[:3]
    with pytest.raises(ForbiddenError):
        world.store.assignments.assign(opened.id, ann, count=1)


def test_each_person_of_an_overlap_has_one_place(world: Any) -> None:
    opened = world.open(world.shas[:2], overlap=2)
    ann = world.person("ann").id
    assert world.store.assignments.assign(opened.id, ann, count=2, assigning=Assigning.ONLY) == 2
    assert world.store.assignments.assign(opened.id, ann, count=2) == 0
    assert taken(world, "bob") == world.shas[:2]
    assert taken(world, "eve") == []
    assert taken(world, "ann") == world.shas[:2]
    for name in ("ann", "bob"):
        for sha in world.shas[:2]:
            world.answer(opened.id, sha, "cat", name)
    assert world.store.rounds.get(opened.id).missing == 0


def test_an_audit_is_meant_only_for_who_may_answer_it_blind(world: Any) -> None:
    world.store.projects.update("animals", finish="review")
    model = world.model()
    review = world.open(world.shas[:2], kind="review", model_version=model)
    seen = taken(world, "ann")
    world.store.rounds.approve(review.id, "rev", ApprovedVia.PAGE, rest="return")
    asked = world.audit(model, 20)
    ann, bob = world.person("ann").id, world.person("bob").id
    assert world.store.assignments.assign(asked.id, ann, count=20) == 20 - len(seen)
    assert world.store.assignments.assign(asked.id, bob, count=20) == len(seen)


def test_what_cannot_be_is_refused(world: Any) -> None:
    opened = world.open(world.shas[:1])
    ann = world.person("ann").id
    with pytest.raises(NotFoundError):
        world.store.assignments.assign("nothing", ann, count=1)
    with pytest.raises(NotFoundError):
        world.store.assignments.assign(opened.id, 99, count=1)
    with pytest.raises(NotFoundError, match="waits"):
        world.store.assignments.assign(opened.id, ann, shas=[world.shas[9]])
    world.answer_all(opened.id)
    with pytest.raises(ConflictError):
        world.store.assignments.assign(opened.id, ann, count=1)
