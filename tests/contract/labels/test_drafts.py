"""What is begun and not sent: its person finds it again, and it counts as nothing."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from models.annotation import SkipReason
from models.class_list import ClassDraft
from models.draft import Draft
from models.label import Box, Boxes, ClassLabel
from models.record import now
from models.round import ApprovedVia, RoundKind
from tenfold.store.drafts import LARGEST, OLD, begun_in
from tenfold.store.rows import from_value
from tenfold.store.tables import drafts

from .conftest import World
from .test_side_by_side import statements


def begin(world: Any, item: Any, label: str = "dog", name: str = "ann", **more: Any) -> list[str]:
    """Keep a draft; return the hashes of images whose drafts were kept."""
    begun = Draft(round_id=item.round_id, sha256=item.sha256, value=ClassLabel(label=label), **more)
    kept = world.store.drafts.keep(world.project.id, world.person(name).id, [begun])
    return list(kept.shas)


def begun(world: Any, sha: str, name: str = "ann") -> str | None:
    """Return what a person is given back with an image."""
    [found] = [item.begun for item in world.lease(name, 20) if item.sha256 == sha]
    return found and found.value.label


def rows(world: Any) -> int:
    with world.store.database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(drafts)) or 0)


def test_who_is_handed_the_image_again_gets_their_latest_draft_back(world: World) -> None:
    world.open(world.shas[:2])
    item, other = world.lease(n=2)
    assert item.begun is None
    assert begin(world, item, "cow") == [item.sha256]
    assert begin(world, item) == [item.sha256]
    world.store.labeling.release(world.project.id, world.person().id)
    assert begun(world, item.sha256) == "dog"
    assert begun(world, other.sha256) is None
    assert rows(world) == 1


def test_nobody_else_gets_it(world: World) -> None:
    world.open(world.shas[:1])
    [item] = world.lease()
    begin(world, item)
    world.store.labeling.release(world.project.id, world.person().id)
    assert begun(world, item.sha256, "bob") is None
    world.store.labeling.release(world.project.id, world.person("bob").id)
    assert begun(world, item.sha256, "ann") == "dog"


def test_it_is_no_label_and_counts_as_nothing(world: World) -> None:
    opened = world.open(world.shas[:3])
    before = world.store.progress.of(world.project)
    begin(world, world.lease()[0])
    after = world.store.progress.of(world.project)
    assert after.model_copy(update={"at": before.at}) == before
    assert world.store.labeling.history(world.project.id, world.shas[0]) == []
    assert world.store.rounds.get(opened.id).answered == 0
    assert world.tallies() == world.recount()


@pytest.mark.parametrize("word", ["dog", SkipReason.UNSURE])
def test_an_answer_or_a_skip_ends_it(world: World, word: str | SkipReason) -> None:
    opened = world.open(world.shas[:2])
    item, other = world.lease(n=2)
    begin(world, item)
    begin(world, other)
    said = world.answer(opened.id, item.sha256, word)
    assert rows(world) == 1
    world.store.labeling.undo(world.person().id, said.id)
    assert begun(world, item.sha256) is None
    assert begun(world, other.sha256) == "dog"


def test_one_that_comes_after_the_answer_is_left(world: World) -> None:
    opened = world.open(world.shas[:1], overlap=2)
    [item] = world.lease()
    world.answer(opened.id, item.sha256)
    assert begin(world, item) == []
    assert begin(world, item, name="bob") == [item.sha256]
    assert rows(world) == 1


def test_what_was_sent_back_can_be_begun_again(world: World) -> None:
    opened = world.open(world.shas[:1])
    said = world.answer(opened.id, world.shas[0])
    eva = world.person("eva").id
    world.store.reviews.send_back(eva, world.project.id, said.id, "no cat")
    [item] = world.lease()
    assert (item.returned is not None, item.begun) == (True, None)
    assert begin(world, item) == [item.sha256]
    assert begun(world, item.sha256) == "dog"
    world.answer(opened.id, item.sha256, "dog")
    assert rows(world) == 0


def test_it_comes_back_in_its_own_round_only(world: World) -> None:
    world.open(world.shas[:1])
    [item] = world.lease()
    begin(world, item)
    world.store.rounds.approve(item.round_id, "eva", ApprovedVia.PAGE, rest="return")
    model = world.model()
    world.open(world.shas[:1], kind=RoundKind.REVIEW, model_version=model)
    assert begun(world, item.sha256) is None


def test_what_could_be_no_answer_is_left(world: World) -> None:
    world.open(world.shas[:2])
    item, other = world.lease(n=2)
    boxes = Boxes(boxes=(Box(label="cat", xmin=0, ymin=0, xmax=5, ymax=5),))
    wrong = [
        Draft(round_id=item.round_id, sha256=item.sha256, value=boxes),
        Draft(round_id="none", sha256=other.sha256, value=ClassLabel(label="dog")),
        Draft(round_id=item.round_id, sha256=world.sha("strange"), value=ClassLabel(label="dog")),
    ]
    kept = world.store.drafts.keep(world.project.id, world.person().id, wrong)
    assert kept.shas == []
    assert begin(world, item, "x" * (LARGEST + 1)) == []
    assert rows(world) == 0


def test_an_old_one_goes_with_the_next(world: World) -> None:
    world.open(world.shas[:2])
    item, other = world.lease(n=2)
    begun = Draft(round_id=item.round_id, sha256=item.sha256, value=ClassLabel(label="dog"))
    long_ago = now() - OLD - timedelta(hours=1)
    world.store.drafts.keep(world.project.id, world.person().id, [begun], long_ago)
    begin(world, other)
    assert rows(world) == 1


def test_it_follows_the_names_of_the_classes(world: World) -> None:
    world.open(world.shas[:1])
    [item] = world.lease()
    begin(world, item)
    world.change(
        [
            ClassDraft(name="cat"),
            ClassDraft(name="hound", was=("dog",)),
            ClassDraft(name="cow"),
        ]
    )
    assert begun(world, item.sha256) == "hound"


def test_one_from_before_labels_were_begun_anew_is_left(world: World) -> None:
    value = from_value(ClassLabel(label="dog"))
    row: Any = SimpleNamespace(begun_value=value, begun_under=1, begun_at=now())
    assert begun_in(world.project, row) is not None
    anew = world.project.model_copy(update={"classes_version": 2, "counts_since": 2})
    assert begun_in(anew, row) is None


def test_it_costs_no_statement_where_there_is_none(world: World) -> None:
    opened = world.open(world.shas)
    item, other = world.lease(n=2)
    with statements(world.store) as plain:
        world.answer(opened.id, item.sha256)
    begin(world, other)
    with statements(world.store) as ending:
        world.answer(opened.id, other.sha256)
    assert len(ending) == len(plain) + 1
    assert rows(world) == 0


def test_it_goes_with_an_erased_image_and_with_the_project(world: World) -> None:
    world.open(world.shas[:3])
    for item in world.lease(n=3):
        begin(world, item)
    world.store.erasures.erase(world.project.id, world.shas[0], by="eva", reason="a face")
    assert rows(world) == 2
    assert begin(world, item_like(world, world.shas[0])) == []
    world.store.removals.remove(world.project.id, "eva")
    world.store.removals.forget(world.project.id)
    assert rows(world) == 0


def item_like(world: World, sha: str) -> Any:
    """Return something with the round of another image, as a page that is late has it."""
    item = world.lease()[0]
    return item.model_copy(update={"sha256": sha})
