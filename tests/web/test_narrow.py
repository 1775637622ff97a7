"""What a narrow window shows: nothing is cut off, nothing lies beside it."""

import pytest
from playwright.sync_api import Locator, expect

from models.image import Quarantine, Quarantined
from models.label import ClassLabel, TaskType
from models.person import Role
from models.project import FinishMode, ProjectSettings, label_classes
from models.round import RoundKind

from .browsing import Visit, eventually
from .conftest import Desk, MakeDesk

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


def within(strip: Locator, item: Locator) -> bool:
    """Whether an item of a strip that scrolls sideways is seen whole."""
    around, place = strip.bounding_box(), item.bounding_box()
    assert around is not None
    assert place is not None
    right = around["x"] + around["width"]
    return place["x"] >= around["x"] - 1 and place["x"] + place["width"] <= right + 1


@pytest.mark.parametrize("tab", ["settings", "export"])
def test_the_tab_of_the_page_is_seen_on_a_phone(desk: Desk, visit: Visit, tab: str) -> None:
    page = visit(desk, f"/projects/pets/{tab}", viewport={"width": 360, "height": 740}).page
    tabs = page.locator(".tabs")
    eventually(lambda: within(tabs, tabs.locator("[aria-current]")))
    assert page.evaluate("scrollY") == 0


def test_each_step_of_a_new_project_is_seen_on_a_phone(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/new-project", viewport={"width": 360, "height": 740}).page
    strip = page.locator(".wizard-steps")
    for name in ("Assist and finish", "Details"):
        strip.get_by_role("button", name=name).evaluate("button => button.click()")
        current = strip.locator("[aria-current]")
        expect(current).to_contain_text(name)
        assert within(strip, current)


def test_long_class_names_and_counts_are_read_whole_on_a_phone(
    make_desk: MakeDesk, visit: Visit
) -> None:
    name = "long-sleeved shirt or pullover, also knitted"
    desk = make_desk(name="clothes", classes=label_classes([name, "dress"]))
    page = visit(desk, "/projects/clothes", viewport={"width": 360, "height": 740}).page
    shown = page.locator(".bars .clip").first
    assert shown.evaluate("each => each.scrollWidth <= each.clientWidth")
    for count in page.locator(".facts.counts dt").all():
        assert count.bounding_box()["height"] < 30, "in one line"  # type: ignore[index]


def inside(outer: Locator, inner: Locator) -> bool:
    around, place = outer.bounding_box(), inner.bounding_box()
    assert around is not None
    assert place is not None
    return (
        place["x"] >= around["x"]
        and place["x"] + place["width"] <= around["x"] + around["width"]
        and place["y"] + place["height"] <= around["y"] + around["height"]
    )


@pytest.mark.parametrize("width", [360, 1280])
def test_a_long_class_name_pushes_no_picture_out_of_the_grid(
    make_desk: MakeDesk, visit: Visit, width: int
) -> None:
    name = "long-sleeved shirt or pullover, also knitted, or a jacket"
    desk = make_desk(
        name="clothes", classes=label_classes([name, "dress"]), finish=FinishMode.REVIEW
    )
    model = desk.model(ClassLabel(label=name)).id
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model)
    page = visit(desk, "/projects/clothes/label", viewport={"width": width, "height": 800}).page
    expect(page.locator("#ask")).to_contain_text(name)
    page.wait_for_selector(".gtile img")
    for tile in page.locator(".gtile").all():
        assert inside(tile, tile.locator("img"))
        assert inside(tile, tile.locator("kbd"))


def test_files_that_were_set_aside_are_read_on_a_phone(desk: Desk, visit: Visit) -> None:
    broken = Quarantined(
        path="photos/cut off.jpg",
        reason=Quarantine.BROKEN,
        detail="It is cut off or damaged: image file is truncated (32 bytes not processed).",
    )
    desk.store.images.add(desk.claim, [], {}, [broken])
    page = visit(desk, "/projects/pets/quarantine", viewport={"width": 360, "height": 740}).page
    detail = page.get_by_text("It is cut off or damaged").bounding_box()
    assert detail is not None
    assert detail["width"] > 240
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_class_that_was_said_is_seen_where_the_panel_is_low(
    make_desk: MakeDesk, visit: Visit
) -> None:
    names = [f"class {letter}" for letter in "abcdefghij"]
    desk = make_desk(name="many", classes=label_classes(names), finish=FinishMode.MANUAL)
    opened = desk.open(shas=desk.shas[:2])
    desk.say("ann", [ClassLabel(label="class j")] * 2, opened.id)
    page = visit(desk, "/projects/many/review", viewport={"width": 1280, "height": 640}).page
    chosen = page.locator("#classes [aria-pressed=true]")
    expect(chosen).to_have_text("class j0")
    eventually(lambda: inside(page.locator(".panel-scroll"), chosen))
