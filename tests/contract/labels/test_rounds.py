from typing import Any

import pytest

from models.annotation import SkipReason
from models.label import ClassLabel
from models.round import ApprovedVia, RoundKind, RoundState
from tenfold.errors import ConflictError, NotFoundError, RoundNotFinishedError


def test_a_round_is_opened_once_under_its_key(world: Any) -> None:
    first = world.open(world.shas[:3], key="round-1", reason="typical")
    again = world.open(world.shas[3:9], key="round-1", reason="other")
    assert again == first
    assert (first.number, first.size, first.reason) == (1, 3, "typical")
    assert len(world.store.rounds.list(world.claim.cycle_id)) == 1
    assert world.store.rounds.get(first.id) == first
    with pytest.raises(NotFoundError):
        world.store.rounds.get("nothing")


def test_images_that_people_labeled_meanwhile_or_that_are_no_more_are_left_out(world: Any) -> None:
    first = world.open(world.shas[:2])
    world.answer(first.id, world.shas[0], "cat")
    world.answer(first.id, world.shas[1], SkipReason.NO_CLASS_FITS)
    path = world.store.images.get(world.project.id, world.shas[2]).paths[0]
    world.store.images.mark_gone(world.claim, [path])
    opened = world.open([*world.shas[:4], world.shas[3], world.sha("unknown")])
    assert opened.size == 1
    assert [item.sha256 for item in world.lease()] == [world.shas[3]]


def test_a_round_without_images_is_answered_and_closes_by_itself(world: Any) -> None:
    opened = world.open([], needs_approval=True)
    assert (opened.state, opened.needs_approval) == (RoundState.ANSWERED, False)
    assert world.store.rounds.settle(opened.id).state is RoundState.CLOSED


def test_the_current_round_is_the_one_that_the_pipeline_waits_for(world: Any) -> None:
    rounds, cycle_id = world.store.rounds, world.claim.cycle_id
    assert rounds.current(cycle_id) is None
    opened = world.open(world.shas[:1], backlog=world.shas[1:3])
    assert rounds.current(cycle_id).id == opened.id
    world.answer_all(opened.id)
    assert rounds.current(cycle_id).state is RoundState.ANSWERED
    rounds.approve(opened.id, "ann", ApprovedVia.PAGE)
    assert rounds.current(cycle_id) is None
    assert [(r.backlog, r.size) for r in rounds.list(cycle_id)] == [(False, 1), (True, 2)]


def test_an_approval_is_refused_with_the_count_while_answers_are_missing(world: Any) -> None:
    opened = world.open(world.shas[:3])
    world.answer(opened.id, world.shas[0])
    with pytest.raises(RoundNotFinishedError, match="2 of 3") as refused:
        world.store.rounds.approve(opened.id, "ann", ApprovedVia.PAGE)
    assert refused.value.missing == 2
    assert world.store.rounds.approval(opened.id) is None
    assert world.store.rounds.get(opened.id).state is RoundState.OPEN


def test_the_first_approval_stands(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.answer_all(opened.id)
    rounds = world.store.rounds
    first = rounds.approve(opened.id, "ann", ApprovedVia.PAGE, note="looks right")
    again = rounds.approve(
        opened.id, "bob", ApprovedVia.CLI, next_backlog=world.shas[5:7], rest="return"
    )
    assert again == first == rounds.approval(opened.id)
    assert (first.by, first.via, first.note) == ("ann", ApprovedVia.PAGE, "looks right")
    assert world.store.progress.of(world.project).backlog == 0
    assert rounds.get(opened.id).closed_at == first.at


def test_what_is_not_answered_can_go_back_to_the_pool(world: Any) -> None:
    opened = world.open(world.shas[:4])
    world.answer(opened.id, world.shas[0])
    world.lease("bob", 2)
    approval = world.store.rounds.approve(opened.id, "ann", ApprovedVia.PAGE, rest="return")
    assert approval.returned == 3
    found = world.store.rounds.get(opened.id)
    assert (found.state, found.size, found.missing) == (RoundState.CLOSED, 1, 0)
    assert world.shas[1] in world.store.images.pool(world.project.id, 1)
    assert world.lease("bob") == []


def test_the_backlog_opens_with_the_approval_and_takes_the_place_of_the_last_one(
    world: Any,
) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:4])
    world.answer_all(first.id)
    held = world.lease("ann", 1)[0]
    world.store.rounds.approve(
        first.id, "ann", ApprovedVia.PAGE, next_backlog=[world.shas[0], *world.shas[3:6]]
    )
    progress = world.store.progress.of(world.project)
    assert progress.backlog == 3
    backlog = world.store.rounds.list(world.claim.cycle_id)[-1]
    assert (backlog.backlog, backlog.needs_approval, backlog.kind) == (
        True,
        False,
        RoundKind.MANUAL,
    )
    assert [item.sha256 for item in world.lease("bob", 9)] == world.shas[3:6]
    assert world.answer(held.round_id, held.sha256, "dog").second_opinion is False


def test_a_new_round_takes_its_images_out_of_the_backlog(world: Any) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:5])
    world.answer_all(first.id)
    world.store.rounds.approve(first.id, "ann", ApprovedVia.PAGE)
    world.open(world.shas[1:3])
    assert world.store.progress.of(world.project).backlog == 2
    assert [i.sha256 for i in world.lease("ann", 9)] == world.shas[1:5]


def test_a_round_that_needs_no_approval_closes_by_rule_once_it_is_answered(world: Any) -> None:
    opened = world.open(world.shas[:2], needs_approval=False)
    rounds = world.store.rounds
    world.answer(opened.id, world.shas[0])
    assert rounds.settle(opened.id).state is RoundState.OPEN
    world.answer(opened.id, world.shas[1])
    assert rounds.settle(opened.id).state is RoundState.CLOSED
    assert rounds.approval(opened.id).via is ApprovedVia.RULE
    assert rounds.settle(opened.id) == rounds.get(opened.id)


def test_a_round_that_needs_an_approval_does_not_close_by_itself(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.answer_all(opened.id)
    assert world.store.rounds.settle(opened.id).state is RoundState.ANSWERED


def test_askings_are_counted(world: Any) -> None:
    opened = world.open(world.shas[:1])
    assert [world.store.rounds.next_ask(opened.id) for _ in range(3)] == [1, 2, 3]
    assert world.store.rounds.get(opened.id).asks == 3


def test_answers_come_in_the_order_of_the_round_with_skips(world: Any) -> None:
    order = [world.shas[i] for i in (4, 1, 3)]
    opened = world.open(order)
    world.answer(opened.id, world.shas[3], SkipReason.UNSURE)
    world.answer(opened.id, world.shas[1], "dog")
    world.answer(opened.id, world.shas[4], "cat")
    found = world.store.rounds.answers(opened.id)
    assert [one.sha256 for one in found] == order
    assert [one.skip for one in found] == [None, None, SkipReason.UNSURE]
    assert found[0].value == ClassLabel(label="cat")
    assert found[0].person == "ann"


def test_an_audit_is_not_opened_like_a_round(world: Any) -> None:
    with pytest.raises(ConflictError):
        world.open(world.shas[:1], kind=RoundKind.AUDIT)


def test_models_and_their_prelabels_are_kept_once(world: Any) -> None:
    models = world.store.models
    assert models.next_number(world.project.id) == 1
    assert models.latest(world.project.id) is None
    first = world.model(1, "cat", world.shas[:8])
    world.model(1, "dog", world.shas[4:12])
    assert models.prelabel_count(first) == 12
    proposed = {p.sha256: p.value.label for p in models.prelabels(first)}
    assert list(proposed) == world.shas[:12]
    assert [proposed[sha] for sha in world.shas[3:5]] == ["cat", "dog"]
    second = world.model(2, "cow")
    assert models.latest(world.project.id).id == second
    assert [m.id for m in models.list(world.project.id)] == [first, second]
    assert models.next_number(world.project.id) == 3
    world.store.projects.update("animals", finish="review")  # without an audit all may see them
    assert world.store.images.view(world.project.id, world.shas[0]).prelabel.label == "cow"
    with pytest.raises(NotFoundError):
        models.get("nothing")
    assert world.tallies() == world.recount()
