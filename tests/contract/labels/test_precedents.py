"""What a proposal leans on is shown where the proposal may be, and costs a few hashes an image."""

from typing import Any

import pytest

from models.label import ClassLabel
from models.precedent import pack
from models.prelabel import Prelabel
from models.project import FinishMode
from models.round import ApprovedVia
from tenfold.blobs.local import LocalBlobStore
from tenfold.erasing import erase_image


def near(world: Any, *numbers: int) -> list[tuple[str, float]]:
    return [(world.shas[number][:16], 0.9 - number / 100) for number in numbers]


@pytest.fixture
def asked(world: Any) -> str:
    """An image whose proposal leans on two cats, tagged by people, and on a dog."""
    world.store.projects.update("animals", finish=FinishMode.REVIEW)
    opened = world.open(world.shas[:4])
    for number, word in ((0, "cat"), (1, "cat"), (2, "dog"), (3, "cat")):
        world.answer(opened.id, world.shas[number], word)
    world.store.rounds.approve(opened.id, "eva", ApprovedVia.PAGE)
    model = world.model()
    sha: str = world.shas[9]
    line = pack(near(world, 0, 1), near(world, 2))
    value = ClassLabel(label="cat")
    proposed = Prelabel(sha256=sha, value=value, confidence=0.9, precedents=line)
    world.store.models.add_prelabels(world.claim, model, [proposed])
    return sha


def shown(world: Any, sha: str) -> list[tuple[str, str, float, bool]]:
    found = world.store.precedents.of(world.project.id, sha)
    return [
        (each.view.image.sha256, each.view.value.label, each.likeness, each.same) for each in found
    ]


def test_they_are_shown_with_the_labels_that_they_have_now(world: Any, asked: str) -> None:
    assert shown(world, asked) == [
        (world.shas[0], "cat", 0.9, True),
        (world.shas[1], "cat", 0.89, True),
        (world.shas[2], "dog", 0.88, False),
    ]
    eva = world.person("eva").id
    world.store.labeling.correct(eva, world.project.id, world.shas[1], ClassLabel(label="dog"))
    assert shown(world, asked)[1] == (world.shas[1], "dog", 0.89, True)


def test_where_no_word_of_a_model_is_shown_there_are_none(world: Any, asked: str) -> None:
    assert world.store.precedents.of(world.project.id, world.shas[10]) == []
    assert world.store.precedents.of(world.project.id, "0" * 64) == []
    audit = world.store.rounds.open_audit(
        world.claim, f"{world.project.id}-m1", 1, key="audit", seed=1, pool=[asked]
    )
    assert world.store.precedents.of(world.project.id, asked) == []
    world.answer(audit.id, asked, "cat")
    world.store.rounds.approve(audit.id, "eva", ApprovedVia.PAGE)
    assert len(shown(world, asked)) == 3


def test_what_is_gone_or_erased_is_left_out(world: Any, asked: str, tmp_path: Any) -> None:
    erase_image(
        world.store,
        LocalBlobStore(tmp_path / "blobs"),
        world.project.id,
        world.shas[0],
        by="eva",
        reason="a face",
    )
    gone = world.store.images.get(world.project.id, world.shas[1])
    world.store.images.mark_gone(world.claim, gone.paths)
    assert [one[0] for one in shown(world, asked)] == [world.shas[2]]


def test_the_same_proposals_taken_in_again_keep_them(world: Any, asked: str) -> None:
    before = list(world.store.models.prelabels(f"{world.project.id}-m1"))
    assert sum(bool(each.precedents) for each in before) == 1
    world.store.models.add_prelabels(world.claim, f"{world.project.id}-m1", before)
    assert list(world.store.models.prelabels(f"{world.project.id}-m1")) == before
    assert len(shown(world, asked)) == 3
