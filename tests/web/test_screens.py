"""The label page on a very large screen, zoomed to 200 %, and lying: all is there to see."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from models.label import Box, Boxes, TaskType
from models.project import label_classes
from models.round import RoundKind

from .browsing import (
    Visit,
    answers,
    drag,
    eventually,
    needs_canvas,
    shown_image,
    until_another,
)
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk
from .drawing import opened, proposing

pytestmark = pytest.mark.browser


def zoomed(width: int, height: int) -> dict[str, Any]:
    """Return what a browser is like whose window of this size shows everything twice as large."""
    return {"viewport": {"width": width // 2, "height": height // 2}, "device_scale_factor": 2}


SCREENS = {
    "3840 × 2160": {"viewport": {"width": 3840, "height": 2160}},
    "1920 × 1080 at 200 %": zoomed(1920, 1080),
    "1440 × 900 at 200 %": zoomed(1440, 900),
    "1280 × 720 at 200 %": zoomed(1280, 720),
    "a tablet": {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True},
    "a phone that lies": {
        "viewport": {"width": 740, "height": 360},
        "has_touch": True,
        "is_mobile": True,
    },
}

screens = pytest.mark.parametrize("like", SCREENS.values(), ids=SCREENS.keys())

LOOK = """
() => {
  const scrolls = (each) => {
    const { overflowX, overflowY } = getComputedStyle(each);
    return /(auto|scroll)/.test(overflowX + overflowY);
  };
  const scroller = (each) => {
    while ((each = each.parentElement)) if (scrolls(each)) return each;
    return null;
  };
  const act = document.querySelector('#panel-act');
  /** What of an element is seen: it scrolls under the button at the end of the panel. */
  const part = (each) => {
    const box = each.getBoundingClientRect();
    const within = scroller(each);
    if (!within) return box;
    const frame = within.getBoundingClientRect();
    const end = within.id === 'panel' && !act.contains(each) && act.firstChild
      ? act.getBoundingClientRect().top : frame.bottom;
    return {
      left: Math.max(box.left, frame.left), right: Math.min(box.right, frame.right),
      top: Math.max(box.top, frame.top), bottom: Math.min(box.bottom, end),
    };
  };
  const named = (each) => `${each.id || each.className} “${each.textContent.trim().slice(0, 30)}”`;
  const there = (each) => each.checkVisibility({ visibilityProperty: true })
    && !each.closest('dialog, .strip, .hidden, .skip-link')
    && each.getBoundingClientRect().width > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(there);
  const what = all('button, a, select, .chip, .left, .saved, .ask, .gtile, .stage-canvas, .object');
  const parts = what.map((each) => [each, part(each)]);
  const out = ({ left, right, top, bottom }) =>
    left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
  const meets = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const overlaps = parts.flatMap(([one, a], i) => parts.slice(i + 1)
    .filter(([other, b]) => !one.contains(other) && !other.contains(one) && meets(a, b))
    .map(([other]) => `${named(one)} and ${named(other)}`));
  const cut = all('button, .back .clip, select, .chip, .left, .saved, .gtile-text .clip')
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0);
  const empty = (each) => !each.innerText.trim() && !each.querySelector('svg, img');
  const blank = all('button').filter(empty);
  // Whoever comes to something by Tab sees it whole.
  const hidden = all('#panel button').filter((each) => {
    each.scrollIntoView({ block: 'nearest' });
    const seen = part(each);
    const { top, bottom } = each.getBoundingClientRect();
    return seen.bottom < bottom - 1 || seen.top > top + 1;
  });
  document.querySelector('#panel').scrollTop = 0;
  const root = document.documentElement;
  return {
    outside: parts.filter(([, box]) => out(box)).map(([each]) => named(each)),
    overlaps, cut: cut.map(named), blank: blank.map(named), hidden: hidden.map(named),
    wide: root.scrollWidth - innerWidth, high: root.scrollHeight - innerHeight,
  };
}
"""

NOTHING = {
    **{name: [] for name in ("outside", "overlaps", "cut", "blank", "hidden")},
    "wide": 0,
    "high": 0,
}


def fits(page: Page) -> None:
    """Assert that nothing is cut off, overlaps, or is to be had only by scrolling the page."""
    page.wait_for_timeout(300)
    assert page.evaluate(LOOK) == NOTHING


def share_of_screen(page: Page) -> float:
    """Return how much of the screen, in its longer direction there, the image fills."""
    box = page.locator(".stage-canvas").bounding_box()
    size = page.viewport_size
    assert box
    assert size
    return max(box["width"] / size["width"], box["height"] / size["height"])


@screens
def test_images_are_classified_one_by_one(desk: Desk, visit: Visit, like: dict[str, Any]) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label", **like)
    shown_image(looks.page)
    fits(looks.page)
    assert share_of_screen(looks.page) > 0.35
    looks.page.get_by_role("button", name="dog").click()
    eventually(lambda: len(answers(desk)) == 1)
    assert looks.complaints == []


@screens
def test_proposals_are_checked_in_a_grid(desk: Desk, visit: Visit, like: dict[str, Any]) -> None:
    desk.open(RoundKind.REVIEW)
    looks = visit(desk, "/projects/pets/label", **like)
    expect(looks.page.locator(".gtile")).to_have_count(6)
    fits(looks.page)
    looks.page.locator(".gtile").last.click()
    expect(looks.page.locator(".gtile.wrong")).to_have_count(1)
    fits(looks.page)
    assert looks.complaints == []


@needs_canvas
@screens
def test_boxes_are_drawn(make_desk: MakeDesk, visit: Visit, like: dict[str, Any]) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label", **like)
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    fits(page)
    assert share_of_screen(page) > 0.35
    drag(page, (0.25, 0.25), (0.5, 0.75))
    expect(page.locator(".object")).to_have_count(1)
    expect(page.locator(".class-button").first).to_be_in_viewport(ratio=1)
    fits(page)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Boxes)
    [box] = value.boxes
    drawn = (WIDTH / 4, HEIGHT / 4, WIDTH / 2, HEIGHT * 3 / 4)
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx(drawn, abs=1.5)
    assert looks.complaints == []


SIX = label_classes(["mammal", "bird", "fruit", "flower", "vegetable", "vehicle"])


def test_a_laptop_shows_the_projects_name_beside_how_long_it_takes(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(images=30, name="garden-photos", classes=SIX)
    desk.open()
    page = visit(desk, "/projects/garden-photos/label").page
    first = shown_image(page)
    page.keyboard.press("1")
    until_another(page, first)
    expect(page.locator(".left-time")).to_have_text(re.compile("min"))
    page.locator(".left-time").evaluate("each => (each.textContent = ', about 120 min')")
    name = page.locator(".back .clip")
    assert name.evaluate("each => each.scrollWidth <= each.clientWidth"), "it is not cut off"
    fits(page)


@needs_canvas
def test_a_laptop_shows_question_classes_boxes_and_button_at_once(
    make_desk: MakeDesk, visit: Visit
) -> None:
    edges = {"ymin": 20, "ymax": 90, "score": 0.8}
    found = (
        Box(label="bird", xmin=150, xmax=190, **edges),
        Box(label="fruit", xmin=195, xmax=230, **edges),
    )
    desk = proposing(make_desk, *found, classes=SIX)
    page = opened(visit(desk, "/projects/pets/label").page)
    drag(page, (0.1, 0.25), (0.4, 0.75))
    expect(page.locator(".object")).to_have_count(3)
    for seen in (".ask", ".class-button >> nth=0", ".object >> nth=2", "#panel-act button"):
        expect(page.locator(seen)).to_be_in_viewport(ratio=1)


@needs_canvas
@pytest.mark.parametrize("classes", [6, 20])
def test_with_many_boxes_question_classes_tools_and_button_stay_where_they_are(
    make_desk: MakeDesk, visit: Visit, classes: int
) -> None:
    found = tuple(
        Box(label=f"kind {n % classes}", xmin=5, xmax=15, ymin=6 * n + 1, ymax=6 * n + 6, score=0.8)
        for n in range(25)
    )
    kinds = label_classes([f"kind {n}" for n in range(classes)])
    page = opened(visit(proposing(make_desk, *found, classes=kinds), "/projects/pets/label").page)
    expect(page.locator(".object")).to_have_count(25)
    panel = page.locator("#panel")
    for key, marked in (("Tab", 0), ("Shift+Tab", 24)):
        page.keyboard.press(key)
        row = page.locator(".object").nth(marked)
        expect(row).to_have_class(re.compile("current"))
        expect(row).to_be_in_viewport(ratio=1)
        for seen in (".ask", ".objects h2", ".shape-tools", "#panel-act button", "#facts"):
            expect(page.locator(seen)).to_be_in_viewport(ratio=1)
        pressed = page.locator("#classes [aria-pressed=true]")
        expect(pressed).to_have_text(re.compile(f"^kind {marked % classes}"))
        expect(pressed).to_be_in_viewport(ratio=1)
        assert panel.evaluate("each => each.scrollHeight <= each.clientHeight")
