"""Images that look alike are tagged together, before there is a model."""

import pytest
from playwright.sync_api import Page, expect

from models.label import ClassLabel
from models.round import RoundKind
from tenfold.pipeline.groups import pack

from .browsing import Visit, answers, eventually, shown_image
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser

SIZES = (14, 6)


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """A manual round of two groups."""
    made = make_desk(images=sum(SIZES))
    numbers = [0] * SIZES[0] + [1] * SIZES[1]
    made.blobs.put("groups", pack(made.shas, numbers))
    made.store.rounds.open(made.claim, RoundKind.MANUAL, made.shas, key="r", groups="groups")
    return made


def in_a_grid(page: Page, tiles: int) -> Page:
    expect(page.locator(".gtile")).to_have_count(tiles)
    return page


def labels(desk: Desk, shas: list[str]) -> list[str]:
    by_sha = {a.sha256: a.value for a in answers(desk)}
    found = [by_sha[sha] for sha in shas]
    return [value.label for value in found if isinstance(value, ClassLabel)]


def test_one_key_tags_a_screen_but_for_the_odd_ones_out(desk: Desk, visit: Visit) -> None:
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    shown_image(page)
    page.keyboard.press("Shift+G")
    in_a_grid(page, 12)
    expect(page.locator("#ask")).to_contain_text("What are all of these?")
    act = page.locator("#panel-act button")
    expect(act).to_have_attribute("aria-disabled", "true")
    act.click(force=True)
    expect(page.locator("#toast")).to_contain_text("Nothing has a class yet: press its key.")
    page.keyboard.press("b")
    page.locator(".gtile").nth(4).click()
    page.keyboard.press("1")
    expect(act).to_have_attribute("aria-disabled", "false")
    expect(page.locator(".gtile.answered")).to_have_count(10)
    expect(page.locator(".gtile.wrong")).to_have_count(2)
    page.keyboard.press("2")
    expect(page.locator(".gtile.answered")).to_have_count(12)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 12)
    said = labels(desk, desk.shas[:12])
    assert [place for place, label in enumerate(said) if label == "dog"] == [1, 4]
    assert said.count("cat") == 10
    in_a_grid(page, 2)
    assert looks.complaints == []


def test_a_screen_holds_one_group_only(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.select_option("#sizes", "20")
    for tiles, key in zip(SIZES, "12", strict=True):
        in_a_grid(page, tiles)
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == sum(SIZES))
    assert labels(desk, desk.shas) == ["cat"] * SIZES[0] + ["dog"] * SIZES[1]
    assert sum(a.actions for a in answers(desk)) == 4, "two keys a screen"


def test_odd_ones_without_a_class_come_one_by_one(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.press("Shift+G")
    in_a_grid(page, 12)
    page.keyboard.press("a")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    assert shown_image(page) == desk.shas[0]
    page.keyboard.press("3")
    eventually(lambda: len(answers(desk)) == 12)
    assert labels(desk, desk.shas[:2]) == ["bird", "cat"]


def test_enter_alone_says_nothing(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.press("Shift+G")
    in_a_grid(page, 12)
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Nothing has a class yet")
    page.wait_for_timeout(300)
    assert answers(desk) == []


def test_the_choice_is_remembered_and_turned_back(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.locator("#together").click()
    in_a_grid(page, 12)
    page.reload()
    in_a_grid(page, 12)
    expect(page.locator("#together")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Shift+G")
    shown_image(page)
    page.reload()
    shown_image(page)
