"""Shapes that are hard to make out, or a crowd: said by a key, and never lost while one draws."""

import pytest
from playwright.sync_api import expect

from models.label import Box, Boxes, LabelValue, Polygon, Polygons, TaskType
from models.project import FinishMode

from .browsing import Visit, drag, eventually, needs_canvas, shown_image, until_another
from .conftest import MakeDesk
from .drawing import latest, opened, proposing

pytestmark = [pytest.mark.browser, needs_canvas]

HARD = Box(label="cat", xmin=20, ymin=20, xmax=90, ymax=90, score=0.9, difficult=True)
CROWD = Box(label="dog", xmin=120, ymin=30, xmax=220, ymax=140, score=0.8, crowd=True)


def marks(value: LabelValue) -> list[tuple[bool, bool]]:
    """Return of each shape whether it is hard to make out, and whether it is a crowd."""
    shapes = value.boxes if isinstance(value, Boxes) else getattr(value, "polygons", ())
    return [(shape.difficult, shape.crowd) for shape in shapes]


def test_a_box_is_said_to_be_hard_by_a_key_and_by_a_button(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    page.keyboard.press("h")
    expect(page.locator("#toast")).to_contain_text("Mark a box first")
    drag(page, (0.1, 0.1), (0.4, 0.4))
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("h")
    expect(page.locator(".object")).to_contain_text("hard")
    expect(page.locator(".shape-tags span")).to_have_text("cat, hard")
    page.keyboard.press("Control+z")
    expect(page.locator(".shape-tags span")).to_have_text("cat")
    button = page.locator(".object.current .hard")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    drag(page, (0.5, 0.5), (0.8, 0.8))
    expect(page.locator(".object")).to_have_count(2)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    for pressed in ("true", "false"):
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-pressed", pressed)
        expect(button).to_be_focused()
    button.evaluate("each => each.blur()")
    page.keyboard.press("Enter")
    assert marks(latest(desk)) == [(True, False), (False, False)]
    assert looks.complaints == []


def test_what_was_marked_stays_so_when_it_is_moved_doubled_and_copied(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, HARD, CROWD)
    page = opened(visit(desk, "/projects/pets/label").page)
    expect(page.locator(".object")).to_have_count(2)
    page.keyboard.press(".")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(".")
    page.keyboard.press("3")
    page.keyboard.press("d")
    expect(page.locator(".object")).to_have_count(3)
    page.reload()
    opened(page)
    expect(page.locator(".object")).to_have_count(3)
    before = shown_image(page)
    page.keyboard.press("Enter")
    value = latest(desk)
    assert isinstance(value, Boxes)
    assert marks(value) == [(True, False), (False, True), (False, True)]
    assert [box.label for box in value.boxes] == ["cat", "bird", "bird"]
    assert value.boxes[0].xmin == pytest.approx(21, abs=0.1)
    until_another(page, before)
    expect(page.locator(".object")).to_have_count(2)
    for _ in range(2):
        page.keyboard.press(".")
        page.keyboard.press("Delete")
    expect(page.locator(".object")).to_have_count(0)
    page.keyboard.press("c")
    expect(page.locator(".object")).to_have_count(3)
    page.keyboard.press("Enter")
    assert marks(latest(desk, 2)) == [(True, False), (False, True), (False, True)]


def test_an_outline_keeps_its_marks_when_a_corner_is_moved(
    make_desk: MakeDesk, visit: Visit
) -> None:
    triangle = ((30.0, 30.0), (120.0, 40.0), (60.0, 130.0))
    proposed = Polygon(label="cat", points=triangle, difficult=True, crowd=True)
    desk = proposing(make_desk, proposed)
    page = opened(visit(desk, "/projects/pets/label").page)
    expect(page.locator(".object")).to_contain_text("hard, crowd, proposed")
    page.keyboard.press(".")
    page.keyboard.press("e")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    value = latest(desk)
    assert isinstance(value, Polygons)
    assert marks(value) == [(True, True)]
    assert value.polygons[0].points[0] == pytest.approx((31, 30), abs=0.1)


def test_a_reviewer_corrects_nothing_but_the_mark(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES, images=1, finish=FinishMode.REVIEW)
    desk.open()
    plain = HARD.model_copy(update={"score": None})
    desk.say("ann", [Boxes(boxes=(plain,))])
    page = opened(visit(desk, "/projects/pets/review").page)
    expect(page.locator("#accept-text")).to_have_text("Accept")
    page.keyboard.press("Tab")
    page.keyboard.press("h")
    expect(page.locator("#accept-text")).to_have_text("Save the correction")
    page.keyboard.press("Enter")

    def final() -> LabelValue | None:
        view = desk.store.images.view(desk.project.id, desk.shas[0])
        return view.value if view and view.by and view.by.value == "adjudicated" else None

    eventually(lambda: final() == Boxes(boxes=(plain.model_copy(update={"difficult": False}),)))
