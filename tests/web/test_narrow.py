"""What a narrow window shows: nothing is cut off, nothing lies beside it."""

import pytest
from playwright.sync_api import expect

from models.label import TaskType
from models.person import Role
from models.project import ProjectSettings, label_classes

from .browsing import Visit
from .conftest import Desk

pytestmark = [pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


def test_people_with_long_names_are_locked_on_a_phone(desk: Desk, visit: Visit) -> None:
    long = desk.store.people.create("Bartholomew Featherstonehaugh-Cholmondeley", Role.LABELER)
    page = visit(desk, "/people", viewport=PHONE).page
    row = page.locator(f"[data-person='{long.id}']")
    lock = row.get_by_role("button", name="Lock")
    place, name = lock.bounding_box(), row.locator("th").bounding_box()
    assert place is not None
    assert name is not None
    assert place["x"] + place["width"] < PHONE["width"]
    assert name["height"] < 60  # two lines, not broken in mid-word
    lock.click()
    expect(row.get_by_role("button", name="Let in again")).to_be_visible()


def test_a_role_in_a_project_is_read_in_full(desk: Desk, visit: Visit) -> None:
    desk.store.people.create("ann", Role.REVIEWER)
    page = visit(desk, "/projects/pets/settings", viewport=PHONE).page
    role = page.locator("#roles select")
    room = role.evaluate(
        """select => {
          const free = select.cloneNode(true);
          free.style.cssText = "position: absolute; width: max-content; min-width: 0";
          select.after(free);
          const wanted = free.getBoundingClientRect().width;
          free.remove();
          return select.getBoundingClientRect().width - wanted;
        }"""
    )
    assert room >= 0


@pytest.mark.parametrize("width", [390, 1280])
def test_a_project_that_has_not_run_says_so_where_images_are_labeled(
    desk: Desk, visit: Visit, width: int
) -> None:
    desk.store.projects.create(
        ProjectSettings(
            name="new",
            task=TaskType.CLASSIFICATION,
            source="/data",
            classes=label_classes(["cat", "dog"]),
        )
    )
    page = visit(desk, "/projects/new/label", viewport={"width": width, "height": 800}).page
    expect(page.locator("#finished")).to_contain_text("There are no images to label yet")
    expect(page.locator("#finished-undo")).to_be_hidden()
    card = page.locator("#finished .now").bounding_box()
    assert card is not None
    assert card["x"] + card["width"] / 2 == pytest.approx(width / 2, abs=10)
