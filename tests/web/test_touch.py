"""Hands instead of mouse and keys: two fingers zoom and move, one draws, all can be touched."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from models.round import RoundKind

from .browsing import (
    Visit,
    answers,
    eventually,
    needs_canvas,
    on_screen,
    shown_image,
    until_another,
)
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk
from .drawing import opened
from .touching import Fingers, Point

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
SMALLEST = 40


def places(page: Page, *shares: Point) -> tuple[Point, ...]:
    """Return where shares of the picture's width and height lie on the screen."""
    return tuple(on_screen(page, x, y) for x, y in shares)


def width(page: Page) -> float:
    return on_screen(page, 1, 0)[0] - on_screen(page, 0, 0)[0]


@needs_canvas
def test_two_fingers_zoom_and_one_draws(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label", **PHONE)
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    fingers = Fingers(page)
    before = width(page)
    near = places(page, (0.45, 0.45), (0.55, 0.55))
    far = places(page, (0.2, 0.2), (0.8, 0.8))
    fingers.pinch((near[0], near[1]), (far[0], far[1]))
    page.wait_for_timeout(100)
    assert width(page) > 2 * before
    assert page.locator(".object").count() == 0, "two fingers draw nothing"
    fingers.pinch((far[0], far[1]), (near[0], near[1]))
    page.wait_for_timeout(100)
    assert width(page) == pytest.approx(before, rel=0.05)
    start, end = places(page, (0.2, 0.2), (0.6, 0.7))
    fingers.drag(start, end)
    expect(page.locator(".object")).to_have_count(1)
    page.locator(".class-button").nth(1).click()
    expect(page.locator(".object")).to_contain_text("dog")
    page.locator("#panel-act button").click()
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Boxes)
    assert [box.label for box in value.boxes] == ["dog"]
    assert looks.complaints == []


@needs_canvas
def test_two_fingers_move_the_picture(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label", **PHONE).page)
    fingers = Fingers(page)
    near, far = places(page, (0.45, 0.45), (0.55, 0.55)), places(page, (0.1, 0.1), (0.9, 0.9))
    fingers.pinch((near[0], near[1]), (far[0], far[1]))
    page.wait_for_timeout(100)
    before = page.evaluate("document.getElementById('stage').scrollLeft")
    (x, y), (u, v) = (150, 250), (250, 250)
    fingers.pinch(((x, y), (u, v)), ((x - 80, y), (u - 80, v)))
    page.wait_for_timeout(100)
    after = page.evaluate("document.getElementById('stage').scrollLeft")
    assert after - before == pytest.approx(80, abs=4)
    assert page.locator(".object").count() == 0


@needs_canvas
def test_four_taps_make_a_box_that_buttons_double_and_remove(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label", **PHONE).page)
    fingers = Fingers(page)
    page.get_by_role("button", name="4 points").click()
    for place in places(page, (0.5, 0.2), (0.5, 0.8), (0.3, 0.5), (0.7, 0.5)):
        fingers.tap(place)
    objects = page.locator(".object")
    expect(objects).to_have_count(1)
    objects.nth(0).locator("button").first.click()
    page.get_by_role("button", name="Double").click()
    expect(objects).to_have_count(2)
    page.get_by_role("button", name="Remove", exact=False).first.click()
    expect(objects).to_have_count(1)


def test_one_finger_moves_a_picture_that_nothing_is_drawn_on(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label", **PHONE).page
    shown_image(page)
    fingers = Fingers(page)
    near, far = places(page, (0.45, 0.45), (0.55, 0.55)), places(page, (0.1, 0.1), (0.9, 0.9))
    fingers.pinch((near[0], near[1]), (far[0], far[1]))
    page.wait_for_timeout(100)
    before = page.evaluate("document.getElementById('stage').scrollLeft")
    fingers.drag((250, 250), (190, 250))
    page.wait_for_timeout(100)
    after = page.evaluate("document.getElementById('stage').scrollLeft")
    assert after - before == pytest.approx(60, abs=4)
    page.locator(".class-button").first.click()
    eventually(lambda: [a.value for a in answers(desk)] == [ClassLabel(label="cat")])


def test_a_tile_is_large_while_a_finger_stays_on_it(desk: Desk, visit: Visit) -> None:
    desk.open(RoundKind.REVIEW)
    page = visit(desk, "/projects/pets/label", **PHONE).page
    tile = page.locator(".gtile").nth(1)
    expect(tile.locator("img")).to_be_visible()
    box = tile.bounding_box()
    assert box is not None
    fingers = Fingers(page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    fingers.hold(middle, 700)
    large = page.locator(".enlarged img")
    expect(large).to_be_visible()
    sha = (tile.locator("img").get_attribute("src") or "").split("/")[-2]
    assert sha in (large.get_attribute("src") or "")
    fingers.lift()
    expect(large).to_have_count(0)
    page.wait_for_timeout(300)
    expect(page.locator(".gtile.wrong")).to_have_count(0)
    fingers.tap(middle)
    expect(page.locator(".gtile.wrong")).to_have_count(1)


@needs_canvas
def test_an_outline_is_drawn_with_a_finger(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.POLYGONS)
    desk.open()
    looks = visit(desk, "/projects/pets/label", **PHONE)
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    fingers = Fingers(page)
    for place in places(page, (0.2, 0.2), (0.7, 0.2), (0.5, 0.8)):
        fingers.tap(place)
    page.get_by_role("button", name="Close this outline").click()
    expect(page.locator(".object")).to_have_count(1)
    page.locator(".object.current .hard").click()
    page.get_by_role("button", name="Send 1 outline").click()
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Polygons)
    [outline] = value.polygons
    assert outline.difficult
    corners = (
        (0.2 * WIDTH, 0.2 * HEIGHT),
        (0.7 * WIDTH, 0.2 * HEIGHT),
        (0.5 * WIDTH, 0.8 * HEIGHT),
    )
    for point, there in zip(outline.points, corners, strict=True):
        assert point == pytest.approx(there, abs=2)
    assert looks.complaints == []


PAGES = (
    "/projects",
    "/new-project",
    "/import",
    "/projects/pets",
    "/projects/pets/label",
    "/projects/pets/data",
    "/projects/pets/review",
    "/projects/pets/consensus",
    "/projects/pets/settings",
    "/projects/pets/export",
    "/people",
    "/account",
)

TOO_SMALL = """
(least) => [...document.querySelectorAll(
    'button, .button, summary, select, input, nav a, .gtile')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => !each.closest('dialog, label'))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < least - 0.5))
  .map(([each, box]) => `${each.outerHTML.slice(0, 90)} ${box.width} × ${box.height}`)
"""


@pytest.mark.parametrize("path", PAGES)
def test_what_can_be_touched_is_large_enough_and_nothing_is_wider_than_a_phone(
    desk: Desk, visit: Visit, path: str
) -> None:
    desk.open()
    narrow: dict[str, Any] = {**PHONE, "viewport": {"width": 360, "height": 740}}
    page = visit(desk, path, **narrow).page
    page.wait_for_load_state("load")
    page.wait_for_timeout(300)
    assert page.evaluate(TOO_SMALL, SMALLEST) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


TOOLS = """
() => {
  const tools = [...document.querySelectorAll('.tool')].filter((each) => each.checkVisibility());
  const cut = (each) => each.scrollWidth > each.clientWidth || !each.innerText;
  return [tools.map((each) => each.offsetTop), tools.filter(cut).map(({ id }) => id)];
}
"""


def test_the_tools_of_the_label_page_fit_in_a_row(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk()
    desk.open(RoundKind.REVIEW)
    narrow: dict[str, Any] = {**PHONE, "viewport": {"width": 360, "height": 740}}
    page = visit(desk, "/projects/pets/label", **narrow).page
    expect(page.locator("#together")).to_be_visible()
    tops, cut = page.evaluate(TOOLS)
    assert len(tops) == 7
    assert len(set(tops)) == 1
    assert cut == []
    for wide in (710, 950, 1210):
        page.set_viewport_size({"width": wide, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= wide


def test_what_a_phone_says_covers_no_button_and_names_no_key(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    desk.open()
    page = visit(desk, "/projects/pets/label", **PHONE).page
    shown_image(page)
    expect(page.locator("#ask")).to_have_text(
        "Which classes are in it?Any number, or none of them."
    )
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_be_visible()
    toast = page.locator("#toast").bounding_box()
    panel = page.locator("#panel").bounding_box()
    tools = page.locator(".tool-bar").bounding_box()
    assert toast
    assert panel
    assert tools
    assert tools["y"] + tools["height"] <= toast["y"]
    assert toast["y"] + toast["height"] <= panel["y"]
    assert toast["width"] > 0.9 * PHONE["viewport"]["width"]
    expect(page.locator("#toast")).to_have_text("Nothing is chosen.")


NAMES_A_KEY = re.compile(r"\b[B-Z]\b|Enter|Esc|\bTab\b|[Pp]ress|\bkey")
"""What only hands with a keyboard can do."""


@needs_canvas
def test_what_is_said_of_boxes_on_a_phone_names_no_key(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label", **PHONE).page)
    toast = page.locator("#toast")
    said = []
    page.get_by_role("button", name="4 points").click()
    expect(toast).to_contain_text("“4 points” ends it")
    said.append(toast.inner_text())
    page.keyboard.press("Enter")  # a tablet's keyboard: the words are for fingers all the same
    expect(toast).to_contain_text("“No boxes here” says so")
    said.append(toast.inner_text())
    said += [page.locator("#ask").inner_text()]
    assert [text for text in said if NAMES_A_KEY.search(text.replace("4 points", ""))] == []


def test_the_set_of_the_last_image_is_copied_by_a_button(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    desk.open()
    looks = visit(desk, "/projects/pets/label", **PHONE)
    page = looks.page
    first = shown_image(page)
    same = page.get_by_role("button", name="Same as last")
    expect(same).to_be_disabled()
    page.get_by_role("button", name="cat").click()
    page.get_by_role("button", name="bird").click()
    page.get_by_role("button", name="Send").click()
    until_another(page, first)
    same.click()
    expect(page.locator("#classes [aria-pressed=true]")).to_have_count(2)
    page.get_by_role("button", name="Send").click()
    eventually(lambda: len(answers(desk)) == 2)
    sets = [a.value.labels for a in answers(desk) if isinstance(a.value, LabelSet)]
    assert sets == [("bird", "cat")] * 2
    assert looks.complaints == []
