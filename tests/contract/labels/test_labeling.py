from datetime import timedelta
from typing import Any

import pytest

from models.annotation import AnnotationKind, FinalKind, SkipReason
from models.label import ClassLabel
from models.person import Role
from models.project import ProjectState
from models.record import now
from models.round import ApprovedVia, RoundKind, RoundState
from tenfold.errors import InvalidAnswerError, NotFoundError


def test_images_are_handed_out_in_the_order_of_the_round_with_what_is_known_of_them(
    world: Any,
) -> None:
    order = [world.shas[i] for i in (5, 2, 9)]
    opened = world.open(order)
    items = world.lease(n=5)
    assert [item.sha256 for item in items] == order
    first = items[0]
    assert (first.round_id, first.round_kind) == (opened.id, RoundKind.MANUAL)
    assert (first.width, first.height, first.prelabel) == (100, 80, None)
    assert first.path == world.store.images.get(world.project.id, order[0]).paths[0]
    assert first.columns == {"place": f"p{first.path.split('.')[0]}"}


def test_what_one_labeler_holds_is_not_handed_to_another(world: Any) -> None:
    world.open(world.shas[:3])
    anns = {item.sha256 for item in world.lease("ann", 2)}
    bobs = {item.sha256 for item in world.lease("bob", 2)}
    assert len(anns) == 2
    assert len(bobs) == 1
    assert not anns & bobs
    assert world.lease("cid", 2) == []


def test_taking_again_gives_back_first_so_that_a_reload_shows_the_same_image(world: Any) -> None:
    world.open(world.shas[:6])
    first = [item.sha256 for item in world.lease("ann", 2)]
    assert [item.sha256 for item in world.lease("ann", 2)] == first
    assert [item.sha256 for item in world.lease("bob", 6)] == world.shas[2:6]


def test_a_lease_ends_and_the_image_goes_to_the_next(world: Any) -> None:
    world.open(world.shas[:1])
    start = now()
    assert len(world.lease("ann", now=start)) == 1
    assert world.lease("bob", now=start + timedelta(seconds=299)) == []
    assert len(world.lease("bob", now=start + timedelta(seconds=301))) == 1


def test_renewing_holds_an_image_longer(world: Any) -> None:
    world.open(world.shas[:1])
    start, labeling = now(), world.store.labeling
    sha = world.lease("ann", now=start)[0].sha256
    later = start + timedelta(seconds=200)
    renewed = labeling.renew(world.project.id, world.person("ann").id, [sha], now=later)
    assert (renewed.images, renewed.until) == (1, later + timedelta(seconds=300))
    assert world.lease("bob", now=start + timedelta(seconds=400)) == []
    assert labeling.renew(world.project.id, world.person("bob").id, [sha]).images == 0


def test_released_images_are_free_at_once(world: Any) -> None:
    world.open(world.shas[:3])
    labeling, ann = world.store.labeling, world.person("ann").id
    held = [item.sha256 for item in world.lease("ann", 3)]
    assert labeling.release(world.project.id, ann, held[:1]) == 1
    assert [item.sha256 for item in world.lease("bob", 3)] == held[:1]
    assert labeling.release(world.project.id, ann) == 2
    assert labeling.release(world.project.id, ann) == 0


def test_a_page_that_is_left_gives_back_nothing_that_was_leased_since(world: Any) -> None:
    world.open(world.shas[:3])
    labeling, ann = world.store.labeling, world.person("ann").id
    held = world.lease("ann", 3)
    shas, known = [item.sha256 for item in held], held[0].leased_until
    labeling.renew(world.project.id, ann, shas[:1])
    assert labeling.release(world.project.id, ann, shas, until=known) == 2
    world.lease("ann", 3)
    assert labeling.release(world.project.id, ann, shas, until=known) == 0
    assert world.lease("bob", 3) == []


def test_a_paused_project_hands_out_nothing(world: Any) -> None:
    world.open(world.shas[:3])
    world.store.projects.set_state("animals", ProjectState.PAUSED)
    assert world.lease() == []
    world.store.projects.set_state("animals", ProjectState.ACTIVE)
    assert len(world.lease()) == 1


def test_the_round_of_the_pipeline_comes_before_the_backlog(world: Any) -> None:
    opened = world.open(world.shas[:2], backlog=world.shas[2:4])
    items = world.lease("ann", 10)
    assert [item.sha256 for item in items] == world.shas[:4]
    assert [item.round_id == opened.id for item in items] == [True, True, False, False]
    only = world.lease("ann", 10, round_id=opened.id)
    assert [item.sha256 for item in only] == world.shas[:2]


def test_an_answer_is_the_label_and_counts_for_its_round(world: Any) -> None:
    opened = world.open(world.shas[:2])
    given = world.answer(opened.id, world.shas[0], "dog", seconds=3.5, actions=2, comment="sure")
    assert (given.kind, given.person, given.second_opinion) == (AnnotationKind.MANUAL, "ann", False)
    assert (given.seconds, given.actions, given.comment) == (3.5, 2, "sure")
    assert world.final(world.shas[0]) == ("dog", "person")
    found = world.store.rounds.get(opened.id)
    assert (found.answered, found.missing, found.state) == (1, 1, RoundState.OPEN)
    world.answer(opened.id, world.shas[1])
    found = world.store.rounds.get(opened.id)
    assert (found.state, found.missing) == (RoundState.ANSWERED, 0)
    assert found.answered_at is not None
    assert world.lease() == []


def test_an_answer_sent_twice_counts_once(world: Any) -> None:
    opened = world.open(world.shas[:2])
    first = world.answer(opened.id, world.shas[0], "dog", key="key-00001")
    again = world.answer(opened.id, world.shas[0], "cat", key="key-00001")
    assert again == first
    assert world.store.rounds.get(opened.id).answered == 1
    assert world.store.labeling.history(world.project.id, world.shas[0]) == [first]
    other = world.answer(opened.id, world.shas[1], "cat", "bob", key="key-00001")
    assert other.id != first.id


@pytest.mark.parametrize("word", ["unicorn", "Cat", ""])
def test_a_class_that_the_project_does_not_have_is_refused(world: Any, word: str) -> None:
    opened = world.open(world.shas[:1])
    with pytest.raises(InvalidAnswerError):
        world.answer(opened.id, world.shas[0], word)
    assert world.store.rounds.get(opened.id).answered == 0
    assert world.store.labeling.history(world.project.id, world.shas[0]) == []


def test_an_answer_must_be_about_an_image_of_a_round_that_is_there(world: Any) -> None:
    opened = world.open(world.shas[:1])
    with pytest.raises(InvalidAnswerError, match="isn't part of round 1"):
        world.answer(opened.id, world.shas[5])
    with pytest.raises(InvalidAnswerError, match="no image"):
        world.answer(opened.id, world.sha("none"))
    with pytest.raises(NotFoundError):
        world.answer("nothing", world.shas[0])


def test_the_first_answer_is_the_label_and_a_later_one_a_second_opinion(world: Any) -> None:
    opened = world.open(world.shas[:2])
    start = now()
    world.lease("ann", now=start)
    world.lease("bob", now=start + timedelta(seconds=400))
    late = world.answer(opened.id, world.shas[0], "dog", "ann")
    second = world.answer(opened.id, world.shas[0], "cat", "bob")
    assert (late.second_opinion, second.second_opinion) == (False, True)
    assert world.final(world.shas[0]) == ("dog", "person")
    assert world.store.rounds.get(opened.id).answered == 1
    history = world.store.labeling.history(world.project.id, world.shas[0])
    assert [one.person for one in history] == ["ann", "bob"]


def test_an_answer_after_its_round_closed_is_kept_and_counts_where_nobody_has_spoken(
    world: Any,
) -> None:
    opened = world.open(world.shas[:3])
    world.lease("ann", 1)
    world.answer(opened.id, world.shas[1], "cat", "bob")
    world.store.rounds.approve(opened.id, "bob", ApprovedVia.PAGE, rest="return")
    late = world.answer(opened.id, world.shas[0], "dog", "ann")
    assert (late.second_opinion, world.final(world.shas[0])) == (False, ("dog", "person"))
    spoken = world.answer(opened.id, world.shas[1], "dog", "ann")
    assert (spoken.second_opinion, world.final(world.shas[1])) == (True, ("cat", "person"))
    found = world.store.rounds.get(opened.id)
    assert (found.answered, found.size, found.state) == (1, 1, RoundState.CLOSED)


def test_an_answer_to_an_image_that_left_the_backlog_is_kept(world: Any) -> None:
    first = world.open(world.shas[:1], backlog=world.shas[1:4])
    held = world.lease("ann", 2)[1]
    backlog = held.round_id
    world.answer(first.id, world.shas[0], name="bob")
    world.store.rounds.approve(first.id, "bob", ApprovedVia.PAGE)
    second = world.open(world.shas[1:3])
    late = world.answer(backlog, held.sha256, "dog", "ann")
    assert (late.second_opinion, late.round_id) == (False, backlog)
    other = world.answer(second.id, held.sha256, "cat", "bob")
    assert other.second_opinion is False
    assert world.final(held.sha256) == ("dog", "person")


def test_unsure_leaves_an_image_unfinished_and_other_skips_exclude_it(world: Any) -> None:
    opened = world.open(world.shas[:3])
    for sha, reason in zip(world.shas, (SkipReason.UNSURE, SkipReason.UNREADABLE), strict=False):
        world.answer(opened.id, sha, reason)
    assert world.by_state() == {"skipped": 2, "unlabeled": 18}
    unfinished = world.store.images.unfinished(world.project.id, 1)
    assert world.shas[0] in unfinished
    assert world.shas[1] not in unfinished
    pool = world.store.images.pool(world.project.id, 1)
    assert not {world.shas[0], world.shas[1]} & set(pool)
    again = world.open(world.shas[:3], key="again")
    assert again.size == 2
    world.answer(again.id, world.shas[0], "cow", "bob")
    assert world.final(world.shas[0]) == ("cow", "person")


def test_undo_opens_the_image_again_for_the_same_person_and_keeps_what_was_said(world: Any) -> None:
    opened = world.open(world.shas[:2])
    world.lease("ann", 1)
    given = world.answer(opened.id, world.shas[0], "dog")
    world.answer(opened.id, world.shas[1], "cat")
    taken = world.store.labeling.undo(world.person("ann").id, given.id)
    assert (taken.id, taken.undone, taken.value) == (given.id, True, ClassLabel(label="dog"))
    found = world.store.rounds.get(opened.id)
    assert (found.answered, found.state, found.answered_at) == (1, RoundState.OPEN, None)
    assert world.final(world.shas[0]) == (None, None)
    assert world.lease("bob") == []
    assert [item.sha256 for item in world.lease("ann")] == [world.shas[0]]
    world.answer(opened.id, world.shas[0], "cow")
    assert world.final(world.shas[0]) == ("cow", "person")
    history = world.store.labeling.history(world.project.id, world.shas[0])
    assert [(one.undone, one.value.label) for one in history] == [(True, "dog"), (False, "cow")]
    assert [one.value.label for one in world.store.labeling.mine(world.project.id, 1)] == [
        "cow",
        "cat",
    ]
    assert world.tallies() == world.recount()


def test_undoing_twice_takes_back_once(world: Any) -> None:
    opened = world.open(world.shas[:2])
    given = world.answer(opened.id, world.shas[0], "dog")
    ann = world.person("ann").id
    assert world.store.labeling.undo(ann, given.id) == world.store.labeling.undo(ann, given.id)
    assert world.store.rounds.get(opened.id).answered == 0
    world.answer(opened.id, world.shas[0], "cat")
    world.store.labeling.undo(ann, given.id)
    assert world.store.rounds.get(opened.id).answered == 1


def test_only_ones_own_answer_in_a_round_that_is_open_is_taken_back(world: Any) -> None:
    opened = world.open(world.shas[:1])
    given = world.answer(opened.id, world.shas[0], "dog")
    assert world.store.labeling.undo(world.person("bob").id, given.id) is None
    assert world.store.labeling.undo(world.person("ann").id, 10_000) is None
    world.store.rounds.approve(opened.id, "ann", ApprovedVia.PAGE)
    assert world.store.labeling.undo(world.person("ann").id, given.id) is None
    assert world.final(world.shas[0]) == ("dog", "person")


def test_a_review_shows_the_proposal_and_keeps_what_was_shown(world: Any) -> None:
    model = world.model(label="cat")
    opened = world.open(world.shas[:2], kind=RoundKind.REVIEW, model_version=model)
    item = world.lease()[0]
    assert item.prelabel == ClassLabel(label="cat")
    assert item.model_version == model
    assert item.confidence == pytest.approx(0.9)
    given = world.answer(opened.id, item.sha256, "dog")
    assert (given.kind, given.proposed) == (AnnotationKind.REVIEW, ClassLabel(label="cat"))
    assert given.model_version == model
    assert world.final(item.sha256) == ("dog", "reviewed")
    unseen = world.answer(opened.id, world.shas[1], "dog", "bob")
    assert (unseen.proposed, unseen.model_version) == (None, None)


def test_manual_rounds_show_no_proposal(world: Any) -> None:
    world.model()
    world.open(world.shas[:1])
    item = world.lease()[0]
    assert (item.prelabel, item.confidence, item.model_version) == (None, None, None)


def test_a_reviewers_correction_is_final_and_counts_against_the_labeler(world: Any) -> None:
    opened = world.open(world.shas[:2])
    world.answer(opened.id, world.shas[0], "dog", "ann")
    labeling, project_id = world.store.labeling, world.project.id
    rev = world.person("rev", Role.REVIEWER).id
    given = labeling.correct(rev, project_id, world.shas[0], ClassLabel(label="cow"), "horns")
    assert (given.kind, given.comment) == (AnnotationKind.ADJUDICATION, "horns")
    assert world.final(world.shas[0]) == ("cow", "adjudicated")
    bob = labeling.correct(
        world.person("bob").id, project_id, world.shas[0], ClassLabel(label="cat")
    )
    assert bob.kind is AnnotationKind.CORRECTION
    assert world.final(world.shas[0]) == ("cow", "adjudicated")
    found = {one.person: one for one in world.store.progress.labelers(project_id)}
    assert (found["ann"].answers, found["ann"].corrected) == (1, 1)
    labeling.correct(rev, project_id, world.shas[0], SkipReason.NOT_RELEVANT)
    assert world.store.images.view(project_id, world.shas[0]).state == "skipped"
    assert world.shas[0] not in world.store.images.unfinished(project_id, 1)
    with pytest.raises(InvalidAnswerError):
        labeling.correct(rev, project_id, world.shas[0], ClassLabel(label="unicorn"))
    assert world.tallies() == world.recount()


def test_the_word_that_counts_follows_its_rank_not_its_time(world: Any) -> None:
    sha = world.shas[0]
    model = world.model(label="cow")
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), [sha])
    assert world.final(sha) == ("cow", FinalKind.ACCEPTED)
    world.store.imports.from_source(world.claim, [(sha, ClassLabel(label="dog"))])
    assert world.final(sha) == ("dog", FinalKind.IMPORTED)
    opened = world.open([sha], kind=RoundKind.REVIEW, model_version=model)
    world.answer(opened.id, sha, "cat")
    assert world.final(sha) == ("cat", FinalKind.REVIEWED)
    world.store.imports.from_source(world.claim, [(sha, ClassLabel(label="cow"))])
    assert world.final(sha) == ("cat", FinalKind.REVIEWED)
    assert world.tallies() == world.recount()


def _overlapping(world: Any, words: list[Any]) -> Any:
    opened = world.open(world.shas[:1], overlap=len(words))
    for i, word in enumerate(words):
        name = f"person{i}"
        item = world.lease(name)[0]
        world.answer(opened.id, item.sha256, word, name)
    return opened


def test_of_several_people_the_majority_counts(world: Any) -> None:
    opened = _overlapping(world, ["dog", "cat", "cat"])
    assert world.final(world.shas[0]) == ("cat", "consensus")
    answers = world.store.rounds.answers(opened.id)
    assert [(one.value.label, one.person) for one in answers] == [("cat", "person1")]
    assert world.store.rounds.get(opened.id).state is RoundState.ANSWERED


def test_without_a_majority_the_first_answer_counts(world: Any) -> None:
    opened = _overlapping(world, ["dog", "cat", "cow"])
    assert world.final(world.shas[0]) == ("dog", "person")
    assert [one.value.label for one in world.store.rounds.answers(opened.id)] == ["dog"]


def test_a_majority_of_skips_excludes(world: Any) -> None:
    _overlapping(world, ["dog", SkipReason.UNREADABLE, SkipReason.UNREADABLE])
    assert world.by_state() == {"skipped": 1, "unlabeled": 19}


def test_who_is_not_sure_has_no_vote(world: Any) -> None:
    _overlapping(world, [SkipReason.UNSURE, "cat", "cat"])
    assert world.final(world.shas[0]) == ("cat", "consensus")


def test_nobody_gets_two_places_of_one_image(world: Any) -> None:
    opened = world.open(world.shas[:2], overlap=2)
    assert opened.size == 4
    assert len(world.lease("ann", 10)) == 2
    world.answer(opened.id, world.shas[0], "cat", "ann")
    assert [item.sha256 for item in world.lease("ann", 10)] == [world.shas[1]]
    again = world.answer(opened.id, world.shas[0], "dog", "ann")
    assert again.second_opinion
    assert world.store.rounds.get(opened.id).answered == 1
    assert len(world.lease("bob", 10)) == 2


def test_what_people_did_is_counted(world: Any) -> None:
    opened = world.open(world.shas[:4])
    world.answer(opened.id, world.shas[0], "cat", "ann", seconds=2.0)
    world.answer(opened.id, world.shas[1], SkipReason.UNSURE, "ann", seconds=4.0)
    wrong = world.answer(opened.id, world.shas[2], "dog", "bob", seconds=9.0)
    world.store.labeling.undo(world.person("bob").id, wrong.id)
    ann, *rest = world.store.progress.labelers(world.project.id)
    assert (ann.person, ann.answers, ann.skipped, ann.seconds_each) == ("ann", 2, 1, 3.0)
    assert rest == []
    progress = world.store.progress.of(world.project)
    assert progress.minutes_left == pytest.approx(2 * 3.0 / 60)
    assert progress.open_round.missing == 2
    assert sum(progress.by_state.values()) == progress.images == 20
    assert progress.by_class["cat"] == {"people": 1, "machine": 0}


def test_the_digest_of_tags_changes_with_what_people_say_and_not_with_models(world: Any) -> None:
    snapshots, project_id = world.store.snapshots, world.project.id
    found = [snapshots.tags_digest(project_id)]
    model = world.model()
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[5:8])
    assert snapshots.tags_digest(project_id) == found[0]
    opened = world.open(world.shas[:2])
    given = world.answer(opened.id, world.shas[0])
    found.append(snapshots.tags_digest(project_id))
    world.store.labeling.undo(world.person("ann").id, given.id)
    found.append(snapshots.tags_digest(project_id))
    world.answer(opened.id, world.shas[0])
    found.append(snapshots.tags_digest(project_id))
    assert len(set(found)) == 4


def test_final_labels_come_in_the_order_of_the_hashes(world: Any) -> None:
    model = world.model(label="cow")
    opened = world.open(world.shas[:3])
    for sha in reversed(world.shas[:3]):
        world.answer(opened.id, sha, "dog")
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[3:6])
    rows = list(world.store.snapshots.final_labels(world.project.id, 1))
    assert [row.sha256 for row in rows] == world.shas[:6]
    assert [row.by.human for row in rows] == [True] * 3 + [False] * 3
    assert [row.model_version for row in rows] == [None] * 3 + [model] * 3
    humans = list(world.store.snapshots.final_labels(world.project.id, human_only=True))
    assert [row.sha256 for row in humans] == world.shas[:3]
