"""Signing in, roles, and requests from other sites."""

import re
import stat

import pytest

from models.person import Person, Role
from tenfold.settings import Settings
from tenfold.web.app import create_app
from tenfold.web.pages.signing import own_path
from tenfold.web.secret import machine_token

from .client import Client, client_of
from .conftest import ORIGIN, Desk, SignIn


def test_the_machine_link_signs_in_and_leaves_the_address(anyone: Client, local_token: str) -> None:
    response = anyone.get(f"/signin?token={local_token}", follow_redirects=False)
    assert response.headers["location"] == "/projects"
    assert anyone.get("/api/session").json()["role"] == "admin"
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_wrong_link_signs_nobody_in(anyone: Client) -> None:
    assert anyone.get("/signin?token=guess").status_code == 401
    assert anyone.get("/api/session").status_code == 401


def test_the_machine_token_is_for_its_owner_alone(desk: Desk) -> None:
    machine_token(desk.settings)
    mode = (desk.settings.home_dir / "token").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_team_has_no_machine_link(desk: Desk) -> None:
    team = Settings(home=desk.settings.home, profile="team")
    token = machine_token(team)
    with client_of(create_app(team, desk.store, desk.blobs)) as client:
        assert client.get(f"/signin?token={token}").status_code == 401
        bearer = client.get("/api/session", headers={"authorization": f"Bearer {token}"})
        assert bearer.status_code == 401


def test_name_and_password_sign_in(anyone: Client, person: Person) -> None:
    form = {"name": "mira", "password": "correct horse battery", "next": "/projects/pets"}
    response = anyone.post("/signin", data=form, headers={"origin": ORIGIN}, follow_redirects=False)
    assert response.headers["location"] == "/projects/pets"
    assert anyone.get("/api/session").json()["id"] == person.id


def test_a_wrong_password_is_told_and_many_are_made_to_wait(anyone: Client, person: Person) -> None:
    wrong = {"name": person.name, "password": "guess"}
    answers = [anyone.post("/api/session", json=wrong) for _ in range(9)]
    assert {answer.status_code for answer in answers} == {401}
    assert "Wait" in answers[-1].json()["error"]
    right = {"name": person.name, "password": "correct horse battery"}
    assert anyone.post("/api/session", json=right).status_code == 401


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_signing_in_leads_to_no_other_site(target: str) -> None:
    assert own_path(target) == "/projects"


def test_a_forged_cookie_is_nobody(anyone: Client, local_token: str) -> None:
    response = anyone.get(f"/signin?token={local_token}", follow_redirects=False)
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    anyone.cookies.clear()
    anyone.cookies.set(name, value[:-2] + "xx")
    assert anyone.get("/api/session").status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_another_site_cannot_act_with_the_cookie(
    desk: Desk, anyone: Client, local_token: str, origin: str | None
) -> None:
    anyone.get(f"/signin?token={local_token}")
    headers = {"origin": origin} if origin else {}
    response = anyone.post("/api/projects/pets/run", headers=headers)
    assert response.status_code == 403
    assert "another site" in response.json()["error"]


def test_the_page_itself_can_act_with_the_cookie(
    anyone: Client, local_token: str, woken: list[str]
) -> None:
    anyone.get(f"/signin?token={local_token}")
    response = anyone.post("/api/projects/pets/run", headers={"origin": ORIGIN})
    assert response.status_code == 202
    assert woken == ["pets"]


def test_signing_out_ends_the_session(anyone: Client, local_token: str) -> None:
    anyone.get(f"/signin?token={local_token}")
    anyone.post("/signout", headers={"origin": ORIGIN})
    assert anyone.get("/api/session").status_code == 401


def test_a_locked_person_is_out_at_once(anyone: Client, desk: Desk, person: Person) -> None:
    form = {"name": "mira", "password": "correct horse battery"}
    anyone.post("/api/session", json=form)
    assert anyone.get("/api/session").status_code == 200
    desk.store.people.set_active(person.id, active=False)
    assert anyone.get("/api/session").status_code == 401


def test_a_revoked_token_is_nobody(labeler: Client) -> None:
    [token] = labeler.get("/api/tokens").json()
    assert labeler.delete(f"/api/tokens/{token['id']}").status_code == 204
    assert labeler.get("/api/session").status_code == 401


LABELERS_MAY_NOT = (
    ("GET", "/api/projects/pets/images", None),
    ("GET", "/api/projects/pets/quarantined", None),
    ("GET", "/api/projects/pets/export", None),
    ("GET", f"/api/projects/pets/images/{'0' * 64}/history", None),
    ("POST", f"/api/projects/pets/images/{'0' * 64}/correct", {"skip": "not sure"}),
    ("POST", "/api/projects/pets/run", None),
    ("PATCH", "/api/projects/pets", {"instructions": "x"}),
    ("GET", "/api/people", None),
    ("POST", "/api/people", {"name": "x"}),
    ("PATCH", "/api/people/1", {"role": "admin"}),
    ("PUT", "/api/projects/pets/people/1", {"role": "admin"}),
)


@pytest.mark.parametrize(("method", "path", "body"), LABELERS_MAY_NOT)
def test_a_labeler_may_only_label(
    labeler: Client, method: str, path: str, body: dict[str, str] | None
) -> None:
    assert labeler.request(method, path, json=body).status_code == 403


def test_a_labeler_approves_nothing(desk: Desk, labeler: Client) -> None:
    response = labeler.post(f"/api/rounds/{desk.open().id}/approve", json={})
    assert response.status_code == 403
    assert desk.store.rounds.approval(desk.open().id) is None


def test_a_role_in_one_project_holds_there_only(desk: Desk, sign_in: SignIn) -> None:
    client = sign_in(Role.LABELER, "ann")
    ann = desk.store.people.by_name("ann")
    desk.store.people.set_role_in(desk.project.id, ann.id, Role.REVIEWER)
    assert client.get("/api/projects/pets/images").status_code == 200
    assert client.get("/api/people").status_code == 403


def test_a_role_in_one_project_is_given_and_taken_back(
    desk: Desk, admin: Client, sign_in: SignIn
) -> None:
    client = sign_in(Role.LABELER, "ann")
    there = f"/api/projects/pets/people/{desk.store.people.by_name('ann').id}"
    assert client.get("/api/projects/pets/images").status_code == 403
    assert admin.put(there, json={"role": "reviewer"}).status_code == 204
    assert client.get("/api/projects/pets/images").status_code == 200
    assert admin.put(there, json={"role": None}).status_code == 204
    assert client.get("/api/projects/pets/images").status_code == 403
    assert client.put(there, json={"role": "admin"}).status_code == 403


def test_an_admin_cannot_lock_themselves_out(desk: Desk, admin: Client) -> None:
    own = desk.store.people.by_name("admin").id
    given = admin.put(f"/api/projects/pets/people/{own}", json={"role": "labeler"})
    assert given.status_code == 409
    assert admin.patch(f"/api/people/{own}", json={"active": False}).status_code == 409
    assert admin.patch(f"/api/people/{own}", json={"role": "labeler"}).status_code == 409


FILLED = {"name": "pets", "sha256": "0" * 64, "size": "thumb", "round_id": "r"}


def test_every_endpoint_but_the_open_ones_asks_who_it_is(anyone: Client) -> None:
    opened = {("GET", "/api/health"), ("POST", "/api/session")}
    description = anyone.get("/api/openapi.json").json()
    checked = 0
    for path, operations in description["paths"].items():
        for method in operations:
            if (method.upper(), path) in opened:
                continue
            filled = re.sub(r"\{(\w+)\}", lambda part: FILLED.get(part[1], "1"), path)
            response = anyone.request(method, filled, json={})
            assert response.status_code == 401, (method, path, response.text)
            checked += 1
    assert checked > 25
