"""Projects that a person makes, tags and finishes in Chromium, with Prefect and workers behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from benchmarks.chromium import chromium
from models.annotation import FinalKind
from models.label import Box, Boxes
from models.project import FinishMode, Project
from models.round import ApprovedVia
from tenfold import orchestration
from tenfold.settings import get_settings
from tenfold.web.link import sign_in_link
from tests.e2e.conftest import COLORS, Home, draw_images, expected_labels, until

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PATIENT = 600_000.0
"""Milliseconds that a person would wait for the machine."""
PHOTOS, SCENES = 12, 3
SIZE = (160, 120)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(home: Home, browser: Browser) -> Iterator[Page]:
    """A page of somebody who came by the link that `tenfold up` prints."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(sign_in_link(get_settings(), home.links.page))
    yield page
    context.close()


@pytest.fixture(scope="module")
def boxes() -> list[Box]:
    """Where the thing is in each scene."""
    return [
        Box(label="thing", xmin=20 + 30 * i, ymin=20 + 10 * i, xmax=80 + 30 * i, ymax=70 + 10 * i)
        for i in range(SCENES)
    ]


@pytest.fixture(scope="module")
def made(home: Home, page: Page, boxes: list[Box]) -> None:
    """Two projects made with the form; both begin to run at once."""
    photos, scenes = home.folder / "photos", home.folder / "scenes"
    draw_images(photos, PHOTOS)
    scenes.mkdir()
    for i, box in enumerate(boxes):
        picture = Image.new("RGB", SIZE, (30, 40, 50))
        ImageDraw.Draw(picture).rectangle((box.xmin, box.ymin, box.xmax, box.ymax), fill="white")
        picture.save(scenes / f"{i}.png")
    make(page, "by-hand", photos, sorted(COLORS))
    make(page, "boxed", scenes, ["thing"], task="boxes")


def make(page: Page, name: str, source: Path, classes: list[str], task: str = "") -> None:
    """Fill in the form for a new project, whose every image people label."""
    page.get_by_role("link", name="Projects").first.click()
    page.locator('a[href="/new-project"]').click()
    page.locator('[name="name"]').fill(name)
    if task:
        page.locator(f'[name="task"][value="{task}"]').check()
    page.get_by_role("button", name="Next").click()
    page.locator('[name="source"]').fill(str(source))
    page.get_by_role("button", name="Next").click()
    for number, each in enumerate(classes, 1):
        page.get_by_label(f"Class {number}", exact=True).fill(each)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.locator(f'[name="finish"][value="{FinishMode.MANUAL}"]').check()
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url(f"**/projects/{name}")


def begin(page: Page, home: Home, name: str) -> Project:
    """Wait on the dashboard until images are there to label, and go to them."""
    page.goto(f"{home.links.page}/projects/{name}")
    page.get_by_role("link", name="Label images").click(timeout=PATIENT)
    page.wait_for_selector(".stage-canvas img")
    return home.ctx.store.projects.get(name)


def approve(page: Page) -> None:
    """Press the button that is there when all is answered, and see the dashboard complete."""
    expect(page.locator("#finished")).to_be_visible()
    page.get_by_role("button", name="Approve and continue").click()
    expect(page.locator("#toast")).to_contain_text("Approved.")
    page.get_by_role("link", name="To the dashboard", exact=True).click()
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("Complete: every image has its label.", timeout=PATIENT)


def check_approval(home: Home, project: Project) -> None:
    cycle = home.ctx.store.cycles.current(project.id)
    assert cycle is not None
    [asked] = home.ctx.store.rounds.list(cycle.id)
    approval = home.ctx.store.rounds.approval(asked.id)
    assert approval is not None
    assert approval.via is ApprovedVia.PAGE
    run = home.run_of(project)
    assert run is not None
    until(lambda: orchestration.run_state(run).kind == "completed", what="a completed run")


def shown(page: Page) -> list[str]:
    """Return the hashes of the images that are shown, in their order."""
    images = page.locator(".gtile img, .stage-canvas img").all()
    return [(i.get_attribute("src") or "").split("/images/")[1].split("/")[0] for i in images]


@pytest.mark.usefixtures("made")
def test_photos_are_tagged_in_a_grid_by_keyboard_and_delivered(home: Home, page: Page) -> None:
    project = begin(page, home, "by-hand")
    page.select_option("#sizes", str(PHOTOS))
    tagged: set[str] = set()
    while len(tagged) < PHOTOS:
        tagged.update(tag_screen(home, page, project))
    approve(page)
    assert home.labels(project) == expected_labels(home.folder / "photos")
    check_approval(home, project)


def tag_screen(home: Home, page: Page, project: Project) -> list[str]:
    """Tag the images on the screen, which look alike, and go on to others; return their hashes."""
    page.wait_for_selector(".gtile img")
    asked = shown(page)
    for sha in asked:
        path = home.ctx.store.images.get(project.id, sha).paths[0]
        page.keyboard.press("1" if path.startswith("blue") else "2")
    expect(page.locator(".gtile.answered")).to_have_count(len(asked))
    page.keyboard.press("Enter")
    page.wait_for_function(
        "sha => ![...document.querySelectorAll('.gtile img')].some(one => one.src.includes(sha))",
        arg=asked[0],
    )
    return asked


@pytest.mark.usefixtures("made")
def test_boxes_are_drawn_with_the_mouse_and_delivered(
    home: Home, page: Page, boxes: list[Box]
) -> None:
    project = begin(page, home, "boxed")
    for number in range(SCENES):
        page.wait_for_selector(".a9s-annotationlayer")
        [sha] = shown(page)
        path = home.ctx.store.images.get(project.id, sha).paths[0]
        draw(page, boxes[int(path.removesuffix(".png"))])
        expect(page.locator(".object")).to_have_count(1)
        page.keyboard.press("Enter")
        if number < SCENES - 1:
            page.wait_for_function(
                "sha => !document.querySelector('.stage-canvas img').src.includes(sha)", arg=sha
            )
    approve(page)
    finals = list(home.ctx.store.snapshots.final_labels(project.id))
    assert {row.by for row in finals} == {FinalKind.PERSON}
    for row in finals:
        path = home.ctx.store.images.get(project.id, row.sha256).paths[0]
        assert isinstance(row.value, Boxes)
        [box] = row.value.boxes
        true = boxes[int(path.removesuffix(".png"))]
        assert box.label == true.label
        for side in ("xmin", "ymin", "xmax", "ymax"):
            assert getattr(box, side) == pytest.approx(getattr(true, side), abs=1.5)
    check_approval(home, project)


def draw(page: Page, box: Box) -> None:
    """Drag the mouse over the thing, as it lies on the screen."""
    frame = page.locator(".stage-canvas").bounding_box()
    assert frame is not None
    across, down = frame["width"] / SIZE[0], frame["height"] / SIZE[1]
    page.mouse.move(frame["x"] + box.xmin * across, frame["y"] + box.ymin * down)
    page.mouse.down()
    page.mouse.move(frame["x"] + box.xmax * across, frame["y"] + box.ymax * down, steps=6)
    page.mouse.up()
