"""A grid of images: steps on a page are taken back, marks last, and classes are seen."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from models.label import Box, ClassLabel
from models.project import label_classes
from models.round import RoundKind

from .browsing import Visit, answers, eventually, needs_canvas, shown_image
from .conftest import Desk, MakeDesk
from .drawing import opened, proposing

pytestmark = pytest.mark.browser

SURE = Box(label="cat", xmin=20, ymin=20, xmax=200, ymax=140, score=0.9)
UNSURE = Box(label="dog", xmin=80, ymin=60, xmax=100, ymax=80, score=0.4)


def labels(desk: Desk) -> list[str]:
    return [a.value.label for a in answers(desk) if isinstance(a.value, ClassLabel)]


def counts(page: Page, answered: int, wrong: int) -> None:
    """Expect so many tiles with a class of the person's, and so many that are marked."""
    expect(page.locator(".gtile.answered")).to_have_count(answered)
    expect(page.locator(".gtile.wrong")).to_have_count(wrong)


def test_steps_on_a_page_are_taken_back_before_the_page_before(desk: Desk, visit: Visit) -> None:
    desk.open(RoundKind.REVIEW)
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    page.select_option("#sizes", "4")
    expect(page.locator(".gtile")).to_have_count(4)
    page.keyboard.press("Enter")
    expect(page.locator(".gtile")).to_have_count(2)
    page.keyboard.type("ab")
    counts(page, answered=0, wrong=2)
    page.keyboard.press("2")
    counts(page, answered=2, wrong=0)
    page.keyboard.press("z")
    counts(page, answered=0, wrong=2)
    page.keyboard.press("Control+z")
    counts(page, answered=0, wrong=1)
    page.keyboard.press("Control+y")
    page.keyboard.press("Shift+Z")
    counts(page, answered=2, wrong=0)
    for _ in range(3):
        page.locator("#undo").click()
    counts(page, answered=0, wrong=0)
    eventually(lambda: labels(desk) == ["cat"] * 4)
    page.keyboard.press("z")
    counts(page, answered=4, wrong=0)
    eventually(lambda: answers(desk) == [])
    assert looks.complaints == []


def test_a_class_that_was_taken_back_is_not_there_again_after_a_reload(
    desk: Desk, visit: Visit
) -> None:
    desk.open(RoundKind.REVIEW)
    page = visit(desk, "/projects/pets/label").page
    expect(page.locator(".gtile.proposed")).to_have_count(6)
    kept = page.expect_response(lambda response: "/drafts" in response.url)
    with kept:
        page.keyboard.type("a2")
    counts(page, answered=1, wrong=0)
    page.keyboard.press("z")
    page.keyboard.press("z")
    expect(page.locator(".gtile.proposed")).to_have_count(6)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator(".gtile.proposed")).to_have_count(6)
    page.keyboard.press("Enter")
    eventually(lambda: labels(desk) == ["cat"] * 6)


def test_marks_outlive_a_reload(desk: Desk, visit: Visit) -> None:
    desk.open(RoundKind.REVIEW)
    page = visit(desk, "/projects/pets/label").page
    expect(page.locator(".gtile.proposed")).to_have_count(6)
    page.keyboard.press("b")
    source = page.locator(".gtile.wrong img").get_attribute("src") or ""
    page.reload()
    expect(page.locator(".gtile.wrong img")).to_have_attribute("src", source)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 5)
    assert shown_image(page) in source


@needs_canvas
def test_where_no_class_can_be_chosen_colors_are_explained_and_nothing_looks_like_a_button(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, SURE, UNSURE)
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    page.select_option("#sizes", "6")
    expect(page.locator(".gtile.proposed")).to_have_count(6)
    expect(page.locator("#classes button")).to_have_count(0)
    expect(page.locator("#classes li")).to_have_text(["cat", "dog", "bird"])
    page.keyboard.press("2")
    expect(page.locator("#toast")).to_contain_text("Mark what is wrong: it comes one by one.")
    page.select_option("#sizes", "1")
    opened(page)
    expect(page.locator("#classes button")).to_have_count(3)
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="dog", exact=False).first).to_have_attribute(
        "aria-pressed", "true"
    )
    assert looks.complaints == []


@needs_canvas
def test_unsure_boxes_are_left_out_of_a_grid_by_keys_and_by_the_slider(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, SURE, UNSURE)
    page = opened(visit(desk, "/projects/pets/label").page)
    page.select_option("#sizes", "6")
    drawn = page.locator(".gtile polygon")
    expect(drawn).to_have_count(12)
    for _ in range(9):
        page.keyboard.press("]")
    expect(drawn).to_have_count(6)
    expect(page.locator(".threshold")).to_contain_text("Proposals from 0.45")
    page.locator(".threshold input").fill("0.4")
    expect(drawn).to_have_count(12)
    page.keyboard.press("]")
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 6)
    for answer in answers(desk):
        assert answer.value
        assert [box["label"] for box in answer.value.model_dump()["boxes"]] == ["cat"]


LONG = "mask weared incorrectly, below the nose"


def test_sixty_images_say_their_class_by_color_and_in_full_words(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(images=60, classes=label_classes(["vegetable", LONG]))
    model = desk.model(ClassLabel(label="vegetable")).id
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model)
    page = visit(desk, "/projects/pets/label").page
    expect(page.locator(".gtile")).to_have_count(12)
    page.select_option("#sizes", "60")
    expect(page.locator(".gtile")).to_have_count(60)
    words = page.locator(".gtile-text .clip")
    cut = words.evaluate_all("all => all.filter((e) => e.scrollWidth > e.clientWidth).length")
    assert cut == 0, "a usual name is read whole"
    expect(page.locator(".gtile-text .swatch")).to_have_count(60)
    page.keyboard.type("a2")
    first = page.locator(".gtile-text").first
    expect(first).to_have_attribute("title", LONG)
    colors = [each.color for each in desk.project.classes]
    fills = page.locator(".gtile-text rect").evaluate_all(
        "all => all.map((each) => each.getAttribute('fill'))"
    )
    assert fills == [colors[1]] + [colors[0]] * 59
    page.keyboard.press("b")
    expect(page.locator(".gtile.wrong .swatch")).to_have_count(0)


UPRIGHT = {"viewport": {"width": 768, "height": 1024}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("like", [UPRIGHT, {**UPRIGHT, "viewport": {"width": 360, "height": 740}}])
def test_how_many_images_are_shown_is_chosen_on_tablets_and_phones(
    make_desk: MakeDesk, visit: Visit, like: dict[str, Any]
) -> None:
    desk = make_desk(images=30)
    desk.open(RoundKind.REVIEW)
    page = visit(desk, "/projects/pets/label", **like).page
    page.wait_for_selector(".gtile")
    expect(page.locator("#sizes")).to_be_hidden()
    page.get_by_role("button", name="View").click()
    page.locator("#view-sizes").select_option("20")
    expect(page.locator(".gtile")).to_have_count(20)
    page.locator("#brightness").fill("150")
    page.locator("#viewing [data-close]").click()
    assert "150%" in page.locator("#stage").evaluate("stage => stage.style.filter")
