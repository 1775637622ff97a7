"""Settings change on the Details page once it is said what follows from it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from models.project import FinishMode, ProjectSettings
from tenfold import orchestration
from tenfold.errors import TransientServiceError
from tenfold.store.setting_effects import BEGUN

from .browsing import Visit, eventually
from .client import Client
from .conftest import Desk, MakeDesk, pool
from .test_walk_pages import begin

ADDRESS = "/api/projects/pets"


def test_what_follows_is_told_without_changing_anything(desk: Desk, admin: Client) -> None:
    told = admin.post(f"{ADDRESS}/settings/effect", json={"error": 0.2, "first_round": 4})
    assert told.status_code == 200, told.text
    assert told.json()["refused"] == []
    assert [text.partition(".")[0] for text in told.json()["follows"]] == [
        "No audit is open",
        "The first round asks for 4 images",
    ]
    assert desk.store.projects.get("pets") == desk.project
    changed = admin.patch(ADDRESS, json={"error": 0.2, "first_round": 4, "confidence": 0.9})
    assert changed.status_code == 200
    assert (changed.json()["error"], changed.json()["confidence"]) == (0.2, 0.9)
    assert admin.patch(ADDRESS, json={"first_round": None}).json()["first_round"] is None


def test_an_open_walk_keeps_its_promise(desk: Desk, admin: Client) -> None:
    begin(desk)
    told = admin.post(f"{ADDRESS}/settings/effect", json={"error": 0.2}).json()
    assert "A walk is open" in told["refused"][0]
    refused = admin.patch(ADDRESS, json={"error": 0.2, "keep_busy": True})
    assert refused.status_code == 409
    assert "once its labels are delivered" in refused.json()["error"]
    assert desk.store.projects.get("pets") == desk.project
    assert admin.patch(ADDRESS, json={"keep_busy": True}).status_code == 200


def test_a_source_in_which_nothing_can_be_is_refused(
    desk: Desk, admin: Client, tmp_path: Path
) -> None:
    for send in (admin.patch, admin.post):
        path = ADDRESS if send == admin.patch else f"{ADDRESS}/settings/effect"
        refused = send(path, json={"source": "/nowhere/at/all"})
        assert refused.status_code == 422
        assert "no file or directory" in refused.json()["error"]
    assert admin.patch(ADDRESS, json={"source": str(tmp_path)}).json()["source"] == str(tmp_path)
    assert desk.store.projects.get("pets").source == str(tmp_path)


def test_only_admins_change_settings(labeler: Client, reviewer: Client) -> None:
    for client in (labeler, reviewer):
        assert client.post(f"{ADDRESS}/settings/effect", json={"error": 0.2}).status_code == 403
        assert client.patch(ADDRESS, json={"error": 0.2}).status_code == 403
    assert "Change them" not in reviewer.get("/projects/pets/settings").text


@pytest.mark.browser
def test_the_promise_is_changed_on_the_page(desk: Desk, visit: Visit) -> None:
    looks = visit(desk, "/projects/pets/settings")
    page = looks.page
    page.locator("#change-settings summary").click()
    form = page.locator("#settings-form")
    form.get_by_label("Wrong at most").fill("120")
    form.get_by_role("button").click()
    expect(form.locator(".problem")).to_contain_text("above 0 and below 100")
    form.get_by_label("Wrong at most").fill("34,5")
    form.get_by_label("People for each image").fill("2")
    form.get_by_role("button").click()
    dialog = page.locator("#settings-effect")
    expect(dialog).to_contain_text("of 6 images 2 may be wrong, where it was 0")
    expect(dialog).to_contain_text("2 people answer each image")
    assert desk.store.projects.get("pets") == desk.project
    dialog.get_by_role("button", name="Change them").click()
    eventually(lambda: desk.store.projects.get("pets").overlap == 2)
    project = desk.store.projects.get("pets")
    assert (project.error, project.confidence, project.certificate) == (0.345, 0.95, "walk")
    expect(page.locator(".facts")).to_contain_text("at most 34.5\u2009% wrong")
    assert looks.complaints == []


@pytest.mark.browser
def test_what_is_refused_is_said_with_the_way_out(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(certificate="look")
    desk.audit(3)
    looks = visit(desk, "/projects/pets/settings")
    page = looks.page
    page.locator("#change-settings summary").click()
    form = page.locator("#settings-form")
    form.get_by_label("How it ends").select_option(FinishMode.REVIEW.value)
    expect(form.get_by_label("Wrong at most")).to_be_hidden()
    form.get_by_role("button").click()
    dialog = page.locator("#settings-effect")
    expect(dialog.get_by_role("heading")).to_have_text("Not now")
    expect(dialog).to_contain_text("Change this once the audit is approved")
    expect(dialog.get_by_role("button", name="Change them")).to_be_hidden()
    dialog.get_by_role("button", name="Leave them").click()
    assert desk.store.projects.get("pets") == desk.project
    assert looks.complaints == []


@pytest.fixture
def pools(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pools beside the usual one, of which nobody works on the second."""
    there = [pool("idle", ready=False), pool("rack"), pool("tenfold-gpu", usual=True)]
    monkeypatch.setattr(orchestration, "job_pools", lambda usual: there)


@pytest.mark.usefixtures("pools")
def test_where_jobs_are_computed_is_chosen_among_what_is_there(desk: Desk, admin: Client) -> None:
    listed = admin.get("/api/computes").json()
    assert [(each["name"], each["usual"]) for each in listed] == [
        ("tenfold-gpu", True),
        ("idle", False),
        ("rack", False),
    ]
    wanted = {"trains_on": "rack", "infers_on": "idle"}
    told = admin.post(f"{ADDRESS}/settings/effect", json=wanted).json()["follows"]
    assert told == [
        "Models are trained on rack, from the next job on.",
        "Features are computed and labels proposed on idle, from the next job on.",
        BEGUN,
        "idle: No worker is there now: jobs wait until one is.",
    ]
    assert admin.patch(ADDRESS, json=wanted).status_code == 200
    kept = desk.store.projects.get("pets")
    assert (kept.trains_on, kept.infers_on) == ("rack", "idle")
    assert "models are trained on rack" in admin.get("/projects/pets/settings").text
    again = admin.patch(ADDRESS, json={"trains_on": None, "infers_on": None}).json()
    assert (again["trains_on"], again["infers_on"]) == (None, None)


@pytest.mark.usefixtures("pools")
def test_a_compute_that_is_not_there_is_refused(desk: Desk, admin: Client) -> None:
    made = desk.project.model_dump(mode="json", include=set(ProjectSettings.model_fields))
    for refused in (
        admin.patch(ADDRESS, json={"trains_on": "rock"}),
        admin.post(f"{ADDRESS}/settings/effect", json={"infers_on": "rock"}),
        admin.post("/api/projects", json={**made, "name": "other", "trains_on": "rock"}),
    ):
        assert refused.status_code == 422
        assert "no work pool of this name" in refused.json()["error"]
        assert "tenfold-gpu, idle, rack" in refused.json()["error"]
    assert [each.name for each in desk.store.projects.list()] == ["pets"]


@pytest.mark.browser
@pytest.mark.usefixtures("pools")
def test_the_compute_is_chosen_on_the_page(desk: Desk, visit: Visit) -> None:
    looks = visit(desk, "/projects/pets/settings")
    page = looks.page
    page.locator("#change-settings summary").click()
    form = page.locator("#settings-form")
    training = form.get_by_label("Training on")
    expect(training.locator("option")).to_have_text(["tenfold-gpu, as usual", "idle", "rack"])
    expect(form).to_contain_text("tenfold-gpu: A worker is there.")
    training.select_option("idle")
    expect(form).to_contain_text("idle: No worker is there now")
    form.get_by_label("How it ends").select_option("manual")
    expect(training).to_be_hidden()
    expect(form).not_to_contain_text("No worker is there now")
    form.get_by_label("How it ends").select_option("certified")
    form.get_by_label("Features and proposals").select_option("rack")
    form.get_by_role("button").click()
    dialog = page.locator("#settings-effect")
    expect(dialog).to_contain_text("labels proposed on rack, from the next job on.")
    dialog.get_by_role("button", name="Change them").click()
    expect(page.locator(".facts")).to_contain_text("rack; models are trained on idle")
    assert looks.complaints == []


@pytest.mark.browser
@pytest.mark.usefixtures("pools")
def test_the_compute_of_a_new_project_is_chosen_with_the_assist(
    desk: Desk, visit: Visit, tmp_path: Path
) -> None:
    looks = visit(desk, "/new-project")
    page = looks.page
    page.fill('[name="name"]', "sea")
    page.get_by_role("button", name="Next").click()
    page.fill('[name="source"]', str(tmp_path))
    page.get_by_role("button", name="Next").click()
    for place, name in enumerate(("wave", "dune")):
        page.locator("#class-editor li input:not([type=color])").nth(place).fill(name)
    page.get_by_role("button", name="Assist and finish").click()
    expect(page.get_by_label("Training on").locator("option")).to_have_count(3)
    page.get_by_label("Training on").select_option("rack")
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/sea")
    made = desk.store.projects.get("sea")
    assert (made.trains_on, made.infers_on) == ("rack", None)
    assert looks.complaints == []


@pytest.mark.browser
def test_what_can_only_be_computed_in_one_place_is_told(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/settings").page
    page.locator("#change-settings summary").click()
    form = page.locator("#settings-form")
    expect(form).to_contain_text("tenfold-gpu: A worker is there.")
    expect(form.get_by_label("Training on")).to_be_hidden()


@pytest.mark.browser
def test_while_prefect_is_gone_the_rest_can_be_changed(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: str) -> None:
        raise TransientServiceError("Prefect doesn't answer.")

    monkeypatch.setattr(orchestration, "job_pools", gone)
    page = visit(desk, "/projects/pets/settings").page
    page.locator("#change-settings summary").click()
    form = page.locator("#settings-form")
    expect(form).to_contain_text("What else there is isn't known now")
    form.get_by_label("People for each image").fill("2")
    form.get_by_role("button").click()
    page.locator("#settings-effect").get_by_role("button", name="Change them").click()
    eventually(lambda: desk.store.projects.get("pets").overlap == 2)
