"""The review tab over HTTP: who may, and what comes of a verdict."""

import re
from typing import Any

import pytest

from models.person import Role

from .client import Client
from .conftest import Desk, SignIn
from .test_labeling_api import answer, lease

ADDRESS = "/api/projects/pets/reviews"


@pytest.fixture
def said(desk: Desk, sign_in: SignIn) -> list[Any]:
    desk.open()
    client = sign_in(Role.LABELER, "ann")
    words = ("cat", "dog", "bird")
    return [
        client.post("/api/projects/pets/answers", json=answer(item, word)).json()
        for item, word in zip(lease(client, 3)["items"], words, strict=True)
    ]


def queue(reviewer: Client, name: str) -> int:
    """Return a number of the dashboard's queue."""
    text = reviewer.get("/projects/pets").text
    found = re.search(rf'{name}(?:</a>)?</dt><dd class="num">(\d+)</dd>', text)
    assert found is not None
    return int(found[1])


def test_only_reviewers_look_and_say(said: list[Any], labeler: Client) -> None:
    one = said[0]["id"]
    assert labeler.get(ADDRESS).status_code == 403
    assert labeler.get("/projects/pets/review").status_code == 403
    assert labeler.post(f"{ADDRESS}/{one}/accept").status_code == 403
    assert labeler.post(f"{ADDRESS}/{one}/send-back", json={"comment": "x"}).status_code == 403
    assert labeler.post(f"{ADDRESS}/ask-all", json={}).status_code == 403


def test_a_verdict_takes_an_answer_from_the_list(said: list[Any], reviewer: Client) -> None:
    page = reviewer.get(ADDRESS, params={"limit": 2}).json()
    assert [one["annotation_id"] for one in page["items"]] == [said[2]["id"], said[1]["id"]]
    rest = reviewer.get(ADDRESS, params={"before": page["more"]}).json()
    assert [one["annotation_id"] for one in rest["items"]] == [said[0]["id"]]
    assert rest["more"] is None
    accepted = reviewer.post(f"{ADDRESS}/{said[0]['id']}/accept")
    assert (accepted.status_code, accepted.json()["kind"]) == (201, "adjudication")
    left = reviewer.get(ADDRESS, params={"person": "ann"}).json()["items"]
    assert said[0]["id"] not in [one["annotation_id"] for one in left]


def test_what_is_sent_back_comes_to_its_labeler_with_the_comment(
    said: list[Any], reviewer: Client, sign_in: SignIn
) -> None:
    one = said[1]
    address = f"{ADDRESS}/{one['id']}/send-back"
    assert reviewer.post(address, json={"comment": ""}).status_code == 422
    assert reviewer.post(address, json={"comment": "look at the tail"}).status_code == 204
    assert queue(reviewer, "Sent back to labelers") == 1
    ann = sign_in(Role.LABELER, "ann")
    first = lease(ann, 4)["items"][0]
    assert first["sha256"] == one["sha256"]
    assert first["returned"] == {
        "by": "reviewer",
        "comment": "look at the tail",
        "value": {"kind": "class", "label": "dog"},
    }
    again = ann.post("/api/projects/pets/answers", json=answer(first, "bird", key="again-001"))
    assert (again.status_code, again.json()["second_opinion"]) == (201, False)
    assert queue(reviewer, "Sent back to labelers") == 0
    dashboard = reviewer.get("/projects/pets").text
    assert "1 (100" in dashboard, "of one reviewed answer one was changed"
    assert reviewer.post(f"{ADDRESS}/{one['id']}/accept").status_code == 409


def test_a_selection_and_a_whole_filter_are_sent_to_review(
    desk: Desk, said: list[Any], reviewer: Client
) -> None:
    sent = {"shas": [said[0]["sha256"]], "comment": "odd"}
    assert reviewer.post(f"{ADDRESS}/ask", json=sent).json() == {"asked": 1}
    rest = reviewer.post(f"{ADDRESS}/ask-all?state=manual", json={"comment": "all"})
    assert rest.json() == {"asked": 2}
    assert queue(reviewer, "Sent to review") == 3
    asked = reviewer.get(f"{ADDRESS}/asked", params={"limit": 2}).json()
    assert asked["items"][0]["request"]["comment"] == "odd"
    more = reviewer.get(f"{ADDRESS}/asked", params={"after": asked["more"]}).json()
    assert (len(more["items"]), more["more"]) == (1, None)
    assert 'value="asked"' in reviewer.get("/projects/pets/review?state=asked").text
