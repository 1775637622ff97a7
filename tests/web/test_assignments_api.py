"""Meaning images for somebody, over HTTP."""

from models.person import Role

from .client import Client
from .conftest import Desk, SignIn
from .test_labeling_api import lease

ADDRESS = "/api/projects/pets/assignments"


def test_a_share_comes_to_its_person_and_to_nobody_else(
    desk: Desk, reviewer: Client, sign_in: SignIn
) -> None:
    desk.open()
    ann, bob = sign_in(Role.LABELER, "ann"), sign_in(Role.LABELER, "bob")
    wanted = {
        "person_id": desk.store.people.by_name("ann").id,
        "shas": desk.shas[4:6],
        "assigning": "only",
    }
    made = reviewer.post(ADDRESS, json=wanted)
    assert (made.status_code, made.json()) == (201, {"images": 2})
    assert len(lease(bob, 6)["items"]) == 4
    held = {item["sha256"] for item in lease(ann, 6)["items"]}
    assert held == set(desk.shas[4:6])
    [share] = reviewer.get(ADDRESS).json()
    assert (share["person"], share["images"]) == ("ann", 2)
    text = reviewer.get("/projects/pets/settings").text
    assert "0 of 2 images answered" in text


def test_all_that_a_filter_finds_comes_to_somebody(
    desk: Desk, reviewer: Client, sign_in: SignIn
) -> None:
    desk.open(shas=desk.shas[:4])
    sign_in(Role.LABELER, "ann")
    wanted = {"person_id": desk.store.people.by_name("ann").id}
    assert reviewer.post(f"{ADDRESS}/all?state=skipped", json=wanted).json() == {"images": 0}
    assert reviewer.post(f"{ADDRESS}/all?path=photos", json=wanted).json() == {"images": 4}
    [share] = reviewer.get(ADDRESS).json()
    assert (share["person"], share["images"]) == ("ann", 4)


def test_what_was_meant_for_somebody_is_released(
    desk: Desk, reviewer: Client, sign_in: SignIn
) -> None:
    desk.open()
    bob = sign_in(Role.LABELER, "bob")
    ann = desk.store.people.ensure("ann", Role.LABELER).id
    reviewer.post(ADDRESS, json={"person_id": ann, "count": 6, "assigning": "only"})
    assert lease(bob, 6)["items"] == []
    assert reviewer.delete(f"{ADDRESS}/{ann}").json() == {"images": 6}
    assert len(lease(bob, 6)["items"]) == 6
    assert reviewer.delete(f"{ADDRESS}/{ann}").status_code == 404


def test_it_is_said_what_is_missing(desk: Desk, reviewer: Client, labeler: Client) -> None:
    person = desk.store.people.list()[0].id
    assert reviewer.post(ADDRESS, json={"person_id": person, "count": 1}).status_code == 409
    assert reviewer.post(ADDRESS, json={"person_id": person}).status_code == 422
    assert reviewer.get(ADDRESS).json() == []
    assert labeler.post(ADDRESS, json={"person_id": person, "count": 1}).status_code == 403
