from typing import Any

import pytest

from models.label import label_value
from models.person import Role
from models.project import ProjectState
from tenfold.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    SettingsError,
    SignInError,
)
from tenfold.store import Store


def test_a_project_is_found_by_name_and_by_id(world: Any) -> None:
    found = world.store.projects.get("animals")
    assert found == world.store.projects.by_id(found.id) == world.project
    assert found.class_names == ("cat", "dog", "cow")


def test_a_taken_name_is_refused_and_the_first_project_stays(world: Any) -> None:
    with pytest.raises(ConflictError, match="animals"):
        world.store.projects.create(world.settings("animals", source="/elsewhere"))
    assert world.store.projects.get("animals").source == "/photos"


def test_a_wrong_name_gets_the_names_that_are_near(world: Any) -> None:
    with pytest.raises(NotFoundError, match="animals"):
        world.store.projects.get("animal")
    with pytest.raises(NotFoundError):
        world.store.projects.by_id("nothing")


def test_archived_projects_are_listed_only_when_asked_for(world: Any) -> None:
    world.store.projects.create(world.settings("zoo"))
    world.store.projects.set_state("zoo", ProjectState.ARCHIVED)
    assert [p.name for p in world.store.projects.list()] == ["animals"]
    assert [p.name for p in world.store.projects.list(include_archived=True)] == ["animals", "zoo"]


def test_a_change_of_classes_counts_the_version_up_and_another_change_does_not(world: Any) -> None:
    world.classes("cat", "dog", "hen")
    changed = world.store.projects.get("animals")
    assert (changed.classes_version, changed.class_names[-1]) == (2, "hen")
    again = world.store.projects.update("animals", instructions="Look twice.")
    assert (again.classes_version, again.instructions) == (2, "Look twice.")


def test_a_class_that_labels_use_is_not_taken_away(world: Any) -> None:
    world.open(world.shas[:1])
    item = world.lease()[0]
    world.answer(item.round_id, item.sha256, "dog")
    with pytest.raises(ConflictError, match=r"'dog'.*1 label"):
        world.classes("cat", "cow")
    world.store.labeling.correct(
        world.person("rev", Role.REVIEWER).id,
        world.project.id,
        item.sha256,
        label_value.validate_python({"kind": "class", "label": "cat"}),
    )
    world.classes("cat", "cow")


@pytest.mark.parametrize("change", [{"name": "b"}, {"task": "boxes"}, {"classes": []}])
def test_what_has_a_way_of_its_own_is_not_changed_as_a_setting(
    world: Any, change: dict[str, object]
) -> None:
    with pytest.raises(ConflictError, match=next(iter(change))):
        world.store.projects.update("animals", **change)


@pytest.mark.parametrize("change", [{"error": 2.0}, {"colour": "red"}])
def test_a_setting_that_cannot_be_is_refused_with_its_name(
    world: Any, change: dict[str, object]
) -> None:
    with pytest.raises(SettingsError, match=next(iter(change))):
        world.store.projects.update("animals", **change)
    assert world.store.projects.get("animals") == world.project


def test_a_person_signs_in_with_their_password_only(store: Store) -> None:
    ann = store.people.create("ann", Role.LABELER, "correct horse")
    assert store.people.sign_in("ann", "correct horse") == ann
    for name, password in (("ann", "wrong"), ("bob", "correct horse"), ("ann", "")):
        with pytest.raises(SignInError, match="Name or password"):
            store.people.sign_in(name, password)
    store.people.set_password(ann.id, "battery staple")
    assert store.people.sign_in("ann", "battery staple") == ann
    store.people.set_active(ann.id, active=False)
    with pytest.raises(SignInError):
        store.people.sign_in("ann", "battery staple")


def test_somebody_without_a_password_cannot_sign_in(store: Store) -> None:
    store.people.ensure("robot", Role.LABELER)
    with pytest.raises(SignInError):
        store.people.sign_in("robot", "")


def test_passwords_and_tokens_are_not_in_the_database(store: Store) -> None:
    ann = store.people.create("ann", Role.LABELER, "correct horse")
    _, secret = store.people.new_token(ann.id, "script")
    from sqlalchemy import text

    with store.database.read() as connection:
        rows = str(connection.execute(text("SELECT * FROM people")).all())
        rows += str(connection.execute(text("SELECT * FROM tokens")).all())
    assert "correct horse" not in rows
    assert secret not in rows


def test_ensure_returns_the_same_person_and_keeps_their_role(store: Store) -> None:
    first = store.people.ensure("ann", Role.ADMIN)
    assert store.people.ensure("ann", Role.LABELER) == first
    assert store.people.by_name("ann") == store.people.get(first.id) == first
    with pytest.raises(ConflictError):
        store.people.create("ann", Role.LABELER)
    with pytest.raises(NotFoundError):
        store.people.by_name("bob")
    with pytest.raises(NotFoundError):
        store.people.get(99)


def test_a_role_in_a_project_goes_before_the_own_one(world: Any) -> None:
    ann = world.person("ann")
    assert world.store.people.role_in(world.project.id, ann.id) is Role.LABELER
    world.store.people.set_role_in(world.project.id, ann.id, Role.REVIEWER)
    world.store.people.set_role_in(world.project.id, ann.id, Role.ADMIN)
    assert world.store.people.role_in(world.project.id, ann.id) is Role.ADMIN
    assert world.store.people.get(ann.id).role is Role.LABELER
    world.store.people.set_role_in(world.project.id, ann.id, None)
    assert world.store.people.role_in(world.project.id, ann.id) is Role.LABELER


def test_a_token_opens_until_it_is_revoked(store: Store) -> None:
    ann = store.people.ensure("ann", Role.LABELER)
    token, secret = store.people.new_token(ann.id, "script")
    other, _ = store.people.new_token(ann.id, "phone")
    assert store.people.by_token(secret) == ann
    assert [t.title for t in store.people.tokens(ann.id)] == ["script", "phone"]
    assert store.people.tokens(ann.id)[0].last_used_at is not None
    store.people.revoke_token(token.id)
    with pytest.raises(SignInError):
        store.people.by_token(secret)
    assert [t.id for t in store.people.tokens(ann.id)] == [other.id]


def test_a_person_who_was_made_inactive_neither_takes_nor_answers(world: Any) -> None:
    opened = world.open(world.shas[:2])
    world.store.people.set_active(world.person("ann").id, active=False)
    with pytest.raises(ForbiddenError):
        world.lease("ann")
    with pytest.raises(ForbiddenError):
        world.answer(opened.id, world.shas[0], "cat", "ann")
