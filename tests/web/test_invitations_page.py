"""Coming by an invitation, over HTTP."""

import pytest

from models.person import Role

from .client import Client
from .conftest import ORIGIN, Desk

FORM = {"name": "mira", "password": "correct horse battery"}


def link(admin: Client, **wanted: object) -> str:
    made = admin.post("/api/invitations", json=wanted)
    assert made.status_code == 201
    return str(made.json()["path"])


def test_who_opens_the_link_chooses_a_name_and_is_signed_in(
    desk: Desk, admin: Client, anyone: Client
) -> None:
    path = link(admin, role="reviewer", days=1)
    page = anyone.get(path)
    assert "admin invites you as reviewer" in page.text
    joined = anyone.post(path, data=FORM, headers={"origin": ORIGIN})
    assert joined.status_code == 200
    assert anyone.get("/api/session").json()["name"] == "mira"
    assert desk.store.people.by_name("mira").role is Role.REVIEWER
    again = anyone.get(path)
    assert again.status_code == 400
    assert "valid any more" in again.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({**FORM, "password": "short"}, "ten characters"),
        ({**FORM, "name": "  "}, "Choose a name"),
        ({**FORM, "name": "admin"}, "already"),
    ],
)
def test_what_cannot_be_is_said_and_the_link_stays_valid(
    admin: Client, anyone: Client, form: dict[str, str], said: str
) -> None:
    path = link(admin)
    refused = anyone.post(path, data=form)
    assert refused.status_code == 400
    assert said in refused.text
    assert anyone.post(path, data=FORM).status_code == 200


def test_another_site_makes_no_account(admin: Client, anyone: Client) -> None:
    sent = anyone.post(link(admin), data=FORM, headers={"origin": "https://evil.example"})
    assert sent.status_code == 403


def test_an_open_invitation_is_listed_and_revoked(admin: Client, anyone: Client) -> None:
    path = link(admin, many=True)
    [listed] = admin.get("/api/invitations").json()
    assert "sha256" not in listed
    assert f'data-uninvite="{listed["id"]}"' in admin.get("/people").text
    assert admin.delete(f"/api/invitations/{listed['id']}").status_code == 204
    assert "data-uninvite" not in admin.get("/people").text
    assert anyone.get(path).status_code == 400


def test_only_admins_invite(reviewer: Client) -> None:
    assert reviewer.post("/api/invitations", json={}).status_code == 403
    assert reviewer.get("/api/invitations").status_code == 403
