"""Outlines have the tools of boxes, with the mouse and with keys alone, wherever they are shown."""

import pytest
from playwright.sync_api import expect

from models.label import Polygon, Polygons, TaskType
from models.project import FinishMode
from models.round import ApprovedVia, RoundKind

from .browsing import (
    Visit,
    eventually,
    needs_canvas,
    shown_image,
    until_another,
)
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk
from .drawing import click, latest, opened, proposing

pytestmark = [pytest.mark.browser, needs_canvas]

Points = tuple[tuple[float, float], ...]

LARGE: Points = ((20, 20), (200, 20), (200, 140), (20, 140))
SMALL: Points = ((90, 60), (120, 60), (105, 90))


def outline(label: str, points: Points, score: float | None = None) -> Polygon:
    return Polygon(label=label, points=points, score=score)


def said(desk: Desk, count: int = 1) -> tuple[Polygon, ...]:
    value = latest(desk, count)
    assert isinstance(value, Polygons)
    return value.polygons


def near(points: Points, expected: Points) -> None:
    assert len(points) == len(expected)
    for point, there in zip(points, expected, strict=True):
        assert point == pytest.approx(there, abs=0.6)


def moved(points: Points, dx: float, dy: float) -> Points:
    return tuple((x + dx, y + dy) for x, y in points)


def test_proposed_outlines_are_sifted_dashed_and_accepted_with_one_key(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, outline("dog", SMALL, 0.3), outline("cat", LARGE, 0.9))
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    dashed = page.locator(".shape-lines polygon.proposed:not(.under)")
    expect(dashed).to_have_count(2)
    for _ in range(8):
        page.keyboard.press("]")
    expect(dashed).to_have_count(1)
    before = shown_image(page)
    page.keyboard.press("Enter")
    [one] = said(desk)
    assert one == outline("cat", LARGE)
    until_another(page, before)
    for _ in range(13):
        page.keyboard.press("]")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("2 proposed outlines are below the threshold")
    page.keyboard.press("n")
    assert said(desk, 2) == ()
    assert looks.complaints == []


def test_outlines_are_marked_moved_sized_doubled_removed_and_copied(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = proposing(make_desk, outline("dog", SMALL, 0.6), outline("cat", LARGE, 0.9))
    page = opened(visit(desk, "/projects/pets/label").page)
    current = page.locator(".object.current")
    click(page, (105, 70))
    expect(current).to_contain_text("dog")
    page.wait_for_timeout(300)
    click(page, (105, 70))
    expect(current).to_contain_text("cat")
    page.keyboard.press("Tab")
    expect(current).to_contain_text("dog")
    page.keyboard.press("3")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("d")
    expect(page.locator(".object")).to_have_count(3)
    page.keyboard.press("Alt+Shift+ArrowRight")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(current).to_contain_text("cat")
    page.keyboard.press("Delete")
    before = shown_image(page)
    page.keyboard.press("Enter")
    first, second = said(desk)
    assert (first.label, second.label) == ("bird", "bird")
    near(first.points, moved(SMALL, 10, 1))
    near(second.points, moved(((90, 60), (130, 60), (110, 90)), 22, 13))
    until_another(page, before)
    expect(page.locator(".object")).to_have_count(2)
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.press("Delete")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    assert [one.label for one in said(desk, 2)] == ["bird", "bird"]
    near(said(desk, 2)[0].points, first.points)


def test_an_outline_is_shaped_and_sent_with_keys_alone(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.POLYGONS)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    page.keyboard.press("e")
    expect(page.locator("#toast")).to_contain_text("Mark an outline first")
    page.keyboard.press("a")
    page.keyboard.press("2")
    corner = page.locator(".shape-lines .corner:not(.under)")
    expect(corner).to_have_count(0)
    page.keyboard.press("e")
    expect(corner).to_have_count(1)
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("v")
    page.keyboard.press("Shift+ArrowUp")
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+E")
    page.keyboard.press("Shift+E")
    page.keyboard.press("Delete")
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    page.keyboard.press("Escape")
    expect(corner).to_have_count(0)
    page.keyboard.press("ArrowDown")  # all of it now
    page.keyboard.press("Enter")
    [one] = said(desk)
    assert one.label == "dog"
    left, top, right, bottom = 0.4 * WIDTH, 0.4 * HEIGHT, 0.6 * WIDTH, 0.6 * HEIGHT
    middle = (left - 10 + right) / 2
    expected = ((left - 10, top), (middle, top - 13), (right, top), (right, bottom))
    near(one.points, moved(expected, 0, 1))
    assert looks.complaints == []


def test_an_outline_keeps_three_corners(make_desk: MakeDesk, visit: Visit) -> None:
    desk = proposing(make_desk, outline("dog", SMALL, 0.6))
    page = opened(visit(desk, "/projects/pets/label").page)
    page.keyboard.press("Tab")
    page.keyboard.press("e")
    page.keyboard.press("Delete")
    expect(page.locator("#toast")).to_contain_text("three corners at least")
    page.keyboard.press("Enter")
    assert said(desk) == (outline("dog", SMALL),)


def test_an_outline_that_is_not_closed_is_gone_on_with_after_a_reload(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.POLYGONS)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    begun = shown_image(page)
    click(page, (40, 30), (140, 30), (140, 110))
    dots = page.locator(".pen circle")
    expect(dots).to_have_count(3)
    page.wait_for_timeout(400)
    page.reload()
    opened(page)
    assert shown_image(page) == begun
    expect(dots).to_have_count(3)
    click(page, (90, 150))
    expect(dots).to_have_count(4)
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)
    page.reload()
    opened(page)
    expect(dots).to_have_count(0)
    click(page, (40, 30), (140, 30), (140, 110))
    page.goto(f"{looks.server.address}/projects/pets")
    page.goto(f"{looks.server.address}/projects/pets/label")
    opened(page)
    expect(dots).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Enter")
    [one] = said(desk)
    near(one.points, ((40, 30), (140, 30), (140, 110)))
    until_another(page, begun)
    opened(page)
    expect(dots).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator(".object")).to_have_count(1)
    expect(dots).to_have_count(0)
    assert looks.complaints == []


def final(desk: Desk, sha: str) -> tuple[str, tuple[Polygon, ...]] | None:
    view = desk.store.images.view(desk.project.id, sha)
    if view is None or view.by is None or not isinstance(view.value, Polygons):
        return None
    return view.by.value, view.value.polygons


def test_reviewers_accept_correct_and_decide_between_outlines(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.POLYGONS, images=3, finish=FinishMode.REVIEW)
    large, small = outline("cat", LARGE), outline("dog", SMALL)
    both = desk.store.rounds.open(
        desk.claim, RoundKind.MANUAL, desk.shas[:1], key="both", overlap=2
    )
    desk.say("ann", [Polygons(polygons=(large,))], both.id)
    desk.say("bob", [Polygons(polygons=(small,))], both.id)
    desk.store.rounds.approve(both.id, "ann", ApprovedVia.PAGE)
    desk.open(shas=desk.shas[1:])
    desk.say("ann", [Polygons(polygons=(large,)), Polygons(polygons=(large, small))])
    looks = visit(desk, "/projects/pets/consensus")
    page = looks.page
    expect(page.locator(".agreement .claim")).to_contain_text("mean IoU")
    expect(page.locator(".sides polygon[stroke]")).to_have_count(2)
    page.keyboard.press("2")
    eventually(lambda: final(desk, desk.shas[0]) == ("adjudicated", (small,)))
    page.goto(f"{looks.server.address}/projects/pets/review")
    opened(page)
    expect(page.locator("#objects .object")).to_have_count(2)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    expect(page.locator("#accept-text")).to_have_text("Save the correction")
    page.keyboard.press("Enter")
    eventually(lambda: final(desk, desk.shas[2]) == ("adjudicated", (large,)))
    expect(page.locator("#objects .object")).to_have_count(1)
    page.keyboard.press("Enter")
    eventually(lambda: final(desk, desk.shas[1]) == ("adjudicated", (large,)))
    assert looks.complaints == []


def test_outlines_are_corrected_in_the_data_view_and_on_their_page(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.POLYGONS, images=2, finish=FinishMode.REVIEW)
    desk.open()
    desk.say("ann", [Polygons(polygons=(outline("cat", SMALL),))] * 2)
    looks = visit(desk, "/projects/pets/data")
    page = looks.page
    expect(page.locator("#cell-0 polygon")).to_have_count(1)
    page.keyboard.press("Enter")
    opened(page)
    page.keyboard.press("Tab")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    eventually(lambda: final(desk, desk.shas[0]) == ("adjudicated", (outline("bird", SMALL),)))
    page.goto(f"{looks.server.address}/projects/pets/data/{desk.shas[1]}")
    opened(page)
    click(page, (150, 40), (220, 40), (220, 100))
    save = page.get_by_role("button", name="Save the correction")
    save.click()
    expect(page.locator("#correct-problem")).to_contain_text("isn’t closed yet")
    page.keyboard.press("Enter")
    save.click()

    def labels() -> list[str]:
        found = final(desk, desk.shas[1])
        return [one.label for one in found[1]] if found and found[0] == "adjudicated" else []

    eventually(lambda: labels() == ["cat", "cat"])
    assert looks.complaints == []
