"""Whatever people and pipeline do in whatever order, the kept counts are those of the rows."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from models.annotation import SkipReason
from models.label import ClassLabel
from models.person import Role
from models.round import ApprovedVia, ItemState, RoundKind, RoundState
from tenfold.errors import TenfoldError
from tenfold.store.tables import items, rounds
from tests.contract.labels.walks import LADDER, Walker

WORDS = ("cat", "dog", "cow", SkipReason.UNSURE, SkipReason.UNREADABLE)
PEOPLE = ("ann", "bob", "cid", "rev")


class Steps:
    """Random steps on one project; each may be refused, none may break what must hold."""

    def __init__(self, world: Any, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.certify = self.commit if seed % 2 else self.audit
        if seed % 2:
            world.project = world.store.projects.update(world.project.name, error=0.5)
        self.given: list[Any] = []
        self.models = 0
        world.person("rev", Role.REVIEWER)
        world.shas += world.add(*(f"more-{i}" for i in range(60)))

    def some(self, most: int = 6) -> list[str]:
        return self.random.sample(self.world.shas, self.random.randint(1, most))

    def take_and_answer(self) -> None:
        name = self.random.choice(PEOPLE)
        for item in self.world.lease(name, self.random.randint(1, 4)):
            if self.random.random() < 0.8:
                word = self.random.choice(WORDS)
                self.given.append(self.world.answer(item.round_id, item.sha256, word, name))

    def answer_anything(self) -> None:
        found = self.world.store.rounds.list(self.world.claim.cycle_id)
        if found:
            name, opened = self.random.choice(PEOPLE), self.random.choice(found)
            word = self.random.choice(WORDS)
            sha = self.random.choice(self.world.shas)
            self.given.append(self.world.answer(opened.id, sha, word, name))

    def undo(self) -> None:
        if self.given:
            one = self.random.choice(self.given)
            self.world.store.labeling.undo(one.person_id, one.id)

    def open(self) -> None:
        if self.world.store.rounds.current(self.world.claim.cycle_id) is None:
            kind = RoundKind.REVIEW if self.models and self.random.random() < 0.5 else None
            model = f"{self.world.project.id}-m{self.models}"
            self.world.open(
                self.some(),
                kind=kind or RoundKind.MANUAL,
                model_version=model if kind else None,
                overlap=self.random.choice((1, 1, 2, 3)),
                needs_approval=self.random.random() < 0.5,
                backlog=self.some() if self.random.random() < 0.5 else None,
            )

    def audit(self) -> None:
        free = self.world.store.rounds.current(self.world.claim.cycle_id) is None
        if self.models and free:
            model = f"{self.world.project.id}-m{self.models}"
            self.world.audit(model, 3, overlap=self.random.choice((1, 2)))

    def commit(self) -> None:
        """Open the cycle's walk, if there is none, and commit some labels."""
        walk = self.world.store.walks.open(self.world.claim, LADDER)
        rows = [(sha, ClassLabel(label="cat"), "m1") for sha in self.some()]
        self.world.store.walks.commit(self.world.claim, walk.id, rows, f"k{self.random.random()}")

    def go_on(self) -> None:
        """Ask for what became due, or deliver."""
        walks, claim = self.world.store.walks, self.world.claim
        walk = walks.of(claim.cycle_id)
        if walk is not None and walks.follow_up(claim, walk.id, f"k{self.random.random()}") is None:
            Walker(self.world).deliver(walk)

    def close(self) -> None:
        opened = self.world.store.rounds.current(self.world.claim.cycle_id)
        if opened is not None:
            self.world.store.rounds.settle(opened.id)
            rest = self.random.choice(("refuse", "return"))
            self.world.store.rounds.approve(
                opened.id, "rev", ApprovedVia.PAGE, rest=rest, next_backlog=self.some()
            )

    def model(self) -> None:
        self.models += 1
        self.world.model(self.models, self.random.choice(("cat", "dog")), self.some(60))

    def accept(self) -> None:
        if self.models:
            model = f"{self.world.project.id}-m{self.models}"
            name = f"c{self.random.random()}"
            certificate = self.world.certificate(model, "r", name)
            self.world.store.certificates.accept(self.world.claim, certificate, self.some())

    def correct(self) -> None:
        word = self.random.choice((ClassLabel(label="cat"), SkipReason.NOT_RELEVANT))
        person = self.world.person(self.random.choice(PEOPLE))
        sha = self.random.choice(self.world.shas)
        self.world.store.labeling.correct(person.id, self.world.project.id, sha, word)

    def lose_and_find(self) -> None:
        path = f"{self.random.randrange(20)}.png"
        if self.random.random() < 0.5:
            self.world.store.images.mark_gone(self.world.claim, [path])
        else:
            self.world.add(int(path.removesuffix(".png")))
        self.world.store.datasets.next_version(self.world.claim)

    def bring_labels(self) -> None:
        labels = [(sha, ClassLabel(label="cow")) for sha in self.some(3)]
        self.world.store.imports.from_source(self.world.claim, labels)

    def step(self) -> None:
        steps: dict[Callable[[], None], int] = {
            self.take_and_answer: 10,
            self.answer_anything: 4,
            self.undo: 3,
            self.open: 4,
            self.certify: 2,
            self.go_on: 2,
            self.close: 4,
            self.model: 1,
            self.accept: 1,
            self.correct: 2,
            self.lose_and_find: 2,
            self.bring_labels: 1,
        }
        chosen = self.random.choices(list(steps), list(steps.values()))[0]
        with suppress(TenfoldError):
            chosen()


def _check_rounds(world: Any) -> None:
    with world.store.database.read() as connection:
        for opened in connection.execute(select(rounds)).all():
            rows = connection.execute(select(items).where(items.c.round_id == opened.id)).all()
            states = [row.state for row in rows]
            assert opened.answered == states.count(ItemState.ANSWERED)
            assert opened.size == len(rows) - states.count(ItemState.RETURNED)
            done = opened.answered == opened.size
            assert opened.state != RoundState.ANSWERED or done
            assert opened.state != RoundState.OPEN or not done
            assert all((row.annotation_id is None) == (row.state != "answered") for row in rows)
            if opened.kind == RoundKind.AUDIT and opened.state == RoundState.CLOSED:
                assert done


def _check_labels(world: Any) -> None:
    for view in world.store.images.page(world.project.id, limit=100):
        history = world.store.labeling.history(world.project.id, view.image.sha256)
        counting = [one for one in history if not one.undone]
        if view.value is not None:
            assert any(one.value == view.value for one in counting)
        if view.state == "unlabeled":
            assert not counting


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_steps_keeps_counts_rounds_and_labels_in_line(world: Any, seed: int) -> None:
    walk = Steps(world, seed)
    for taken in range(300):
        if taken >= 50 and len(walk.given) >= 15:
            break
        walk.step()
        assert world.tallies() == world.recount()
    _check_rounds(world)
    _check_labels(world)
    assert len(walk.given) >= 15
    total = sum(one.answers for one in world.store.progress.labelers(world.project.id))
    undone = {
        one.id
        for sha in world.shas
        for one in world.store.labeling.history(world.project.id, sha)
        if one.undone
    }
    assert total == len({one.id for one in walk.given} - undone)
