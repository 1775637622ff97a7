"""Renaming and removing a project over HTTP."""

import pytest

from .client import Client
from .conftest import Desk
from .test_labeling_api import answer, lease


def test_a_page_that_was_opened_before_a_rename_goes_on(
    desk: Desk, labeler: Client, admin: Client
) -> None:
    desk.open()
    item = lease(labeler)["items"][0]
    assert admin.post("/api/projects/pets/rename", json={"to": "animals"}).status_code == 200
    sent = labeler.post("/api/projects/pets/answers", json=answer(item))
    assert sent.status_code == 201
    assert labeler.get(item["urls"]["thumb"]).status_code == 200
    assert admin.get("/projects/animals/settings").status_code == 200
    assert [p["name"] for p in admin.get("/api/projects").json()] == ["animals"]


def test_a_name_that_is_taken_or_wrong_is_refused(admin: Client, desk: Desk) -> None:
    new = {"name": "zoo", "task": "boxes", "source": "/x", "classes": [{"name": "a"}]}
    admin.post("/api/projects", json=new)
    assert admin.post("/api/projects/pets/rename", json={"to": "zoo"}).status_code == 409
    assert admin.post("/api/projects/pets/rename", json={"to": "No!"}).status_code == 422


def test_the_settings_say_what_goes_and_what_stays(desk: Desk, admin: Client) -> None:
    desk.open()
    text = admin.get("/projects/pets/settings").text
    assert "What goes: 6 images, 1 round, and all" in text
    assert "The source of the images stays" in text


def test_a_project_goes_with_its_pictures_once_its_name_is_typed(
    desk: Desk, admin: Client, woken: list[str]
) -> None:
    desk.open()
    thumb = f"/api/projects/pets/images/{desk.shas[0]}/thumb"
    assert admin.get(thumb).status_code == 200
    wrong = admin.post("/api/projects/pets/remove", json={"name": "pet"})
    assert wrong.status_code == 422
    assert "Nothing was removed" in wrong.json()["error"]
    removed = admin.post("/api/projects/pets/remove", json={"name": "pets"})
    assert removed.status_code == 200
    assert admin.get("/projects/pets").status_code == 404
    assert admin.get("/api/projects").json() == []
    assert list(desk.blobs.list()) == []
    [note] = desk.store.removals.notes()
    assert (note.by, note.cleaned_at is not None) == ("admin", True)
    assert woken == ["not run-0"]
    again = {"name": "pets", "task": "boxes", "source": "/x", "classes": [{"name": "a"}]}
    assert admin.post("/api/projects", json=again).status_code == 201


@pytest.mark.parametrize("what", ["rename", "remove"])
def test_only_admins_rename_and_remove(reviewer: Client, what: str) -> None:
    sent = {"to": "x"} if what == "rename" else {"name": "pets"}
    assert reviewer.post(f"/api/projects/pets/{what}", json=sent).status_code == 403
    assert "Remove for good" not in reviewer.get("/projects/pets/settings").text
