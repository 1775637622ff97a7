"""Projects are renamed and removed; what is others' stays."""

from typing import Any

import pytest
from sqlalchemy import func, select

from models.project import ProjectState
from models.round import ApprovedVia, RoundKind
from tenfold.blobs.local import LocalBlobStore
from tenfold.errors import ConflictError, NotFoundError, SettingsError, StaleClaimError
from tenfold.removal import finish_removals
from tenfold.store import faults
from tenfold.store.removals import belongs_to
from tenfold.store.tables import metadata, projects
from tests.contract.labels.conftest import new_world


def test_a_renamed_project_is_found_by_both_names_until_another_takes_the_old_one(
    world: Any,
) -> None:
    renamed = world.store.projects.rename("animals", "beasts")
    assert (renamed.id, renamed.name) == (world.project.id, "beasts")
    assert world.store.projects.get("animals") == world.store.projects.get("beasts") == renamed
    other = world.store.projects.create(world.settings("animals"))
    assert world.store.projects.get("animals").id == other.id
    assert world.store.projects.get("beasts").id == world.project.id


def test_a_project_may_get_its_old_name_back(world: Any) -> None:
    world.store.projects.rename("animals", "beasts")
    assert world.store.projects.rename("beasts", "animals").name == "animals"
    assert world.store.projects.get("beasts").name == "animals"


@pytest.mark.parametrize(("to", "error"), [("zoo", ConflictError), ("No Name!", SettingsError)])
def test_a_name_that_cannot_be_is_refused(world: Any, to: str, error: type[Exception]) -> None:
    world.store.projects.create(world.settings("zoo"))
    with pytest.raises(error):
        world.store.projects.rename("animals", to)
    assert world.store.projects.get("animals") == world.project


def test_a_run_finds_its_project_by_another_name(world: Any) -> None:
    world.store.projects.rename("animals", "beasts")
    assert world.store.projects.of_run("run-1").name == "beasts"
    assert world.store.projects.of_run("nobody") is None


@pytest.fixture
def worked(world: Any) -> Any:
    """A world in which rows of nearly all kinds are."""
    opened = world.open(world.shas[:4])
    first = world.answer(opened.id, world.shas[0], "cat")
    world.store.labeling.undo(world.person("ann").id, first.id)
    world.answer_all(opened.id, "dog")
    world.store.rounds.approve(opened.id, "rev", ApprovedVia.PAGE)
    model = world.model()
    world.open(world.shas[4:6], kind=RoundKind.MANUAL)
    world.lease("bob", 1)
    asked = world.audit(model, 3)
    world.answer_all(asked.id, "cat", "eve")
    world.store.rounds.approve(asked.id, "rev", ApprovedVia.PAGE)
    world.store.certificates.accept(
        world.claim, world.certificate(model, asked.id), world.shas[10:12]
    )
    world.store.examples.pin(
        world.person("ann").id, world.project.id, world.shas[0], good=True, note=""
    )
    world.store.cycles.begin_step(world.claim, "embed", "embed")
    world.classes("cat", "dog", "cow", "hen", afterwards="go on")
    world.store.projects.rename("animals", "beasts")
    world.store.projects.rename("beasts", "animals")
    return world


def rows_of(world: Any, project_id: str) -> dict[str, int]:
    found = {}
    with world.store.database.read() as connection:
        for table in metadata.sorted_tables:
            mine = belongs_to(table, project_id)
            if mine is not None:
                query = select(func.count()).select_from(table).where(mine)
                found[table.name] = connection.execute(query).scalar_one()
    return {name: n for name, n in found.items() if n}


def test_what_goes_is_said_before(worked: Any) -> None:
    effect = worked.store.removals.effect(worked.project.id)
    assert (effect.images, effect.models, effect.certificates) == (20, 1, 1)
    assert effect.answers == 8
    assert "20 images" in effect.sentence


def test_the_name_is_free_at_once_and_nothing_is_handed_out(worked: Any) -> None:
    removed = worked.store.removals.remove(worked.project.id, "eva")
    assert (removed.name, removed.by) == ("animals", "eva")
    assert worked.store.projects.list(include_archived=True) == []
    with pytest.raises(NotFoundError):
        worked.store.projects.get("animals")
    assert worked.store.removals.was_removed("animals")
    fresh = worked.store.projects.create(worked.settings("animals"))
    assert worked.store.projects.get("animals").id == fresh.id
    assert not worked.store.removals.was_removed("animals")
    assert worked.lease("bob", 5) == []
    with pytest.raises(StaleClaimError):
        worked.store.cycles.check(worked.claim)


def test_a_project_is_removed_once(worked: Any) -> None:
    worked.store.removals.remove(worked.project.id, "eva")
    with pytest.raises(ConflictError):
        worked.store.removals.remove(worked.project.id, "eva")


@pytest.fixture
def blobs(tmp_path: Any) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def test_nothing_of_it_is_left_and_others_are_untouched(worked: Any, blobs: LocalBlobStore) -> None:
    other = worked.store.projects.create(worked.settings("zoo"))
    theirs = worked.store.cycles.claim(worked.store.cycles.ensure(other.id).id, "run-z")
    own, shared = worked.image(0), worked.image(1)
    worked.store.images.add(theirs, [shared], {}, [])
    for each in (own, shared):
        blobs.put(each.blob, b"picture")
        blobs.put(f"views/thumb/{each.sha256[:2]}/{each.sha256}.jpg", b"small")
    blobs.put(f"projects/{worked.project.id}/plan.json", b"{}")
    blobs.put(f"projects/{other.id}/plan.json", b"{}")
    before = rows_of(worked, other.id)
    assert len(rows_of(worked, worked.project.id)) > 15
    worked.store.removals.remove(worked.project.id, "eva")
    assert finish_removals(worked.store, blobs) == 1
    assert rows_of(worked, worked.project.id) == {}
    assert rows_of(worked, other.id) == before
    left = {blob.name for blob in blobs.list()}
    assert left == {
        shared.blob,
        f"views/thumb/{shared.sha256[:2]}/{shared.sha256}.jpg",
        f"projects/{other.id}/plan.json",
    }
    [note] = worked.store.removals.notes()
    assert note.cleaned_at is not None
    assert note.what.images == 20
    assert {person.name for person in worked.store.people.list()} >= {"ann", "bob", "eve"}
    with worked.store.database.read() as connection:
        assert connection.scalars(select(projects.c.name)).all() == ["zoo"]


def test_a_removal_that_was_killed_goes_on(worked: Any, blobs: LocalBlobStore) -> None:
    worked.store.removals.remove(worked.project.id, "eva")
    kills = iter([False, False, False, True])

    def kill(_: int) -> None:
        if next(kills, False):
            raise KeyboardInterrupt

    with faults.listening("before", kill), pytest.raises(KeyboardInterrupt):
        finish_removals(worked.store, blobs)
    assert worked.store.removals.notes(unfinished=True)
    finish_removals(worked.store, blobs)
    assert rows_of(worked, worked.project.id) == {}
    assert worked.store.removals.notes(unfinished=True) == []


def test_two_projects_of_one_name_after_another_are_told_apart(
    world: Any, blobs: LocalBlobStore
) -> None:
    world.store.removals.remove(world.project.id, "eva")
    again = new_world(world.store)
    world.store.removals.remove(again.project.id, "eva")
    third = new_world(world.store)
    assert finish_removals(world.store, blobs) == 2
    assert world.store.projects.list() == [third.project]
    assert third.project.state is ProjectState.ACTIVE
    assert len(world.store.images.page(third.project.id)) == 20
