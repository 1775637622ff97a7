"""Labels that were made elsewhere, brought in from the page."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from models.label import Box, Boxes
from models.person import Role

from .browsing import Visit, eventually
from .client import Client
from .conftest import Desk, SignIn
from .test_accessible import violations

IMAGES = ("a.png", "b.png", "lost.png")
BOX = [0.25, 0.5, 0.5, 0.25]
"""Parts of an image of 200 × 100 pixels."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate(("a.png", "b.png", "unlabeled.png")):
        Image.new("RGB", (200, 100), (number, 0, 0)).save(folder / name)
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """What Azure ML's data labeling exported: two boxes, one without area, one image lost."""
    coco = {
        "images": [
            {
                "id": number,
                "width": 0.0,
                "height": 0.0,
                "file_name": name,
                "coco_url": f"AmlDatastore://workspaceblobstore/set/{name}",
            }
            for number, name in enumerate(IMAGES)
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": box}
            for n, box in enumerate([BOX, BOX, [0.1, 0.1, 0, 0]])
        ],
        "categories": [{"id": 1, "name": "can"}],
    }
    file = tmp_path / "zoo & co.json"
    file.write_text(json.dumps(coco, indent=1))
    return file


def over(client: Client, wanted: dict[str, Any]) -> dict[str, Any]:
    begun = client.post("/api/imports", json=wanted)
    assert begun.status_code == 202, begun.text
    address = f"/api/imports/{begun.json()['id']}"
    eventually(lambda: client.get(address).json()["state"] != "running", 60)
    told: dict[str, Any] = client.get(address).json()
    return told


def test_a_file_is_looked_into_and_imported_over_http(
    admin: Client, desk: Desk, photos: Path, export: Path
) -> None:
    name = "../labels.json"
    sent = admin.post("/api/imports/files", params={"name": name}, content=export.read_bytes())
    assert sent.status_code == 201
    wanted = {"project": "zoo", "file": sent.json()["id"], "images": str(photos)}
    told = over(admin, wanted)
    assert told["state"] == "done", told
    report = told["report"]
    assert (report["format"], report["task"], report["new_project"]) == ("coco", "boxes", True)
    assert (report["images"], report["found"], report["labels"]) == (3, 2, {"can": 2})
    assert report["missing"] == {"count": 1, "first": ["lost.png"]}
    [problem] = report["not_understood"]["first"]
    assert problem.startswith("labels.json:")
    assert "without area" in problem
    assert [project.name for project in desk.store.projects.list()] == ["pets"]

    came = over(admin, {**wanted, "dry": False})["report"]
    assert (came["taken"], came["new_project"]) == (2, True)
    project = desk.store.projects.get("zoo")
    assert desk.store.images.count(project.id) == 3
    found = [row.value for row in desk.store.snapshots.final_labels(project.id)]
    can = Box(label="can", xmin=50, ymin=50, xmax=150, ymax=75)
    assert found == [Boxes(boxes=(can,))] * 2


def test_what_is_wrong_is_said_in_a_sentence(
    admin: Client, desk: Desk, tmp_path: Path, photos: Path
) -> None:
    (tmp_path / "notes.json").write_text('{"a": 1}')
    path = str(tmp_path / "notes.json")
    told = over(admin, {"project": "zoo", "path": path, "images": str(photos)})
    assert (told["state"], told["report"]) == ("failed", None)
    assert path in told["error"]
    assert "Traceback" not in told["error"]
    refused = admin.post("/api/imports", json={"project": "zoo"})
    assert refused.status_code == 422
    assert "no labels" in refused.json()["error"]
    refused = admin.post("/api/imports", json={"project": "--help", "path": path})
    assert refused.status_code == 422


def test_a_projects_settings_lead_to_its_import(admin: Client, reviewer: Client) -> None:
    address = "/import?project=pets"
    assert f'href="{address}"' in admin.get("/projects/pets/settings").text
    assert address not in reviewer.get("/projects/pets/settings").text
    assert 'value="pets"' in admin.get(address).text


@pytest.mark.parametrize("made", ["0" * 16, "..", "x"])
def test_what_is_not_there_any_more_is_said_to_be_so(admin: Client, made: str) -> None:
    assert admin.get(f"/api/imports/{made}").status_code == 404
    assert admin.post("/api/imports", json={"project": "a", "file": made}).status_code == 404


@pytest.mark.parametrize("role", [Role.LABELER, Role.REVIEWER])
def test_only_admins_import(sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    assert client.get("/import").status_code == 403
    assert client.post("/api/imports/files", params={"name": "a"}, content=b"").status_code == 403
    assert client.post("/api/imports", json={"project": "a", "path": "/x"}).status_code == 403
    assert client.get(f"/api/imports/{'0' * 16}").status_code == 403


@pytest.mark.browser
def test_an_owner_brings_an_export_by_the_page(
    desk: Desk, visit: Visit, photos: Path, export: Path
) -> None:
    looks = visit(desk, "/new-project")
    page = looks.page
    page.get_by_role("link", name="Bring labels from elsewhere").click()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_role("alert")).to_have_text("Say which project.")
    page.get_by_role("combobox", name="Project").fill("zoo")
    page.get_by_label("Labels file").set_input_files(export)
    page.get_by_role("button", name="Look into it").click()
    found = page.locator("#found")
    expect(found.get_by_role("heading")).to_have_text("Would come into zoo, a new project")
    expect(found).to_contain_text("None of the images was found")

    page.get_by_label("Images of a new project").fill(str(photos))
    expect(found).to_be_hidden()
    page.get_by_role("button", name="Look into it").click()
    expect(found.get_by_role("row", name="Found 2")).to_be_visible(timeout=60_000)
    expect(found.get_by_role("row", name="can 2")).to_be_visible()
    expect(found).to_contain_text("zoo & co.json:")
    expect(found).to_contain_text("lost.png")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Import into zoo").click()
    expect(found.get_by_role("heading")).to_have_text("Came into zoo, a new project")
    page.get_by_role("link", name="Open zoo").click()
    expect(page.get_by_role("heading", name="zoo")).to_be_visible()
    assert looks.complaints == []
