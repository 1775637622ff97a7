"""A project's pulse is the same where nothing happened, and another after whatever pages show."""

from typing import Any

import pytest

from models.job import JobWait
from models.person import Role
from models.project import ProjectState
from models.round import ApprovedVia, RoundState
from tenfold.errors import NotFoundError


def test_every_change_that_a_page_shows_gives_another_pulse(world: Any) -> None:
    store, project = world.store, world.project
    pulses = [store.pulses.of(project.id)]

    def changed() -> None:
        pulses.append(store.pulses.of(project.id))
        assert pulses[-1] != pulses[-2]
        assert store.pulses.of(project.id) == pulses[-1], "and then none more"

    opened = world.open(world.shas[:2])
    changed()
    assert [(r.id, r.missing) for r in pulses[-1].rounds] == [(opened.id, 2)]
    world.answer_all(opened.id)
    changed()
    [asked] = pulses[-1].rounds
    assert (asked.state, asked.missing) == (RoundState.ANSWERED, 0)
    store.rounds.approve(opened.id, "eve", ApprovedVia.PAGE)
    changed()
    assert pulses[-1].rounds == ()
    assert [pulse.machine for pulse in pulses] == [True, False, False, True]
    store.cycles.begin_step(world.claim, "train", "train", 10)
    changed()
    store.cycles.note_wait(world.claim, "train", JobWait(why="No worker is there."))
    changed()
    store.cycles.note_wait(world.claim, "train", None)
    changed()
    store.cycles.progress(world.claim, "train", 4, 10)
    changed()
    eve = world.person("eve", Role.REVIEWER)
    dog = store.labeling.history(project.id, world.shas[0])[0].value.model_copy(
        update={"label": "dog"}
    )
    store.labeling.correct(eve.id, project.id, world.shas[0], dog)
    changed()
    store.projects.set_state(project.name, ProjectState.PAUSED)
    changed()
    assert pulses[-1].state is ProjectState.PAUSED
    assert not pulses[-1].machine


def test_a_lease_changes_nothing_that_a_page_shows(world: Any) -> None:
    world.open(world.shas[:2])
    before = world.store.pulses.of(world.project.id)
    world.lease("ann", 1)
    assert world.store.pulses.of(world.project.id) == before


def test_there_is_no_pulse_without_a_project(world: Any) -> None:
    with pytest.raises(NotFoundError):
        world.store.pulses.of("0" * 16)
