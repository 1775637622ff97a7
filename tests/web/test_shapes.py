"""Boxes and outlines in Chromium: drawn, marked, moved, taken back, sifted."""

import pytest
from playwright.sync_api import Page, expect

from models.label import Box, Boxes, Polygons, TaskType
from models.prelabel import Prelabel

from .browsing import (
    Visit,
    answers,
    drag,
    eventually,
    needs_canvas,
    on_screen,
    shown_image,
    until_another,
    until_shown,
)
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk
from .drawing import at, click, latest, opened, proposing

pytestmark = [pytest.mark.browser, needs_canvas]


def sent(desk: Desk, count: int = 1) -> tuple[Box, ...]:
    """Return the boxes of the latest answer, once there are so many answers."""
    value = latest(desk, count)
    assert isinstance(value, Boxes)
    return value.boxes


def test_four_clicks_make_a_box_and_stay_on_for_the_next_image(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    page.keyboard.press("x")
    click(page, (60, 20), (60, 100), (30, 50))
    page.keyboard.press("Backspace")
    click(page, (40, 60), (120, 70))
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("2")
    before = shown_image(page)
    page.keyboard.press("Enter")
    [box] = sent(desk)
    assert box.label == "dog"
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx((40, 20, 120, 100), abs=1)
    until_another(page, before)
    opened(page)
    click(page, (10, 10), (20, 30), (5, 20), (50, 20))
    expect(page.locator(".object")).to_have_count(1)
    assert looks.complaints == []


def test_nothing_in_an_image_is_said_by_a_key_of_its_own_only(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("N says so")
    drag(page, (0.25, 0.25), (0.5, 0.75))
    page.keyboard.press("n")
    expect(page.locator("#toast")).to_contain_text("Remove them first")
    page.keyboard.press("Delete")
    assert answers(desk) == []
    page.keyboard.press("n")
    assert sent(desk) == ()


INNER = Box(label="dog", xmin=80, ymin=60, xmax=100, ymax=80, score=0.4)
OUTER = Box(label="cat", xmin=20, ymin=20, xmax=200, ymax=140, score=0.9)
TINY = Box(label="bird", xmin=210, ymin=10, xmax=212, ymax=12, score=0.6)


def current(page: Page) -> str:
    return page.locator(".object.current button").first.inner_text()


def test_overlapping_and_tiny_boxes_are_marked_by_clicks_and_by_tab(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, INNER, OUTER, TINY)
    page = opened(visit(desk, "/projects/pets/label").page)
    expect(page.locator(".object")).to_have_count(3)
    click(page, (90, 70))
    expect(page.locator(".object.current")).to_contain_text("dog")
    page.wait_for_timeout(300)
    click(page, (90, 70))
    expect(page.locator(".object.current")).to_contain_text("cat")
    page.wait_for_timeout(300)
    click(page, (90, 70))
    expect(page.locator(".object.current")).to_contain_text("dog")
    click(page, (213, 12))
    expect(page.locator(".object.current")).to_contain_text("bird")
    page.keyboard.press("Escape")
    seen = []
    for _ in range(3):
        page.keyboard.press("Tab")
        seen.append(current(page).split()[1])
    assert sorted(seen) == ["bird", "cat", "dog"]
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    assert len(sent(desk)) == 3


def test_the_threshold_leaves_unsure_proposals_out(make_desk: MakeDesk, visit: Visit) -> None:
    desk = proposing(make_desk, INNER, OUTER, TINY)
    page = opened(visit(desk, "/projects/pets/label").page)
    expect(page.locator(".object")).to_have_count(3)
    for _ in range(10):
        page.keyboard.press("]")
    expect(page.locator(".object")).to_have_count(2)
    expect(page.locator(".objects h2")).to_contain_text("1 below the threshold")
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(page.locator(".object")).to_have_count(3)
    for _ in range(5):
        page.keyboard.press("]")
    before = shown_image(page)
    page.keyboard.press("Enter")
    assert [box.label for box in sent(desk)] == ["cat", "bird"]
    until_another(page, before)
    expect(page.locator(".object")).to_have_count(2)


def test_proposals_that_are_all_hidden_are_not_taken_for_an_empty_image(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, INNER, TINY)
    page = opened(visit(desk, "/projects/pets/label").page)
    expect(page.locator(".object")).to_have_count(2)
    for _ in range(14):
        page.keyboard.press("]")
    act, toast = page.locator("#panel-act button"), page.locator("#toast")
    expect(act).to_have_text("No boxes here? 2 below the thresholdN")
    before = shown_image(page)
    page.keyboard.press("Enter")
    expect(toast).to_contain_text("2 proposed boxes are below the threshold")
    act.click()
    expect(toast).to_contain_text("Press again")
    expect(act).to_have_text("No boxes hereN")
    assert shown_image(page) == before
    act.click()
    assert sent(desk) == ()
    until_another(page, before)
    expect(act).to_have_text("No boxes here? 2 below the thresholdN")
    page.keyboard.press("n")
    assert sent(desk, 2) == ()


def test_a_grid_accepts_only_what_the_threshold_leaves(make_desk: MakeDesk, visit: Visit) -> None:
    desk = proposing(make_desk, INNER, OUTER)
    unsure = desk.shas[0]
    said = Prelabel(sha256=unsure, value=Boxes(boxes=(INNER,)), confidence=0.4)
    desk.store.models.add_prelabels(desk.claim, "model-1", [said])
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    for _ in range(10):
        page.keyboard.press("]")
    page.locator("#sizes").select_option("6")
    tiles, act = page.locator(".gtile"), page.locator("#panel-act button")
    expect(tiles).to_have_count(6)
    expect(page.locator(".gtile polygon")).to_have_count(5)
    expect(tiles.filter(has_text="1 below the threshold")).to_have_count(6)
    expect(page.locator(".gtile.proposed")).to_have_count(5)
    expect(act).to_have_text("Accept 5, then 1 one by one⏎")
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 5)
    for answer in answers(desk):
        assert answer.sha256 != unsure
        assert isinstance(answer.value, Boxes)
        assert [box.label for box in answer.value.boxes] == ["cat"]
    opened(page)
    assert shown_image(page) == unsure
    expect(act).to_have_text("No boxes here? 1 below the thresholdN")
    assert looks.complaints == []


def test_every_step_in_an_image_is_taken_back_and_done_again(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    objects = page.locator(".object")
    drag(page, (0.1, 0.1), (0.4, 0.4))
    expect(objects).to_have_count(1)
    page.keyboard.press("3")
    expect(objects).to_contain_text("bird")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("d")
    expect(objects).to_have_count(2)
    page.keyboard.press("Delete")
    expect(objects).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(objects).to_have_count(2)
    for _ in range(3):
        page.keyboard.press("Control+z")
    expect(objects).to_have_count(1)
    expect(objects).to_contain_text("cat")
    page.keyboard.press("Control+z")
    expect(objects).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("Control+y")
    page.keyboard.press("Enter")
    [box] = sent(desk)
    assert box.label == "bird"
    assert box.xmin == pytest.approx(0.1 * WIDTH + 10, abs=1.5)


def test_the_buttons_take_back_and_do_again_in_the_image_before_its_neighbors(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    objects = page.locator(".object")
    first = shown_image(page)
    drag(page, (0.1, 0.1), (0.4, 0.4))
    expect(objects).to_have_count(1)
    page.keyboard.press("Enter")
    until_another(page, first)
    opened(page)
    drag(page, (0.5, 0.5), (0.8, 0.8))
    expect(objects).to_have_count(1)
    page.locator("#undo").click()
    expect(objects).to_have_count(0)
    assert shown_image(page) != first
    page.locator("#redo").click()
    expect(objects).to_have_count(1)
    page.keyboard.press("z")
    expect(objects).to_have_count(0)
    page.keyboard.press("Shift+Z")
    expect(objects).to_have_count(1)
    assert shown_image(page) != first
    page.locator("#undo").click()
    page.locator("#undo").click()
    until_shown(page, first)
    expect(objects).to_have_count(1)
    page.locator("#redo").click()
    until_another(page, first)
    sent(desk)


def test_a_box_is_resized_by_its_handles(make_desk: MakeDesk, visit: Visit) -> None:
    desk = proposing(make_desk, OUTER)
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    dashed = page.locator(".shape-lines polygon.proposed:not(.under)")
    expect(dashed).to_have_count(1)
    click(page, (100, 80))
    expect(page.locator(".object.current")).to_contain_text("cat")
    move(page, (OUTER.xmax, OUTER.ymax), (150, 110))  # a corner
    expect(dashed).to_have_count(0)
    move(page, (OUTER.xmin, (OUTER.ymin + 110) / 2), (50, 60))  # a side
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    page.keyboard.press("Enter")
    [box] = sent(desk)
    assert box.label == "cat"
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx((50, 20, 150, 110), abs=1)
    assert looks.complaints == []


def move(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one place to another, in pixels of the image."""
    drag(page, (start[0] / WIDTH, start[1] / HEIGHT), (end[0] / WIDTH, end[1] / HEIGHT))


def test_a_box_is_never_nudged_out_of_the_image(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    drag(page, (0.8, 0.1), (0.9, 0.4))
    expect(page.locator(".object")).to_have_count(1)
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    [box] = sent(desk)
    assert box.xmax == pytest.approx(WIDTH, abs=0.1)
    assert box.xmax - box.xmin == pytest.approx(0.1 * WIDTH, abs=1.5)


def test_the_boxes_of_the_last_image_are_copied(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    drag(page, (0.1, 0.1), (0.4, 0.4))
    drag(page, (0.5, 0.5), (0.8, 0.8))
    expect(page.locator(".object")).to_have_count(2)
    before = shown_image(page)
    page.keyboard.press("Enter")
    first = sent(desk)
    until_another(page, before)
    opened(page)
    page.keyboard.press("c")
    expect(page.locator(".object")).to_have_count(2)
    page.keyboard.press("Enter")
    again = sent(desk, 2)
    for old, new in zip(first, again, strict=True):
        assert new.xmin == pytest.approx(old.xmin, abs=0.1)
        assert new.label == old.label


def test_an_outline_is_drawn_closed_moved_and_given_another_corner(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.POLYGONS)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    click(page, (40, 30), (140, 30), (140, 110), (90, 150))
    page.keyboard.press("Backspace")
    page.get_by_role("button", name="Close this outline").click()
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("2")
    click(page, (120, 50))
    expect(page.locator(".a9s-handle")).to_have_count(3)
    page.mouse.move(*at(page, 90, 30.5))
    page.mouse.move(*at(page, 90, 30))
    expect(page.locator(".a9s-polygon-midpoint")).to_have_count(1)
    page.mouse.down()
    page.mouse.move(*at(page, 90, 10), steps=5)
    page.mouse.up()
    expect(page.locator(".a9s-handle")).to_have_count(4)
    page.wait_for_timeout(300)
    click(page, (140, 110))
    page.keyboard.press("Delete")
    expect(page.locator(".a9s-handle")).to_have_count(3)
    page.keyboard.press("Control+z")
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Polygons)
    [outline] = value.polygons
    assert outline.label == "dog"
    expected = [(40, 30), (90, 10), (140, 30), (140, 110)]
    for point, near in zip(outline.points, expected, strict=True):
        assert point == pytest.approx(near, abs=2)
    assert looks.complaints == []


def test_what_is_drawn_and_not_sent_is_there_after_a_reload(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    first = shown_image(page)
    drag(page, (0.25, 0.25), (0.5, 0.75))
    page.keyboard.press("2")
    drag(page, (0.6, 0.2), (0.9, 0.5))
    expect(page.locator(".object")).to_have_count(2)
    page.goto(f"{looks.server.address}/projects")
    page.goto(f"{looks.server.address}/projects/pets/label")
    opened(page)
    assert shown_image(page) == first
    expect(page.locator(".object")).to_have_count(2)
    expect(page.locator("#toast")).to_contain_text("is back")
    page.keyboard.press("Enter")
    assert [box.label for box in sent(desk)] == ["dog", "dog"]
    until_another(page, first)
    expect(page.locator(".object")).to_have_count(0)
    page.reload()
    opened(page)
    expect(page.locator(".object")).to_have_count(0)
    assert looks.complaints == []


def test_what_nobody_touched_is_a_proposal_still_after_a_reload(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, INNER, OUTER, TINY)
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    objects, dashed = page.locator(".object"), page.locator("polygon.proposed:not(.under)")
    expect(objects).to_have_count(3)
    for _ in range(10):
        page.keyboard.press("]")
    expect(objects).to_have_count(2)
    click(page, (213, 12))
    expect(page.locator(".object.current")).to_contain_text("bird")
    page.keyboard.press("2")
    expect(dashed).to_have_count(1)
    page.reload()
    opened(page)
    expect(objects).to_have_count(2)
    expect(dashed).to_have_count(1)
    expect(objects.filter(has_text="proposed 0.90")).to_contain_text("cat")
    expect(page.locator(".objects h2")).to_contain_text("1 below the threshold")
    expect(page.locator("#panel-act button")).to_have_text("Send 2 boxes⏎")
    before = shown_image(page)
    page.keyboard.press("Enter")
    assert [box.label for box in sent(desk)] == ["cat", "dog"]
    until_another(page, before)
    page.keyboard.press("z")
    until_shown(page, before)
    opened(page)
    expect(objects).to_have_count(2)
    expect(dashed).to_have_count(0)
    assert looks.complaints == []


def test_the_tag_of_a_box_at_the_right_edge_is_read_whole(
    make_desk: MakeDesk, visit: Visit
) -> None:
    edge = Box(label="cat", xmin=WIDTH - 8, ymin=60, xmax=WIDTH, ymax=90, score=0.9)
    inner = Box(label="cat", xmin=60, ymin=60, xmax=90, ymax=90, score=0.8)
    desk = proposing(make_desk, edge, inner)
    page = opened(visit(desk, "/projects/pets/label").page)
    picture = page.locator(".stage-canvas img").bounding_box()
    assert picture is not None
    tags = [tag.bounding_box() for tag in page.locator(".shape-tags span").all()]
    right = picture["x"] + picture["width"]
    assert [tag is not None and tag["x"] + tag["width"] <= right + 1 for tag in tags] == [True] * 2
    scale = picture["width"] / WIDTH
    assert tags[1] is not None
    assert tags[1]["x"] == pytest.approx(picture["x"] + 60 * scale, abs=2), "where it begins"


def edges(box: Box) -> tuple[float, float, float, float]:
    return box.xmin, box.ymin, box.xmax, box.ymax


def test_a_box_at_the_edge_is_dragged_past_it_or_begun_beside_it(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    objects = page.locator(".object")
    drag(page, (0.75, 0.5), (1.2, 1.05))  # let go over the panel
    expect(objects).to_have_count(1)
    drag(page, (-0.01, 0.25), (0.25, 0.5))
    expect(objects).to_have_count(2)
    drag(page, (-0.01, 0.6), (-0.01, 0.7))  # beside it all the way
    page.mouse.move(*on_screen(page, 0.5, 0.1))
    page.mouse.down(button="right")
    page.mouse.move(*on_screen(page, 0.6, 0.2), steps=4)
    page.mouse.up(button="right")
    page.wait_for_timeout(200)
    expect(objects).to_have_count(2)
    page.keyboard.press("Enter")
    first, second = sent(desk)
    assert edges(first) == pytest.approx((0.75 * WIDTH, 0.5 * HEIGHT, WIDTH, HEIGHT), abs=0.6)
    beside = (0, 0.25 * HEIGHT, 0.25 * WIDTH, 0.5 * HEIGHT)
    assert edges(second) == pytest.approx(beside, abs=0.6)
    assert looks.complaints == []


def test_what_is_moved_or_sized_past_the_edge_comes_back(make_desk: MakeDesk, visit: Visit) -> None:
    desk = proposing(make_desk, OUTER)
    page = opened(visit(desk, "/projects/pets/label").page)
    click(page, (100, 80))
    expect(page.locator(".object.current")).to_have_count(1)
    page.wait_for_timeout(300)
    shown = page.locator(".shape-lines polygon:not(.under)")
    move(page, (OUTER.xmax, OUTER.ymax), (300, 180))  # a corner
    expect(shown).to_have_attribute("points", "20,20 240,20 240,160 20,160")
    page.keyboard.press("Control+z")
    expect(shown).to_have_attribute("points", "20,20 200,20 200,140 20,140")
    click(page, (100, 80))
    page.wait_for_timeout(300)
    move(page, (110, 80), (-60, 200))
    expect(shown).to_have_attribute("points", "0,40 180,40 180,160 0,160")
    page.keyboard.press("Enter")
    [box] = sent(desk)
    assert edges(box) == pytest.approx((0, 40, 180, 160), abs=0.6)


def test_tiny_boxes_are_drawn_by_a_quick_drag_and_clicks_draw_none(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    objects = page.locator(".object")
    for place in ((0.2, 0.2), (0.8, 0.8)):
        page.mouse.click(*on_screen(page, *place))
    page.mouse.dblclick(*on_screen(page, 0.5, 0.5))
    move(page, (100, 100), (102, 103))
    expect(objects).to_have_count(1)
    page.keyboard.press("Enter")
    [box] = sent(desk)
    assert edges(box) == pytest.approx((100, 100, 102, 103), abs=0.4)


def test_escape_lets_go_of_a_box_and_a_digit_meanwhile_is_for_it(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = opened(visit(desk, "/projects/pets/label").page)
    objects = page.locator(".object")
    drag(page, (0.1, 0.1), (0.2, 0.2))
    expect(objects).to_have_count(1)
    page.mouse.move(*on_screen(page, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 0.5, 0.5), steps=4)
    page.keyboard.press("Escape")
    page.mouse.move(*on_screen(page, 0.6, 0.6), steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    expect(objects).to_have_count(1)
    page.mouse.down()
    page.mouse.move(*on_screen(page, 0.7, 0.7), steps=4)
    page.keyboard.press("3")
    page.mouse.up()
    expect(objects).to_have_count(2)
    page.keyboard.press("Enter")
    assert [box.label for box in sent(desk)] == ["cat", "bird"]


COUNT_ADDED = """
() => {
  window.added = 0;
  const count = (records) => {
    for (const { addedNodes } of records) window.added += addedNodes.length;
  };
  const watched = { childList: true, subtree: true };
  for (const place of document.querySelectorAll('.shape-lines, .shape-tags, #objects'))
    new MutationObserver(count).observe(place, watched);
}
"""


def test_of_many_boxes_only_what_changed_is_drawn_anew(make_desk: MakeDesk, visit: Visit) -> None:
    """How long keys take may not grow with all that is on the image already."""
    many = [
        Box(label="cat", xmin=x, ymin=y, xmax=x + 8, ymax=y + 8, score=0.9)
        for x in range(5, 205, 20)
        for y in range(5, 145, 14)
    ]
    desk = proposing(make_desk, *many)
    page = opened(visit(desk, "/projects/pets/label").page)
    objects = page.locator(".object")
    expect(objects).to_have_count(len(many))
    page.keyboard.press(".")
    expect(page.locator(".object.current")).to_have_count(1)
    page.evaluate(COUNT_ADDED)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")
    expect(page.locator(".object.current")).to_contain_text("bird")
    assert page.evaluate("window.added") < 60
    before = shown_image(page)
    page.keyboard.press("Enter")
    until_another(page, before)
    expect(objects).to_have_count(len(many))
    page.evaluate(COUNT_ADDED)
    page.keyboard.press("c")
    expect(objects).to_have_count(2 * len(many))
    assert page.evaluate("window.added") < 8 * len(many)
