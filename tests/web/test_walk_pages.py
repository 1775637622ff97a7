"""The page while a walk goes on, and its certificate afterwards."""

from models.certificate import WalkCertificate
from models.label import ClassLabel
from models.record import now
from models.round import ApprovedVia, Round
from models.walk import Walk
from tenfold.learning.walk.ladder import Ladder

from .client import Client
from .conftest import Desk


def begin(desk: Desk) -> tuple[Walk, Round]:
    """Commit all six labels of which none may be wrong; nearly all are looked at."""
    desk.model()
    walk = desk.store.walks.open(desk.claim, Ladder((0.96,)))
    rows = [(sha, ClassLabel(label="cat"), "model-1") for sha in desk.shas]
    opened = desk.store.walks.commit(desk.claim, walk.id, rows, "walk-0")
    assert opened is not None
    return walk, opened


def finish(desk: Desk, labeler: Client, walk: Walk, asked: Round) -> WalkCertificate:
    for item in labeler.post("/api/projects/pets/lease", json={"count": 6}).json()["items"]:
        sent = {
            "key": f"key-{item['sha256'][:16]}",
            "round_id": asked.id,
            "sha256": item["sha256"],
            "value": {"kind": "class", "label": "cat"},
        }
        assert labeler.post("/api/projects/pets/answers", json=sent).status_code == 201
    desk.store.rounds.approve(asked.id, "rev", ApprovedVia.PAGE)
    account = desk.store.walks.account(walk.id)
    certificate = WalkCertificate(
        id=walk.id,
        project_id=walk.project_id,
        cycle_id=walk.cycle_id,
        inputs=account.inputs,
        accepted=account.accepted,
        by_people=6 - account.accepted,
        statement="Said of the walk.",
        created_at=now(),
    )
    return desk.store.walks.deliver(desk.claim, certificate)


def test_nothing_of_a_walk_is_shown_while_it_goes_on(
    desk: Desk, admin: Client, labeler: Client
) -> None:
    _, asked = begin(desk)
    for sha in desk.shas:
        assert "The model proposed" not in admin.get(f"/projects/pets/images/{sha}").text
        refused = admin.post(
            f"/api/projects/pets/images/{sha}/correct",
            json={"value": {"kind": "class", "label": "dog"}},
        )
        assert refused.status_code == 409
    listed = admin.get("/api/projects/pets/images").text
    assert desk.shas[0] in listed
    assert "cat" not in listed
    items = labeler.post("/api/projects/pets/lease", json={"count": 6}).json()["items"]
    assert len(items) == asked.size
    assert {item["prelabel"] for item in items} == {None}


def test_the_dashboard_shows_the_certificate_of_a_walk(
    desk: Desk, admin: Client, labeler: Client
) -> None:
    signed = finish(desk, labeler, *begin(desk))
    text = admin.get("/projects/pets").text
    assert "Said of the walk." in text
    assert f"0 wrong of {signed.inputs.audited}" in text
    assert "6 labels, step by step" in text
    told = admin.get("/api/projects/pets/progress").json()["certificate"]
    assert (told["kind"], told["inputs"]["seed"]) == ("walk", signed.inputs.seed)


def test_the_certificate_is_chosen_with_the_project_and_may_be_changed(
    desk: Desk, admin: Client
) -> None:
    assert admin.get("/api/projects/pets").json()["certificate"] == "walk"
    changed = admin.request("PATCH", "/api/projects/pets", json={"certificate": "look"})
    assert changed.json()["certificate"] == "look"
    refused = admin.request("PATCH", "/api/projects/pets", json={"certificate": "both"})
    assert refused.status_code == 422
