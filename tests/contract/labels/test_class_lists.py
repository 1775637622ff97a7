"""Classes change while people work: what was said is kept, read with today's names, and counted."""

from collections.abc import Sequence
from typing import Any

import pytest

from models.annotation import FinalKind
from models.class_list import Afterwards, ClassDraft
from models.cycle import CycleState
from models.label import Box, Boxes, ClassLabel, LabelSet, TaskType
from models.project import PALETTE
from models.round import ApprovedVia, RoundKind, RoundState
from tenfold.errors import ConflictError, InvalidAnswerError, StaleClaimError
from tenfold.store import faults
from tests.contract.labels.walks import Walker


def drafts(**was: Sequence[str] | None) -> list[ClassDraft]:
    """Draft classes; each says which present ones it stands for, None: the one of its name."""
    return [
        ClassDraft(name=name, was=None if olds is None else tuple(olds))
        for name, olds in was.items()
    ]


def test_a_renamed_class_carries_its_labels_and_its_counts(world: Any) -> None:
    opened = world.open(world.shas[:3])
    for sha, word in zip(world.shas, ("cat", "cat", "dog"), strict=False):
        world.answer(opened.id, sha, word)
    made = world.change(drafts(tiger=["cat"], dog=None, cow=None))
    assert (made.version, made.restarted, made.effect.ends) == (2, False, ())
    assert world.final(world.shas[0]) == ("tiger", "person")
    counted = world.tallies()
    assert (counted["people:tiger"], counted["people:dog"]) == (2, 1)
    assert "people:cat" not in counted
    assert counted == world.recount()
    rows = list(world.store.snapshots.final_labels(world.project.id))
    assert sorted(row.value.label for row in rows) == ["dog", "tiger", "tiger"]


def test_what_was_said_stays_as_it_was_said(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.answer(opened.id, world.shas[0], "cat")
    world.change(drafts(tiger=["cat"], dog=None, cow=None))
    [said] = world.store.labeling.history(world.project.id, world.shas[0])
    assert said.value == ClassLabel(label="cat")
    [counting] = world.store.rounds.answers(opened.id)
    assert counting.value == ClassLabel(label="tiger")


@pytest.mark.parametrize("version", [None, 1])
def test_an_answer_under_the_list_before_is_understood(world: Any, version: int | None) -> None:
    opened = world.open(world.shas[:1])
    world.change(drafts(pet=["cat", "dog"], cow=None))
    stored = world.answer(opened.id, world.shas[0], "dog", classes_version=version)
    assert stored.value == ClassLabel(label="pet")
    assert world.final(world.shas[0]) == ("pet", "person")
    assert world.store.rounds.get(opened.id).state is RoundState.ANSWERED


def test_merged_classes_agree(world: Any) -> None:
    opened = world.open(world.shas[:1], overlap=3)
    for name, word in (("ann", "cat"), ("bob", "cow")):
        world.answer(opened.id, world.shas[0], word, name)
    world.change(drafts(pet=["cat", "dog"], cow=None))
    world.answer(opened.id, world.shas[0], "dog", "eve", classes_version=1)
    assert world.final(world.shas[0]) == ("pet", "consensus")
    assert world.tallies() == world.recount()


def test_an_answer_of_a_class_that_is_gone_is_kept_for_the_reviewer_and_asked_again(
    world: Any,
) -> None:
    opened = world.open(world.shas[:1])
    world.lease("ann")
    world.classes("cat", "dog")
    kept = world.answer(opened.id, world.shas[0], "cow", classes_version=1)
    assert kept.second_opinion
    assert kept.value == ClassLabel(label="cow")
    assert world.final(world.shas[0]) == (None, None)
    assert [item.sha256 for item in world.lease("ann")] == [world.shas[0]]
    [flag] = world.store.examples.flags(world.project.id)
    assert "no class cow any more" in flag.comment
    world.answer(opened.id, world.shas[0], "dog", classes_version=2)
    assert world.final(world.shas[0]) == ("dog", "person")


def test_a_class_that_never_was_is_refused_as_ever(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.classes("cat", "dog")
    for word, version in (("unicorn", 1), ("cow", 2), ("cow", None)):
        with pytest.raises(InvalidAnswerError, match=word):
            world.answer(opened.id, world.shas[0], word, classes_version=version)


@pytest.mark.parametrize(
    ("task", "before", "after"),
    [
        (TaskType.MULTILABEL, LabelSet(labels=("cat", "dog")), LabelSet(labels=("pet",))),
        (
            TaskType.BOXES,
            Boxes(boxes=(Box(label="dog", xmin=1, ymin=2, xmax=9, ymax=9),)),
            Boxes(boxes=(Box(label="pet", xmin=1, ymin=2, xmax=9, ymax=9),)),
        ),
    ],
)
def test_sets_and_boxes_are_renamed_too(
    world: Any, task: TaskType, before: Any, after: Any
) -> None:
    store = world.store
    other = store.projects.create(world.settings("other", task=task))
    world.project, world.claim = other, store.cycles.claim(store.cycles.ensure(other.id).id, "run")
    shas = world.add("x")
    store.datasets.next_version(world.claim)
    opened = world.open(shas)
    world.answer(opened.id, shas[0], before)
    world.change(drafts(pet=["cat", "dog"], cow=None))
    view = store.images.view(other.id, shas[0])
    assert view.value == after
    assert world.tallies() == world.recount()


def test_proposals_of_a_model_are_shown_with_todays_names(world: Any) -> None:
    world.store.projects.update("animals", finish="review")
    model = world.model()
    opened = world.open(world.shas[:2], kind=RoundKind.REVIEW, model_version=model)
    world.change(drafts(tiger=["cat"], dog=None, cow=None))
    item = world.lease("ann")[0]
    assert item.prelabel == ClassLabel(label="tiger")
    stored = world.answer(opened.id, item.sha256, "tiger", classes_version=2)
    assert stored.proposed == ClassLabel(label="tiger")
    assert world.store.images.view(world.project.id, world.shas[1]).prelabel == item.prelabel


def test_a_rename_leaves_an_open_audit_and_its_verdicts_alone(world: Any, walker: Walker) -> None:
    walk = walker.open()
    opened = walker.commit(walk, world.shas)
    assert opened is not None
    made = world.change(drafts(tiger=["cat"], dog=None, cow=None))
    assert not made.restarted
    walker.answer_through(walk, opened, "tiger")
    signed = walker.deliver(walk)
    assert signed.inputs.audit_errors == 0
    assert signed.accepted > 0
    accepted = {sha for sha in world.shas if world.final(sha) == ("tiger", "accepted")}
    assert len(accepted) == signed.accepted
    assert world.tallies() == world.recount()


@pytest.fixture
def walker(world: Any) -> Walker:
    return Walker(world)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"tiger": ["lion"]}, "no class lion"),
        ({"a": ["cat"], "b": ["cat"]}, "two classes"),
        ({"dog": ["cat"], "cat": ["dog"]}, "another class"),
        ({"cat": (), "tiger": ["cat"]}, "another class"),
    ],
)
def test_what_cannot_be_is_refused(
    world: Any, wanted: dict[str, Sequence[str] | None], said: str
) -> None:
    with pytest.raises(ConflictError, match=said):
        world.change(drafts(**wanted, cow=None))
    assert world.store.projects.get("animals") == world.project


def test_a_former_name_is_not_given_to_another_class_but_may_come_back(world: Any) -> None:
    opened = world.open(world.shas[:1])
    world.answer(opened.id, world.shas[0], "cat")
    world.change(drafts(tiger=["cat"], dog=None, cow=None))
    with pytest.raises(ConflictError, match="rename 'tiger' back"):
        world.classes("tiger", "dog", "cow", "cat")
    world.change(drafts(cat=["tiger"], dog=None, cow=None))
    assert world.final(world.shas[0]) == ("cat", "person")
    assert world.project.former_classes == {"tiger": "cat"}


def test_a_list_that_is_another_by_now_is_not_overwritten(world: Any) -> None:
    world.classes("cat", "dog", "cow", "hen", version=1)
    with pytest.raises(ConflictError, match="meanwhile"):
        world.classes("cat", "dog", "cow", "eel", version=1)


def test_another_color_is_a_new_list_and_no_more(world: Any) -> None:
    world.open(world.shas[:2])
    colored = [ClassDraft(name=name, color=PALETTE[5]) for name in world.project.class_names]
    made = world.change(colored)
    assert (made.version, made.restarted) == (2, False)
    assert made.effect.recolored == world.project.class_names
    assert {each.color for each in world.project.classes} == {PALETTE[5]}


def audited(world: Any) -> Any:
    """An audit of five images, two of them answered, beside three with tags; and one unanswered."""
    opened = world.open(world.shas[:3])
    world.answer_all(opened.id, "dog")
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    asked = world.audit(world.model(), 5)
    for item in world.lease("bob", 2):
        world.answer(asked.id, item.sha256, "cow", "bob")
    return asked, world.lease("bob")[0].sha256


def test_a_new_class_says_which_audit_it_ends_and_asks_what_comes_then(world: Any) -> None:
    asked, _ = audited(world)
    wanted = [ClassDraft(name=name) for name in (*world.project.class_names, "hen")]
    effect = world.store.classes.effect(world.project.id, wanted)
    assert effect.added == ("hen",)
    assert "2 of 5 answers" in effect.ends[0]
    assert set(effect.choices) == set(Afterwards)
    with pytest.raises(ConflictError, match=r"ends without a result.*start over"):
        world.change(wanted)
    assert world.store.rounds.get(asked.id).state is RoundState.OPEN


def test_going_on_ends_the_audit_and_keeps_what_people_said(world: Any) -> None:
    asked, unanswered = audited(world)
    made = world.classes("cat", "dog", "cow", "hen", afterwards=Afterwards.GO_ON)
    assert made.restarted
    assert world.store.rounds.get(asked.id).state is RoundState.CLOSED
    assert world.by_state() == {"manual": 3, "audited": 2, "pre-labeled": 15}
    with pytest.raises(StaleClaimError):
        world.open(world.shas[:1])
    before, now = world.store.cycles.list(world.project.id)
    assert (before.state, now.state) == (CycleState.ENDED, CycleState.RUNNING)
    assert "eva changed the classes: added hen" in before.ended_because
    claim = world.store.cycles.claim(now.id, "run-2")
    world.store.datasets.next_version(claim)
    world.claim = claim
    assert world.audit("m", 3, pool=world.shas).size == 3  # the next cycle has its own audit
    late = world.answer(asked.id, unanswered, "cow", classes_version=1)
    assert not late.second_opinion
    assert world.tallies() == world.recount()


def test_starting_over_lets_nothing_count_and_loses_nothing(world: Any) -> None:
    asked, unanswered = audited(world)
    history = {sha: len(world.store.labeling.history(world.project.id, sha)) for sha in world.shas}
    world.classes("cat", "dog", "cow", "hen", afterwards=Afterwards.START_OVER)
    assert world.by_state() == {"unlabeled": 20}
    assert world.store.models.latest(world.project.id) is None
    assert world.tallies() == world.recount()
    after = {sha: len(world.store.labeling.history(world.project.id, sha)) for sha in world.shas}
    assert after == history
    late = world.answer(asked.id, unanswered, "cow", classes_version=1)
    assert late.second_opinion
    assert "begun anew" in late.comment
    assert set(world.by_state()) <= {"unlabeled", "skipped"}


def test_old_labels_are_proposed_to_people(world: Any) -> None:
    audited(world)
    world.classes("cat", "dog", "cow", "hen", afterwards=Afterwards.PROPOSALS)
    cycle = world.store.cycles.current(world.project.id)
    opened = world.store.rounds.current(cycle.id)
    assert (opened.kind, opened.size) == (RoundKind.REVIEW, 5)
    items = world.lease("eve", 10, round_id=opened.id)
    assert sorted(item.prelabel.label for item in items) == ["cow", "cow", "dog", "dog", "dog"]
    assert world.store.models.list(world.project.id) == []
    assert world.store.models.next_number(world.project.id) == 1
    for item in items:
        world.answer(opened.id, item.sha256, item.prelabel, "eve", classes_version=2)
    assert world.by_state() == {"reviewed": 5, "unlabeled": 15}
    assert world.tallies() == world.recount()


def test_a_new_class_ends_a_certificate_and_opens_what_it_delivered(
    world: Any, walker: Walker
) -> None:
    walk = walker.open()
    walker.answer_through(walk, walker.commit(walk, world.shas))
    signed = walker.deliver(walk)
    world.store.cycles.complete(world.claim)
    world.classes("cat", "dog", "cow", "hen", afterwards=Afterwards.GO_ON)
    finals = [view.by for view in world.store.images.page(world.project.id)]
    assert FinalKind.ACCEPTED not in finals
    assert world.by_state().get("accepted", 0) == 0
    assert world.by_state()["audited"] == signed.inputs.audited
    ended, now = world.store.cycles.list(world.project.id)
    assert ended.ended_at is not None
    assert now.state is CycleState.RUNNING
    assert world.store.progress.of(world.project).certificate is None
    claim = world.store.cycles.claim(now.id, "run-2")
    world.store.datasets.next_version(claim)
    assert len(world.store.walks.committable(claim)) == signed.accepted
    assert world.tallies() == world.recount()


def test_what_was_killed_on_the_way_is_finished_later(world: Any) -> None:
    audited(world)
    kills = iter([False, True])

    def kill(_: int) -> None:
        if next(kills, False):
            raise KeyboardInterrupt

    with faults.listening("before", kill), pytest.raises(KeyboardInterrupt):
        world.classes("cat", "dog", "cow", "hen", afterwards=Afterwards.START_OVER)
    world.project = world.store.projects.by_id(world.project.id)
    assert world.project.classes_version == 2
    assert world.by_state()["manual"] == 3
    world.store.classes.finish(world.project.id)
    assert world.by_state() == {"unlabeled": 20}
    assert world.tallies() == world.recount()


def test_who_changed_what_is_kept(world: Any) -> None:
    world.classes("cat", "dog", "cow", "hen")
    world.change(drafts(cat=None, dog=None, cow=None, goose=["hen"]))
    one, other = world.store.classes.changes(world.project.id)
    assert (one.by, one.effect.added, other.effect.renamed) == ("eva", ("hen",), {"hen": "goose"})
