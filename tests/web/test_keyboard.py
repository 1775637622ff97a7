"""Every page with nothing but the keyboard: Tab reaches all, shows where it is, and gets out."""

import pytest
from playwright.sync_api import Page, expect

from models.label import Box, Boxes, ClassLabel, TaskType
from models.project import label_classes
from models.round import RoundKind

from .browsing import Visit, answers, eventually, needs_canvas, shown_image
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk

pytestmark = pytest.mark.browser

PAGES = (
    "/projects",
    "/new-project",
    "/import",
    "/projects/pets",
    "/projects/pets/label",
    "/projects/pets/data",
    "/projects/pets/review",
    "/projects/pets/consensus",
    "/projects/pets/disagreements",
    "/projects/pets/settings",
    "/projects/pets/export",
    "/people",
    "/account",
    "/api/docs",
)

REACHABLE = """
() => {
  const wanted = 'a[href], button:enabled, select:enabled, textarea:enabled, summary, ' +
    'input:enabled:not([type=radio], [type=hidden])';
  window.reachable = [...document.querySelectorAll(wanted)].filter((each) =>
    each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }));
  return window.reachable.length;
}
"""

FOCUSED = """
() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const shown = document.getElementById(at.getAttribute('aria-activedescendant')) ?? at;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  return {
    number: window.reachable.indexOf(at),
    name: at.outerHTML.slice(0, 100),
    visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
  };
}
"""

MOST = 400


def walk(page: Page, key: str = "Tab") -> tuple[set[int], list[str]]:
    """Press Tab once around the page; return what was reached, and what shows no focus."""
    reached: set[int] = set()
    hidden: list[str] = []
    left = 0
    for _ in range(MOST):
        page.keyboard.press(key)
        at = page.evaluate(FOCUSED)
        if at is None:  # out of the page; where the focus began in its middle, there is a rest
            left += 1
            if left > 1:
                return reached, hidden
            continue
        if not at["visible"]:
            hidden.append(at["name"])
        if at["number"] in reached:
            return reached, hidden  # round once more
        if at["number"] >= 0:
            reached.add(at["number"])
    raise AssertionError("Tab never got out of the page")


@pytest.mark.parametrize("path", PAGES)
def test_tab_reaches_everything_and_shows_where_it_is(desk: Desk, visit: Visit, path: str) -> None:
    desk.open()
    page = visit(desk, path).page
    page.wait_for_load_state("load")
    page.wait_for_timeout(400)
    page.evaluate("document.activeElement.blur()")
    there = page.evaluate(REACHABLE)
    reached, hidden = walk(page)
    assert hidden == []
    missed = page.evaluate(
        "(seen) => window.reachable.filter((_, i) => !seen.includes(i)).map((e) => e.outerHTML)",
        list(reached),
    )
    assert missed == [], f"{there} can be reached"


@needs_canvas
def test_tab_marks_boxes_and_gets_out_after_escape(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    page.wait_for_selector(".a9s-annotationlayer")
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator(".object")).to_have_count(2)
    page.keyboard.press("Tab")
    expect(page.locator(".object.current")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.evaluate(REACHABLE)
    reached, hidden = walk(page)
    assert len(reached) > 8
    assert hidden == []


def test_dialogs_hold_the_focus_and_give_it_back(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    for key in ("?", "i", "s", "b"):
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(1)
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('dialog[open], body'))")
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("1")
    eventually(lambda: [a.value for a in answers(desk)] == [ClassLabel(label="cat")])


TYPE = """
([key, code, held]) => {
  const typed = { key, code, bubbles: true, cancelable: true, ...held };
  document.body.dispatchEvent(new KeyboardEvent("keydown", typed));
}
"""
"""Press a key as the keyboard of another country tells of it: Chromium's here is the US one."""


def test_a_slash_on_a_digit_finds_a_class_and_chooses_none(
    make_desk: MakeDesk, visit: Visit
) -> None:
    names = [f"class {number}" for number in range(1, 19)]
    desk = make_desk(classes=label_classes(names))
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.evaluate(TYPE, ["/", "Digit7", {"shiftKey": True}])
    expect(page.locator(".class-filter")).to_be_focused()
    page.keyboard.press("Escape")
    assert answers(desk) == []
    page.keyboard.press("Shift+Digit7")
    eventually(lambda: [a.value for a in answers(desk)] == [ClassLabel(label="class 17")])


@needs_canvas
@pytest.mark.parametrize(
    "held",
    [
        pytest.param({"ctrlKey": True, "altKey": True, "modifierAltGraph": True}, id="Windows"),
        pytest.param({"modifierAltGraph": True}, id="Linux"),
        pytest.param({"altKey": True}, id="Mac"),
    ],
)
def test_brackets_are_typed_with_alt_where_a_keyboard_has_them_on_digits(
    make_desk: MakeDesk, visit: Visit, held: dict[str, bool]
) -> None:
    desk = make_desk(TaskType.BOXES)
    box = Box(label="cat", xmin=20, ymin=20, xmax=90, ymax=90, score=0.5)
    model = desk.model(Boxes(boxes=(box,)))
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model.id)
    page = visit(desk, "/projects/pets/label").page
    page.wait_for_selector(".a9s-annotationlayer")
    expect(page.locator(".threshold")).to_contain_text("from 0.00")
    page.evaluate(TYPE, ["]", "Digit9", held])
    page.evaluate(TYPE, ["]", "Digit9", held])
    expect(page.locator(".threshold")).to_contain_text("from 0.10")
    page.evaluate(TYPE, ["[", "Digit8", held])
    expect(page.locator(".threshold")).to_contain_text("from 0.05")


@needs_canvas
def test_a_box_is_put_moved_sized_and_sent_with_keys_alone(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    page.wait_for_selector(".a9s-annotationlayer")
    page.keyboard.press("a")
    page.keyboard.press("2")
    for key in ("Shift+ArrowLeft", "ArrowUp", "Alt+Shift+ArrowRight", "Alt+ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Boxes)
    [box] = value.boxes
    assert box.label == "dog"
    left, top, right, bottom = (0.4 * WIDTH, 0.4 * HEIGHT, 0.6 * WIDTH, 0.6 * HEIGHT)
    edges = (left - 10, top - 1, right - 10 + 10, bottom - 1 + 1)
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx(edges, abs=0.1)
