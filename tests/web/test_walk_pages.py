"""The page while a walk goes on, and its certificate afterwards."""

from models.certificate import Certificate, CertificateInputs, ClassClaim, WalkCertificate
from models.label import ClassLabel
from models.record import now
from models.round import ApprovedVia, Round
from models.walk import Walk
from tenfold.blobs import names
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


def answer(labeler: Client, asked: Round, count: int, word: str = "cat") -> None:
    """Take images and say what each is."""
    lease = labeler.post("/api/projects/pets/lease", json={"count": count}).json()
    for item in lease["items"]:
        sent = {
            "key": f"key-{item['sha256'][:16]}",
            "round_id": asked.id,
            "sha256": item["sha256"],
            "value": {"kind": "class", "label": word},
        }
        assert labeler.post("/api/projects/pets/answers", json=sent).status_code == 201


def finish(desk: Desk, labeler: Client, walk: Walk, asked: Round) -> WalkCertificate:
    answer(labeler, asked, 6)
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


def test_how_far_a_walk_is_is_shown_and_not_what_it_found(
    desk: Desk, admin: Client, labeler: Client
) -> None:
    assert "Covered so far" not in admin.get("/projects/pets").text
    walk, asked = begin(desk)
    text = admin.get("/projects/pets").text
    assert "6 of 6 labels are committed" in text
    assert "0 answers; what they say is told at the end" in text
    answer(labeler, asked, 1, "dog")
    text = admin.get("/projects/pets").text
    assert "1 answer; what they say is told at the end" in text
    assert "wrong of" not in text
    progress = desk.store.progress.of(desk.project)
    assert progress.walk is not None
    assert (progress.walk.images, progress.walk.committed, progress.walk.audited) == (6, 6, 1)
    finish(desk, labeler, walk, asked)
    assert "Covered so far" not in admin.get("/projects/pets").text


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


def test_each_class_implies_one_look_and_is_refused_for_sets(desk: Desk, admin: Client) -> None:
    changed = admin.request("PATCH", "/api/projects/pets", json={"each_class": True}).json()
    assert (changed["each_class"], changed["certificate"]) == (True, "look")
    assert "wrong in each class" in admin.get("/projects/pets").text
    assert "In each class" in admin.get("/projects/pets/settings").text
    sent = {
        "name": "sets",
        "task": "multilabel",
        "source": "/x",
        "classes": [{"name": "a"}, {"name": "b"}],
        "each_class": True,
    }
    refused = admin.post("/api/projects", json=sent)
    assert refused.status_code == 422
    assert "one class each" in refused.text


def test_the_dashboard_shows_how_it_was_measured_to_reviewers(
    desk: Desk, admin: Client, labeler: Client
) -> None:
    finish(desk, labeler, *begin(desk))
    assert "/report/pictures/walk" not in admin.get("/projects/pets").text
    desk.blobs.put(names.picture(desk.project.id, 1, "walk"), b"png", media_type="image/png")
    assert "/api/projects/pets/report/pictures/walk" in admin.get("/projects/pets").text
    assert "/report/pictures/walk" not in labeler.get("/projects/pets").text
    assert admin.get("/api/projects/pets/report/pictures/walk").content == b"png"


def test_the_dashboard_shows_what_is_claimed_of_each_class(desk: Desk, admin: Client) -> None:
    audit = desk.audit(2)
    claims = (
        ClassClaim(
            label="cat", pool=40, human=11, planned=30, wrong_allowed=7, audited=29,
            errors_tolerated=3, audit_errors=5, reached=8, by_people=33, accepted=8,
        ),
        ClassClaim(label="dog", pool=2, human=1, planned=0, wrong_allowed=0, audited=0),
    )  # fmt: skip
    inputs = CertificateInputs(
        images=44, pool=42, error=0.05, confidence=0.95, wrong_allowed=7, audited=29,
        errors_tolerated=3, audit_errors=5, seed=1, model_version="model-1", snapshot_id="s",
    )  # fmt: skip
    certificate = Certificate(
        id="c", project_id=desk.project.id, cycle_id=desk.claim.cycle_id, round_id=audit.id,
        inputs=inputs, accepted=0, by_people=44, statement="Said of each.",
        pool_sha256="0" * 64, classes=tuple(c.model_copy(update={"by_people": 0}) for c in claims),
        created_at=now(),
    )  # fmt: skip
    desk.store.certificates.accept(desk.claim, certificate, [])
    text = admin.get("/projects/pets").text
    assert "Certified in each class" in text
    assert "5 of 29" in text
