"""Images are sent by the page: to a project that is to be, and more to one that is there."""

from contextlib import suppress
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from playwright.sync_api import Error, Route, expect
from starlette.requests import ClientDisconnect

from models.person import Role
from models.project import Project, ProjectSettings, label_classes
from tenfold.blobs import names
from tenfold.web.failures import LEFT, install
from tenfold.web.uploads import LOOK_AT_HOME

from .browsing import Visit, eventually
from .client import Client
from .conftest import Desk, SignIn, painted


def sent(desk: Desk) -> set[str]:
    """Return what is kept of all uploads, by the names that the files came with."""
    return {blob.name.split("/", 2)[2] for blob in desk.blobs.list(names.UPLOADS)}


def with_upload(desk: Desk, admin: Client, name: str = "sent") -> Project:
    """Make a project that takes its images from an upload."""
    begun = admin.post("/api/uploads").json()
    assert admin.put(f"/api/uploads/{begun['id']}/files?path=first.jpg", content=painted(50))
    wanted = {
        "name": name,
        "task": "classification",
        "source": begun["source"],
        "classes": label_classes(["cat", "dog"]),
    }
    return desk.store.projects.create(ProjectSettings.model_validate(wanted))


def test_a_file_is_sent_once(desk: Desk, admin: Client) -> None:
    begun = admin.post("/api/uploads")
    assert begun.status_code == 201
    address = f"/api/uploads/{begun.json()['id']}"
    assert admin.get(address).json() == begun.json()
    first = admin.put(f"{address}/files?path=a/b.jpg", content=painted(1))
    again = admin.put(f"{address}/files?path=a/b.jpg", content=painted(1))
    assert (first.status_code, first.json()) == (201, {"path": "a/b.jpg", "new": True})
    assert (again.status_code, again.json()) == (200, {"path": "a/b.jpg", "new": False})
    assert sent(desk) == {"a/b.jpg"}
    assert list((desk.settings.home_dir / "uploading").iterdir()) == []


def test_what_is_no_image_is_said_so(desk: Desk, admin: Client) -> None:
    address = f"/api/uploads/{admin.post('/api/uploads').json()['id']}/files"
    refused = admin.put(f"{address}?path=a.jpg", content=b"%PDF-1.7")
    assert refused.status_code == 422
    assert "PDF document" in refused.json()["error"]
    assert admin.put(address, content=painted(1)).status_code == 422
    strange = admin.put(f"/api/uploads/{'0' * 16}/files?path=a.jpg", content=painted(1))
    assert strange.status_code == 404
    outside = admin.put(f"{address}?path=../../../a.jpg", content=painted(1))
    assert outside.json()["path"] == "a.jpg"
    assert sent(desk) == {"a.jpg"}


def test_an_image_that_is_cut_off_is_named_with_what_to_do(desk: Desk, admin: Client) -> None:
    address = f"/api/uploads/{admin.post('/api/uploads').json()['id']}/files"
    refused = admin.put(f"{address}?path=trip/a.jpg", content=cut_off(1))
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("trip/a.jpg: It is cut off or damaged: ")
    assert refused.json()["error"].endswith(LOOK_AT_HOME)
    assert sent(desk) == set()
    assert admin.put(f"{address}?path=trip/a.jpg", content=painted(1)).status_code == 201
    assert sent(desk) == {"trip/a.jpg"}


def test_only_admins_send_images(
    desk: Desk, admin: Client, anyone: Client, sign_in: SignIn
) -> None:
    address = f"/api/uploads/{admin.post('/api/uploads').json()['id']}"
    project = with_upload(desk, admin)
    to_project = f"/api/projects/{project.name}/files?path=a.jpg"
    eva = sign_in(Role.LABELER, "eva")
    for client, status in ((anyone, 401), (eva, 403), (sign_in(Role.REVIEWER), 403)):
        assert client.post("/api/uploads").status_code == status
        assert client.put(f"{address}/files?path=a.jpg", content=painted(1)).status_code == status
        assert client.put(to_project, content=painted(1)).status_code == status
    person = desk.store.people.ensure("eva", Role.LABELER)
    desk.store.people.set_role_in(project.id, person.id, Role.ADMIN)
    assert eva.put(to_project, content=painted(1)).status_code == 201
    assert sent(desk) == {"first.jpg", "a.jpg"}


def test_nothing_is_written_to_a_source_of_somebodys_own(desk: Desk, admin: Client) -> None:
    refused = admin.put("/api/projects/pets/files?path=a.jpg", content=painted(1))
    assert refused.status_code == 409
    assert "/data, where tenfold never writes" in refused.json()["error"]
    assert "More images" not in admin.get("/projects/pets/settings").text


def cut_off(number: int) -> bytes:
    """A picture as a disk that was full leaves it: its header is whole, its end is not there."""
    return painted(number)[:-60]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with images, one of them twice, and with what is none."""
    folder = tmp_path / "photos"
    (folder / "summer").mkdir(parents=True)
    for number in (1, 2, 3):
        (folder / f"{number}.jpg").write_bytes(painted(number))
    (folder / "summer" / "1.jpg").write_bytes(painted(4))
    (folder / "2 cut off.jpg").write_bytes(cut_off(7))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (folder / "notes.txt").write_text("by the sea")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


DROP = """([area, files]) => {
  const transfer = new DataTransfer();
  for (const [name, bytes] of files) {
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
  }
  const like = { dataTransfer: transfer, bubbles: true, cancelable: true };
  area.dispatchEvent(new DragEvent("drop", like));
}"""


@pytest.mark.browser
def test_a_project_is_made_of_a_folder_that_is_sent(
    desk: Desk, visit: Visit, photos: Path, woken: list[str]
) -> None:
    looks = visit(desk, "/new-project")
    page = looks.page
    page.fill('[name="name"]', "sea")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".field-problem")).to_have_text("Send images, or say where they are.")
    page.locator('[data-input="folder"]').set_input_files(photos)
    said = page.locator(".upload-said")
    expect(said).to_contain_text("4 images are there.")
    expect(said).to_contain_text("3 files were not taken.")
    refused = page.locator(".upload-refused")
    for name in ("photos/broken.png", "photos/2 cut off.jpg"):
        line = refused.locator("li", has_text=name)
        expect(line.locator("span").first).to_have_text(name)
        expect(line).to_contain_text("It is cut off or damaged")
    expect(refused).to_contain_text(LOOK_AT_HOME)
    expect(refused.locator("li span.muted", has_text="photos/")).to_have_count(0)
    expect(refused.locator("li", has_text="photos/notes.txt")).to_contain_text("It is no image")
    assert sent(desk) == {f"photos/{name}" for name in ("1.jpg", "2.jpg", "3.jpg", "summer/1.jpg")}
    # Sent again after a reload, they are there already.
    page.reload()
    page.fill('[name="name"]', "sea")
    page.get_by_role("button", name="Next").click()
    page.locator('[data-input="folder"]').set_input_files(photos)
    expect(said).to_contain_text("4 images are there, 4 of them already before.")
    page.get_by_role("button", name="Next").click()
    for place, name in enumerate(("wave", "dune")):
        page.locator("#class-editor li input:not([type=color])").nth(place).fill(name)
    for _ in range(2):
        page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/sea")
    source = Path(desk.store.projects.get("sea").source)
    assert sorted(path.name for path in source.rglob("*.jpg")) == [
        "1.jpg",
        "1.jpg",
        "2.jpg",
        "3.jpg",
    ]
    assert woken == ["sea"]
    assert [text for text in looks.complaints if "422" not in text] == []


@pytest.mark.browser
def test_more_images_are_dropped_on_the_details_page(
    desk: Desk, admin: Client, visit: Visit
) -> None:
    project = with_upload(desk, admin)
    looks = visit(desk, f"/projects/{project.name}/settings")
    page = looks.page
    expect(page.get_by_text("taken in when the project is run")).to_be_visible()
    files = [["first.jpg", list(painted(50))], ["first.jpg", list(painted(51))]]
    page.evaluate(DROP, [page.locator(".upload-drop").element_handle(), files])
    expect(page.locator(".upload-said")).to_have_text(
        "2 images are there, 1 of them already before."
    )
    assert len(sent(desk)) == 2
    assert looks.complaints == []


@pytest.mark.browser
def test_sending_goes_on_when_the_server_is_back(desk: Desk, admin: Client, visit: Visit) -> None:
    project = with_upload(desk, admin)
    looks = visit(desk, f"/projects/{project.name}/settings")
    page = looks.page
    page.wait_for_selector(".upload-drop")
    looks.server.stop()
    files = [[f"{number}.jpg", list(painted(number))] for number in range(5)]
    page.evaluate(DROP, [page.locator(".upload-drop").element_handle(), files])
    expect(page.locator(".upload-count")).to_contain_text("0 of 5 images")
    page.wait_for_timeout(500)
    looks.server.start()
    expect(page.locator(".upload-said")).to_contain_text("5 images are there.")
    eventually(lambda: len(sent(desk)) == 6)


def test_who_leaves_while_sending_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    install(app)

    @app.put("/files")
    async def take() -> None:
        raise ClientDisconnect

    with start_blocking_portal() as portal:
        assert Client(portal, app).put("/files").status_code == LEFT
    assert "ERROR" not in caplog.text


@pytest.mark.browser
def test_what_was_stopped_is_sent_again(desk: Desk, admin: Client, visit: Visit) -> None:
    project = with_upload(desk, admin)
    looks = visit(desk, f"/projects/{project.name}/settings")
    page = looks.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)  # nothing comes through

    page.route("**/files?path=*", hold)
    files = [[f"{number}.jpg", list(painted(number))] for number in range(5)]
    page.evaluate(DROP, [page.locator(".upload-drop").element_handle(), files])
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".upload-said")).to_have_text("5 files are not sent yet.")
    for route in held:  # else what the page gave up would go on to the server now
        with suppress(Error):
            route.abort()
    page.unroute("**/files?path=*")
    page.get_by_role("button", name="Send the rest again").click()
    expect(page.locator(".upload-said")).to_have_text("5 images are there.")
    assert len(sent(desk)) == 6
