"""Pinned examples and flags, on both stores."""

from typing import Any

import pytest

from models.label import ClassLabel
from models.person import Role
from tenfold.errors import ConflictError


def test_examples_come_right_ones_first_and_the_newest_word_counts(world: Any) -> None:
    one, two = world.shas[:2]
    project, reviewer = world.project.id, world.person("eve", Role.REVIEWER).id
    pins = world.store.examples
    pins.pin(reviewer, project, one, good=True, note="typical")
    pins.pin(reviewer, project, two, good=True, note="a drawing")
    pins.pin(reviewer, project, one, good=False, note="too dark")
    found = [(each.sha256, each.good, each.note, each.person) for each in pins.pinned(project)]
    assert found == [(two, True, "a drawing", "eve"), (one, False, "too dark", "eve")]
    pins.unpin(project, two)
    assert [each.sha256 for each in pins.pinned(project)] == [one]


def test_an_example_of_an_open_audit_would_tell(world: Any) -> None:
    model = world.model(shas=world.shas)
    world.audit(model, 2)
    held = world.lease("ann", 1)[0].sha256
    with pytest.raises(ConflictError, match="blind"):
        world.store.examples.pin(world.person("eve").id, world.project.id, held, good=True, note="")


def test_flags_are_listed_until_somebody_corrects_the_image(world: Any) -> None:
    opened = world.open(world.shas[:3])
    first, second, third = world.lease("ann", 3)
    world.answer(opened.id, first.sha256, "cat", "ann", comment="is it?")
    world.answer(opened.id, second.sha256, "dog", "ann")
    taken = world.answer(opened.id, third.sha256, "dog", "ann", comment="oops")
    world.store.labeling.undo(world.person("ann").id, taken.id)
    project = world.project.id
    [flag] = world.store.examples.flags(project)
    assert (flag.sha256, flag.comment, flag.person) == (first.sha256, "is it?", "ann")
    assert flag.value == ClassLabel(label="cat")
    eve = world.person("eve", Role.REVIEWER)
    world.store.labeling.correct(eve.id, project, first.sha256, ClassLabel(label="dog"))
    assert world.store.examples.flags(project) == []
