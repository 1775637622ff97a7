"""Leases, answers, undo and approval over HTTP."""

from typing import Any

import pytest
from sqlalchemy import event

from models.label import TaskType
from models.person import Role
from models.round import Round, RoundKind
from tenfold.pipeline.groups import pack

from .client import Client
from .conftest import Desk, MakeDesk, SignIn


def lease(client: Client, count: int = 1) -> dict[str, Any]:
    response = client.post("/api/projects/pets/lease", json={"count": count})
    assert response.status_code == 200, response.text
    return dict(response.json())


def answer(item: dict[str, Any], label: str = "cat", **changes: Any) -> dict[str, Any]:
    return {
        "key": f"key-{item['sha256'][:20]}",
        "round_id": item["round_id"],
        "sha256": item["sha256"],
        "value": {"kind": "class", "label": label},
        "seconds": 1.5,
        "actions": 1,
        **changes,
    }


def answer_all(client: Client, label: str = "dog") -> int:
    done = 0
    while items := lease(client, 50)["items"]:
        for item in items:
            sent = client.post("/api/projects/pets/answers", json=answer(item, label))
            assert sent.status_code == 201, sent.text
            done += 1
    return done


def test_leased_images_carry_addresses_that_work(desk: Desk, labeler: Client) -> None:
    desk.open()
    item = lease(labeler)["items"][0]
    for size in ("thumb", "screen", "original"):
        picture = labeler.get(item["urls"][size])
        assert picture.status_code == 200
        assert picture.headers["content-type"] == "image/jpeg"


@pytest.mark.timeout(300)
def test_labelers_are_served_while_slow_requests_hold_all_threads(
    desk: Desk, labeler: Client
) -> None:
    desk.open()
    with labeler.busy_threads():
        one, other = lease(labeler, 2)["items"]
        sent = labeler.post("/api/projects/pets/answers", json=answer(one))
        batch = labeler.post("/api/projects/pets/answers/batch", json=[answer(other)])
    assert sent.status_code == 201
    assert batch.json()[0]["annotation"]["sha256"] == other["sha256"]


def test_two_labelers_get_different_images(desk: Desk, sign_in: SignIn) -> None:
    desk.open()
    one, other = sign_in(Role.LABELER, "ann"), sign_in(Role.LABELER, "bob")
    first = {item["sha256"] for item in lease(one, 3)["items"]}
    second = {item["sha256"] for item in lease(other, 6)["items"]}
    assert len(first) == 3
    assert len(second) == 3
    assert not first & second


def test_a_release_that_comes_after_the_next_pages_lease_takes_nothing_from_it(
    desk: Desk, sign_in: SignIn
) -> None:
    desk.open()
    one, other = sign_in(Role.LABELER, "ann"), sign_in(Role.LABELER, "bob")
    held = lease(one, 6)["items"]
    shas = [item["sha256"] for item in held]
    renewed = one.post("/api/projects/pets/renew", json={"shas": shas}).json()
    assert renewed["until"] > held[0]["leased_until"]
    left = {"shas": shas, "until": renewed["until"]}
    lease(one, 6)
    assert one.post("/api/projects/pets/release", json=left).status_code == 204
    assert lease(other, 6)["items"] == []
    left["until"] = lease(one, 6)["items"][0]["leased_until"]
    one.post("/api/projects/pets/release", json=left)
    assert len(lease(other, 6)["items"]) == 6


def test_an_answer_is_created_once_and_repeated_without_effect(desk: Desk, labeler: Client) -> None:
    desk.open()
    sent = answer(lease(labeler)["items"][0])
    first = labeler.post("/api/projects/pets/answers", json=sent)
    again = labeler.post("/api/projects/pets/answers", json=sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert lease(labeler)["remaining"] == 5


def test_a_batch_stores_good_answers_beside_a_bad_one(desk: Desk, labeler: Client) -> None:
    desk.open()
    good, bad = lease(labeler, 2)["items"]
    sent = [answer(bad, "unicorn"), answer(good)]
    response = labeler.post("/api/projects/pets/answers/batch", json=sent)
    refused, stored = response.json()
    assert refused["annotation"] is None
    assert "unicorn" in refused["error"]
    assert stored["annotation"]["value"]["label"] == "cat"


def test_a_class_that_is_not_there_is_refused_in_a_sentence(desk: Desk, labeler: Client) -> None:
    desk.open()
    sent = answer(lease(labeler)["items"][0], "unicorn")
    response = labeler.post("/api/projects/pets/answers", json=sent)
    assert response.status_code == 422
    assert "unicorn" in response.json()["error"]


def test_an_answer_of_another_projects_round_is_not_found(
    make_desk: MakeDesk, desk: Desk, labeler: Client
) -> None:
    other = make_desk(name="plants")
    round_id = other.open().id
    sent = answer({"sha256": other.shas[0], "round_id": round_id})
    assert labeler.post("/api/projects/pets/answers", json=sent).status_code == 404


def test_undo_hands_the_image_back_to_the_same_person(desk: Desk, labeler: Client) -> None:
    desk.open()
    item = lease(labeler)["items"][0]
    stored = labeler.post("/api/projects/pets/answers", json=answer(item)).json()
    assert labeler.post(f"/api/annotations/{stored['id']}/undo").json()["id"] == stored["id"]
    assert item["sha256"] in {each["sha256"] for each in lease(labeler, 6)["items"]}
    assert lease(labeler)["remaining"] == 6


def test_nobody_undoes_the_answer_of_another(desk: Desk, sign_in: SignIn) -> None:
    desk.open()
    one, other = sign_in(Role.LABELER, "ann"), sign_in(Role.ADMIN, "bob")
    stored = one.post("/api/projects/pets/answers", json=answer(lease(one)["items"][0])).json()
    assert other.post(f"/api/annotations/{stored['id']}/undo").json() is None
    assert lease(one)["remaining"] == 5


def test_approval_needs_every_answer_then_wakes_the_run(
    desk: Desk, labeler: Client, reviewer: Client, woken: list[str]
) -> None:
    asked = desk.open()
    address = f"/api/rounds/{asked.id}/approve"
    early = reviewer.post(address, json={"note": ""})
    assert (early.status_code, early.json()["missing"]) == (409, 6)
    assert answer_all(labeler) == 6
    assert woken == []
    approval = reviewer.post(address, json={"note": "looks right"})
    assert approval.json() | {"by": "reviewer", "via": "page", "note": "looks right"} == (
        approval.json()
    )
    assert woken == ["pets"]
    again = reviewer.post(address, json={"note": "twice"})
    assert again.json()["note"] == "looks right"


def test_the_last_answer_wakes_a_run_that_waits_for_no_approval(
    desk: Desk, labeler: Client, woken: list[str]
) -> None:
    desk.store.rounds.open(
        desk.claim, RoundKind.MANUAL, desk.shas, key="quick", needs_approval=False
    )
    answer_all(labeler)
    assert woken == ["pets"]


def test_a_round_can_be_closed_with_the_rest_returned(desk: Desk, reviewer: Client) -> None:
    asked = desk.open()
    address = f"/api/rounds/{asked.id}/approve"
    assert reviewer.post(address, json={"rest": "return"}).json()["returned"] == 6


def test_a_backlog_keeps_labelers_busy_when_the_round_leaves_nothing(
    desk: Desk, labeler: Client
) -> None:
    first, rest = desk.shas[:2], desk.shas[2:]
    desk.store.rounds.open(desk.claim, RoundKind.MANUAL, first, key="r", backlog=rest)
    held = lease(labeler, 2)
    assert held["round"]["backlog"] is False
    for item in held["items"]:
        assert labeler.post("/api/projects/pets/answers", json=answer(item)).status_code == 201
    after = lease(labeler, 10)
    assert {item["sha256"] for item in after["items"]} == set(rest)
    assert after["round"]["backlog"] is True


def audited(desk: Desk) -> tuple[Round, set[str]]:
    """Draw an audit; return it, and the images whose proposals are shown to nobody."""
    asked = desk.audit(4)
    hidden = {
        view.image.sha256
        for view in desk.store.images.page(desk.project.id)
        if view.prelabel is None
    }
    return asked, hidden


def test_an_audit_is_blind_over_http(desk: Desk, labeler: Client, reviewer: Client) -> None:
    asked, hidden = audited(desk)
    assert hidden == set(desk.shas)  # drawn, or not looked at and still to be drawn
    for item in lease(labeler, 10)["items"]:
        assert item["round_kind"] == "audit"
        assert item["prelabel"] is None
        assert item["confidence"] is None
        assert item["model_version"] is None
        assert item["model_number"] is None
    for query in ("", "?label=cat", "?least_confidence=0.5", "?most_confidence=0.95"):
        for view in reviewer.get(f"/api/projects/pets/images{query}").json()["images"]:
            if view["image"]["sha256"] in hidden:
                assert view["prelabel"] is None
                assert view["confidence"] is None
                assert query == ""
    for sha in hidden:
        assert "cat" not in reviewer.get(f"/projects/pets/data/{sha}").text.split("class-list")[0]
    assert asked.size == 4


def test_audit_answers_are_open_again_once_approved(
    desk: Desk, labeler: Client, reviewer: Client
) -> None:
    asked, _ = audited(desk)
    answer_all(labeler, "dog")
    reviewer.post(f"/api/rounds/{asked.id}/approve", json={})
    shown = reviewer.get("/api/projects/pets/images").json()["images"]
    audits = [view["prelabel"] for view in shown if view["by"] == "audited"]
    assert audits == [{"kind": "class", "label": "cat"}] * 4


def test_a_review_round_shows_the_proposal(desk: Desk, labeler: Client) -> None:
    desk.open(RoundKind.REVIEW)
    item = lease(labeler)["items"][0]
    assert item["prelabel"] == {"kind": "class", "label": "cat"}
    assert item["confidence"] == 0.9
    assert item["model_number"] == 1


def test_the_number_of_a_model_version_is_read_once(desk: Desk, labeler: Client) -> None:
    desk.open(RoundKind.REVIEW)
    lease(labeler, 3)
    said: list[str] = []

    def note(*arguments: Any) -> None:
        said.append(arguments[2])

    engine = desk.store.database.engine
    event.listen(engine, "before_cursor_execute", note)
    numbers = {item["model_number"] for item in lease(labeler, 6)["items"]}
    event.remove(engine, "before_cursor_execute", note)
    assert numbers == {1}
    assert said
    assert not [statement for statement in said if "model_versions" in statement]


def test_boxes_with_no_area_are_refused_by_field(make_desk: MakeDesk, sign_in: SignIn) -> None:
    boxes = make_desk(TaskType.BOXES, name="things")
    asked = boxes.open()
    box = {"label": "cat", "xmin": 5, "ymin": 5, "xmax": 5, "ymax": 9}
    sent = answer({"sha256": boxes.shas[0], "round_id": asked.id})
    sent["value"] = {"kind": "boxes", "boxes": [box]}
    response = sign_in(Role.LABELER).post("/api/projects/things/answers", json=sent)
    assert response.status_code == 422
    assert "xmin < xmax" in response.json()["error"]


def test_a_correction_supersedes_and_stands_in_the_history(
    desk: Desk, labeler: Client, reviewer: Client
) -> None:
    desk.open()
    item = lease(labeler)["items"][0]
    labeler.post("/api/projects/pets/answers", json=answer(item, "cat"))
    address = f"/api/projects/pets/images/{item['sha256']}"
    corrected = reviewer.post(
        f"{address}/correct", json={"value": {"kind": "class", "label": "dog"}, "comment": "look"}
    )
    assert corrected.status_code == 201, corrected.text
    said = [a["value"]["label"] for a in reviewer.get(f"{address}/history").json()]
    assert said == ["cat", "dog"]
    [view] = reviewer.get("/api/projects/pets/images?label=dog").json()["images"]
    assert view["image"]["sha256"] == item["sha256"]


def test_the_data_view_pages_by_key(desk: Desk, reviewer: Client) -> None:
    first = reviewer.get("/api/projects/pets/images?limit=4").json()
    second = reviewer.get(f"/api/projects/pets/images?limit=4&after={first['after']}").json()
    seen = [view["image"]["sha256"] for view in first["images"] + second["images"]]
    assert seen == desk.shas
    assert second["after"] is None


def test_pictures_are_kept_by_browsers_for_good(desk: Desk, labeler: Client) -> None:
    address = f"/api/projects/pets/images/{desk.shas[0]}/thumb"
    first = labeler.get(address)
    assert "immutable" in first.headers["cache-control"]
    again = labeler.get(address, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_paused_project_hands_nothing_out(desk: Desk, labeler: Client, admin: Client) -> None:
    desk.open()
    assert admin.patch("/api/projects/pets", json={"state": "paused"}).status_code == 200
    assert lease(labeler, 3)["items"] == []


def test_an_added_class_may_be_used_at_once(desk: Desk, labeler: Client, admin: Client) -> None:
    desk.open()
    classes = admin.get("/api/projects/pets").json()["classes"] + [{"name": "fish"}]
    changed = admin.patch("/api/projects/pets", json={"classes": classes})
    assert changed.json()["classes_version"] == 2
    held = lease(labeler)
    assert held["classes_version"] == 2
    sent = labeler.post("/api/projects/pets/answers", json=answer(held["items"][0], "fish"))
    assert sent.status_code == 201


def test_an_export_holds_the_final_labels(desk: Desk, labeler: Client, reviewer: Client) -> None:
    import io
    import zipfile

    desk.open()
    answer_all(labeler, "bird")
    response = reviewer.get("/api/projects/pets/export?format=csv")
    assert response.status_code == 200, response.text
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert text.count("bird") == 6


def test_images_that_look_alike_say_so_where_they_are_tagged_from_nothing(
    desk: Desk, labeler: Client
) -> None:
    numbers = [0, 0, 0, 1, 1, 1]
    desk.blobs.put("groups", pack(desk.shas, numbers))
    desk.store.rounds.open(desk.claim, RoundKind.MANUAL, desk.shas, key="r", groups="groups")
    items = labeler.post("/api/projects/pets/lease", json={"count": 6}).json()["items"]
    assert [item["group"] for item in items] == numbers


def test_nothing_of_groups_is_said_of_a_blind_audit(desk: Desk, labeler: Client) -> None:
    desk.audit(3)
    items = labeler.post("/api/projects/pets/lease", json={"count": 3}).json()["items"]
    assert [item["group"] for item in items] == [None, None, None]
