"""Changing classes over HTTP while label pages are open."""

from models.round import RoundKind, RoundState

from .client import Client
from .conftest import Desk
from .test_labeling_api import answer, answer_all, lease

ADDRESS = "/api/projects/pets/classes"


def wanted(*names: str, **more: object) -> dict[str, object]:
    return {"classes": [{"name": name} for name in names], **more}


RENAMED = {
    "classes": [{"name": "tiger", "was": ["cat"]}, {"name": "dog"}, {"name": "bird"}],
    "version": 1,
}


def test_each_reply_says_which_list_is_in_force(desk: Desk, labeler: Client, admin: Client) -> None:
    desk.open()
    first, second = lease(labeler, 2)["items"]
    sent = answer(first, classes_version=1)
    [before] = labeler.post("/api/projects/pets/answers/batch", json=[sent]).json()
    assert admin.post(ADDRESS, json=RENAMED).status_code == 200
    sent = answer(second, classes_version=1)
    [after] = labeler.post("/api/projects/pets/answers/batch", json=[sent]).json()
    assert (before["classes_version"], after["classes_version"]) == (1, 2)
    assert after["annotation"]["value"]["label"] == "tiger"
    known = labeler.get(ADDRESS).json()
    assert known["version"] == 2
    assert known["former_classes"] == {"cat": "tiger"}


def test_nothing_changes_before_it_is_said_what_it_ends(
    desk: Desk, admin: Client, woken: list[str]
) -> None:
    asked = desk.audit(3)
    more = wanted("cat", "dog", "bird", "fish")
    effect = admin.post(f"{ADDRESS}/effect", json=more).json()
    assert effect["added"] == ["fish"]
    assert "0 of 3 answers" in effect["ends"][0]
    assert set(effect["choices"]) == {"go on"}  # no image has a label yet
    refused = admin.post(ADDRESS, json=more)
    assert refused.status_code == 409
    assert "start over" in refused.json()["error"]
    made = admin.post(ADDRESS, json={**more, "afterwards": "start over"})
    assert made.json()["restarted"]
    assert desk.store.rounds.get(asked.id).state is RoundState.CLOSED
    assert woken == ["not run-0", "pets"]


def test_a_rename_wakes_and_ends_nothing(desk: Desk, admin: Client, woken: list[str]) -> None:
    asked = desk.audit(3)
    assert not admin.post(ADDRESS, json=RENAMED).json()["restarted"]
    assert desk.store.rounds.get(asked.id).state is RoundState.OPEN
    assert woken == []


def test_labels_kept_as_proposals_are_handed_out_as_such(
    desk: Desk, labeler: Client, admin: Client
) -> None:
    desk.open()
    answer_all(labeler, "dog")
    more = wanted("cat", "dog", "bird", "fish", afterwards="keep as proposals")
    assert admin.post(ADDRESS, json=more).status_code == 200
    held = lease(labeler, 10)
    assert held["round"]["kind"] == RoundKind.REVIEW
    assert {item["prelabel"]["label"] for item in held["items"]} == {"dog"}


def test_only_admins_change_classes(labeler: Client, reviewer: Client) -> None:
    for client in (labeler, reviewer):
        assert client.post(ADDRESS, json=RENAMED).status_code == 403
        assert client.post(f"{ADDRESS}/effect", json=RENAMED).status_code == 403


def test_a_list_made_from_an_older_one_is_refused(admin: Client) -> None:
    assert admin.post(ADDRESS, json=RENAMED).status_code == 200
    again = admin.post(ADDRESS, json=RENAMED)
    assert again.status_code == 409
    assert "meanwhile" in again.json()["error"]
