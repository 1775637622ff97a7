"""Pinning examples over HTTP: who may, and when it would tell."""

from models.person import Role

from .client import Client
from .conftest import Desk, SignIn


def address(desk: Desk, number: int = 0) -> str:
    return f"/api/projects/pets/images/{desk.shas[number]}/example"


def test_only_reviewers_pin(desk: Desk, labeler: Client, reviewer: Client) -> None:
    assert labeler.put(address(desk), json={"good": True}).status_code == 403
    assert reviewer.put(address(desk), json={"good": True, "note": "typical"}).status_code == 204
    assert reviewer.put(address(desk), json={"good": False, "note": "odd"}).status_code == 204
    [pinned] = desk.store.examples.pinned(desk.project.id)
    assert (pinned.good, pinned.note, pinned.person) == (False, "odd", "reviewer")
    assert reviewer.delete(address(desk)).status_code == 204
    assert desk.store.examples.pinned(desk.project.id) == []


def test_an_image_of_an_open_audit_is_not_pinned(desk: Desk, sign_in: SignIn) -> None:
    desk.audit(6)
    reviewer = sign_in(Role.REVIEWER)
    assert reviewer.put(address(desk), json={"good": True}).status_code == 409


def test_an_unknown_image_is_not_found(desk: Desk, reviewer: Client) -> None:
    unknown = f"/api/projects/pets/images/{'0' * 64}/example"
    assert reviewer.put(unknown, json={"good": True}).status_code == 404
