"""N: only labels that this cycle measures or people of the project gave count in a certificate."""

from typing import Any

import pytest

from models.label import ClassLabel
from tenfold.learning.walk import coins
from tenfold.learning.walk.ladder import Ladder
from tests.contract.labels.walks import SEED, Walker


@pytest.fixture
def walker(world: Any, monkeypatch: pytest.MonkeyPatch) -> Walker:
    """A walk whose coins are the same in every run."""
    monkeypatch.setattr(coins, "seal", lambda: SEED)
    return Walker(world)


def bring(world: Any, shas: list[str]) -> None:
    importer = world.person("imported").id
    labels = {sha: ClassLabel(label="cow") for sha in shas}
    assert world.store.imports.labels(world.project.id, labels, importer).new == len(shas)


SURE = Ladder((1.0,))
"""Everything is looked at, which keeps any promise."""


def test_imported_labels_are_not_counted_in_a_walk(world: Any, walker: Walker) -> None:
    bring(world, world.shas[:15])
    walk = world.store.walks.open(world.claim, SURE)
    assert (walk.images, walk.wrong_allowed) == (5, 2)
    assert world.store.walks.state(walk.id).left == 5
    assert world.store.images.uncounted(world.claim) == (15, 0)


def test_a_label_imported_during_a_walk_makes_the_share_larger(world: Any, walker: Walker) -> None:
    walk = walker.open()
    walker.answer_through(walk, walker.commit(walk, world.shas[:12]))
    bring(world, world.shas[12:])
    account = world.store.walks.account(walk.id)
    assert (account.inputs.images, account.inputs.wrong_allowed, account.images) == (20, 10, 12)


def test_imported_labels_are_not_counted_in_a_look(world: Any) -> None:
    bring(world, world.shas[:15])
    opened = world.audit(world.model(shas=world.shas[15:]), 3, pool=world.shas[15:])
    assert world.store.rounds.params(opened.id)["images"] == 5


def test_a_persons_word_on_an_imported_label_counts(world: Any) -> None:
    bring(world, world.shas[:15])
    opened = world.open(world.shas[:1])
    world.answer(opened.id, world.shas[0], "dog")
    assert world.store.images.deliverable(world.claim) == 6


def come_back(world: Any, shas: list[str]) -> None:
    """Let images leave the source for a dataset version, and come back in the next cycle."""
    paths = {sha: world.store.images.get(world.project.id, sha).paths[0] for sha in shas}
    world.store.images.mark_gone(world.claim, list(paths.values()))
    world.store.datasets.next_version(world.claim)
    world.store.cycles.complete(world.claim)
    world.claim = world.store.cycles.claim(world.store.cycles.ensure(world.project.id).id, "run-2")
    world.add(*[int(path.split(".")[0]) for path in paths.values()])
    world.add("new", "newer")
    world.store.datasets.next_version(world.claim)


def test_a_machines_label_counts_once_though_its_image_left_and_came_back(
    world: Any, walker: Walker
) -> None:
    walk = walker.open()
    walker.answer_through(walk, walker.commit(walk, world.shas))
    walker.deliver(walk)
    spared = [sha for sha in world.shas if world.final(sha)[1] == "accepted"]
    looked = [sha for sha in world.shas if sha not in spared]
    assert len(spared) > 2
    come_back(world, [*spared[:2], looked[0]])
    # Two new ones, and the one that a person had labeled.
    assert world.store.images.deliverable(world.claim) == 3
    assert world.store.images.uncounted(world.claim) == (0, 2)
    again = world.store.walks.open(world.claim, SURE)
    assert (again.images, world.store.walks.state(again.id).left) == (3, 2)


def test_a_label_accepted_in_this_cycle_counts_though_its_image_had_left_before(
    world: Any,
) -> None:
    come_back(world, world.shas[:2])
    model = world.model()
    before = world.store.images.deliverable(world.claim)
    world.store.certificates.accept(world.claim, world.certificate(model, "r"), world.shas[:2])
    assert world.final(world.shas[0])[1] == "accepted"
    assert world.store.images.deliverable(world.claim) == before == 4
