"""A label page that is left gives its images back; one that is reloaded or come back to goes on."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from models.label import TaskType
from models.person import Role

from .browsing import (
    Looks,
    Visit,
    answers,
    drag,
    eventually,
    needs_canvas,
    shown_image,
    until_another,
)
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
MOVES = "(kind) => dispatchEvent(new PageTransitionEvent(kind, { persisted: true }))"


@pytest.fixture
def beside(browser: Browser) -> Iterator[Callable[[Looks], Page]]:
    """Open the label page for somebody else, in a browser of their own."""
    context = browser.new_context(service_workers="block")

    def make(looks: Looks) -> Page:
        looks.server.desk.store.people.create("mira", Role.LABELER, PASSWORD)
        page = context.new_page()
        page.goto(f"{looks.server.address}/signin")
        page.fill('[name="name"]', "mira")
        page.fill('[name="password"]', PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/projects")
        page.goto(f"{looks.server.address}/projects/pets/label")
        return page

    yield make
    context.close()


def free(desk: Desk, count: int = 6) -> list[str]:
    """Return which images somebody else would be handed, and take them."""
    other = desk.store.people.ensure("ann", Role.LABELER).id
    return [item.sha256 for item in desk.store.labeling.lease(desk.project.id, other, count)]


def test_the_images_of_who_leaves_are_the_others_at_once(
    desk: Desk, visit: Visit, beside: Callable[[Looks], Page]
) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    first = shown_image(looks.page)
    other = beside(looks)
    expect(other.locator("#finished")).to_be_visible()
    looks.page.goto(f"{looks.server.address}/projects/pets")
    assert shown_image(other) == first
    expect(other.locator("#left")).to_contain_text("6 left")
    assert looks.complaints == []


@needs_canvas
def test_an_image_on_which_something_was_begun_stays_with_who_leaves(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    begun = shown_image(page)
    drag(page, (0.25, 0.25), (0.5, 0.75))
    expect(page.locator(".object")).to_have_count(1)
    page.goto(f"{looks.server.address}/projects/pets")
    given: list[str] = []
    eventually(lambda: len(given.extend(free(desk)) or given) >= 5)
    assert begun not in given
    page.goto(f"{looks.server.address}/projects/pets/label")
    expect(page.locator(".object")).to_have_count(1)
    assert shown_image(page) == begun


def test_a_page_that_is_reloaded_holds_its_images_still(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown = shown_image(page)
    for _ in range(3):
        page.reload()
        assert shown_image(page) == shown
    page.wait_for_timeout(500)
    assert free(desk) == []
    seen: list[str] = []
    for _ in range(6):
        seen.append(shown_image(page))
        page.keyboard.press("1")
        until_another(page, *seen)
    eventually(lambda: sorted(a.sha256 for a in answers(desk)) == sorted(desk.shas))


def test_a_page_that_is_come_back_to_leaves_what_is_somebody_elses(
    desk: Desk, visit: Visit
) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    first = shown_image(page)
    page.wait_for_timeout(1000)  # what is leased in this moment would be newer than what it knows
    page.evaluate(MOVES, "pagehide")
    taken: list[str] = []
    eventually(lambda: bool(taken.extend(free(desk, 3)) or taken))
    assert first in taken
    page.evaluate(MOVES, "pageshow")
    until_another(page, *taken)
    assert shown_image(page) not in taken


def test_another_tab_of_the_same_person_holds_what_the_first_gave_back(
    desk: Desk, visit: Visit
) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    shown_image(looks.page)
    tab = looks.page.context.new_page()
    tab.goto(f"{looks.server.address}/projects/pets/label")
    first = shown_image(tab)
    looks.page.reload()
    shown_image(looks.page)
    with tab.expect_request("**/lease"):
        looks.page.goto(f"{looks.server.address}/projects/pets")
    tab.wait_for_timeout(500)
    assert free(desk) == []
    assert shown_image(tab) == first
