"""Erasing an image over HTTP, and what its page shows then."""

import httpx

from tenfold.blobs import names

from .client import Client
from .conftest import Desk
from .test_labeling_api import answer, lease


def erase(client: Client, desk: Desk, number: int = 0) -> httpx.Response:
    address = f"/api/projects/pets/images/{desk.shas[number]}/erase"
    return client.post(address, json={"reason": "somebody's face"})


def test_the_picture_is_gone_at_once_and_its_page_says_who_erased_it(
    desk: Desk, admin: Client
) -> None:
    sha = desk.shas[0]
    assert admin.get(f"/api/projects/pets/images/{sha}/screen").status_code == 200
    assert "This image must go" in admin.get(f"/projects/pets/data/{sha}").text
    made = erase(admin, desk)
    assert made.status_code == 200
    assert (made.json()["by"], made.json()["other_projects"]) == ("admin", 0)
    for size in ("thumb", "screen", "original"):
        gone = admin.get(f"/api/projects/pets/images/{sha}/{size}")
        assert gone.status_code == 404
        assert "erased" in gone.json()["error"]
    assert not desk.blobs.exists(names.image(sha, "image/jpeg"))
    assert not desk.blobs.exists(names.view(sha, "screen"))
    text = admin.get(f"/projects/pets/data/{sha}").text
    assert "This image was erased for good" in text
    assert "By admin" in text
    assert "somebody" in text
    assert "Nothing is left of it" in text
    assert sha[:12] in admin.get("/projects/pets/settings").text
    assert [note["sha256"] for note in admin.get("/api/projects/pets/erased").json()] == [sha]


def test_who_was_about_to_answer_it_is_told_and_goes_on(
    desk: Desk, admin: Client, labeler: Client
) -> None:
    desk.open()
    item = lease(labeler)["items"][0]
    erase(admin, desk, desk.shas.index(item["sha256"]))
    sent = labeler.post("/api/projects/pets/answers", json=answer(item))
    assert sent.status_code == 422
    held = lease(labeler, 10)
    assert len(held["items"]) == held["remaining"] == 5


def test_only_admins_erase(desk: Desk, reviewer: Client) -> None:
    assert erase(reviewer, desk).status_code == 403
    page = reviewer.get(f"/projects/pets/data/{desk.shas[0]}")
    assert page.status_code == 200
    assert "This image must go" not in page.text


def test_an_unknown_image_is_not_found(admin: Client) -> None:
    address = f"/api/projects/pets/images/{'0' * 64}/erase"
    assert admin.post(address, json={}).status_code == 404
