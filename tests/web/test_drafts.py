"""What is begun on one device is there on the person's other one, and nobody else's."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from models.label import Boxes, TaskType
from models.person import Role

from .browsing import (
    Looks,
    Visit,
    answers,
    drag,
    eventually,
    needs_canvas,
    shown_image,
    signed_in,
    until_another,
)
from .client import Client
from .conftest import Desk, MakeDesk, SignIn
from .test_labeling_api import answer, lease

ADDRESS = "/api/projects/pets/drafts"


def draft(item: dict[str, Any], label: str = "dog") -> dict[str, Any]:
    return {
        "round_id": item["round_id"],
        "sha256": item["sha256"],
        "value": {"kind": "class", "label": label},
        "classes_version": 1,
    }


def test_a_draft_comes_back_with_the_lease_until_the_answer(desk: Desk, labeler: Client) -> None:
    desk.open()
    item, other = lease(labeler, 2)["items"]
    assert item["begun"] is None
    kept = labeler.post(ADDRESS, json=[draft(item), draft(other, "cat")])
    assert kept.status_code == 200, kept.text
    assert set(kept.json()["shas"]) == {item["sha256"], other["sha256"]}
    begun = lease(labeler, 2)["items"][0]["begun"]
    assert begun == {"value": {"kind": "class", "label": "dog"}, "at": kept.json()["at"]}
    labeler.post("/api/projects/pets/answers", json=answer(item))
    left = lease(labeler, 2)["items"]
    assert [each["begun"] and each["begun"]["value"]["label"] for each in left] == ["cat", None]
    late = labeler.post(ADDRESS, json=[draft(item)])
    assert late.json()["shas"] == []


def test_drafts_are_kept_in_the_name_of_their_person_only(desk: Desk, sign_in: SignIn) -> None:
    desk.open()
    ann, bob = sign_in(Role.LABELER, "ann"), sign_in(Role.LABELER, "bob")
    [item] = lease(ann)["items"]
    whose = desk.store.people.ensure("ann", Role.LABELER).id
    assert bob.post(f"{ADDRESS}?person={whose}", json=[draft(item)]).status_code == 401
    assert ann.post(f"{ADDRESS}?person={whose}", json=[draft(item)]).status_code == 200
    ann.post("/api/projects/pets/release", json={})
    assert [each["begun"] for each in lease(bob, 6)["items"]] == [None] * 6


def test_what_is_no_draft_is_refused(desk: Desk, labeler: Client, anyone: Client) -> None:
    desk.open()
    [item] = lease(labeler)["items"]
    assert labeler.post(ADDRESS, json=[]).status_code == 422
    assert labeler.post(ADDRESS, json=[{**draft(item), "value": "dog"}]).status_code == 422
    assert anyone.post(ADDRESS, json=[draft(item)]).status_code == 401


@pytest.fixture
def devices(browser: Browser) -> Iterator[Any]:
    """Open the label page for the same person in other browsers."""
    opened: list[BrowserContext] = []

    def make(looks: Looks) -> Page:
        context = browser.new_context(service_workers="block")
        opened.append(context)
        page = signed_in(context, looks.server).page
        page.goto(f"{looks.server.address}/projects/pets/label")
        page.wait_for_selector(".a9s-annotationlayer")
        return page

    yield make
    for context in opened:
        context.close()


def kept(desk: Desk) -> dict[str, int]:
    """Return how many boxes are begun on each image that the person at the page would get."""
    [person] = [p for p in desk.store.people.list() if p.role is Role.ADMIN]
    held = desk.store.labeling.lease(desk.project.id, person.id, 20)
    values = {item.sha256: item.begun.value for item in held if item.begun}
    return {sha: len(value.boxes) for sha, value in values.items() if isinstance(value, Boxes)}


@pytest.mark.browser
@needs_canvas
def test_what_is_drawn_here_is_gone_on_with_there(
    make_desk: MakeDesk, visit: Visit, devices: Any
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    begun = shown_image(page)
    drag(page, (0.1, 0.1), (0.3, 0.4))
    eventually(lambda: kept(desk) == {begun: 1})
    drag(page, (0.5, 0.5), (0.8, 0.8))
    page.goto(f"{looks.server.address}/projects/pets")
    eventually(lambda: kept(desk) == {begun: 2})

    phone = devices(looks)
    assert shown_image(phone) == begun
    expect(phone.locator(".object")).to_have_count(2)
    expect(phone.locator("#toast")).to_contain_text("What you had begun here")
    drag(phone, (0.35, 0.1), (0.45, 0.4))
    phone.wait_for_timeout(500)
    phone.close()
    eventually(lambda: kept(desk) == {begun: 3})

    page.goto(f"{looks.server.address}/projects/pets/label")
    page.wait_for_selector(".a9s-annotationlayer")
    assert shown_image(page) == begun
    expect(page.locator(".object")).to_have_count(3)
    page.keyboard.press("Enter")
    until_another(page, begun)
    eventually(lambda: len(answers(desk)) == 1)
    assert kept(desk) == {}
    assert looks.complaints == []


@pytest.mark.browser
@needs_canvas
def test_a_page_keeps_what_it_has_begun_later_itself(
    make_desk: MakeDesk, visit: Visit, devices: Any
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    phone = devices(looks)
    begun = shown_image(phone)
    drag(phone, (0.1, 0.1), (0.3, 0.4))
    eventually(lambda: kept(desk) == {begun: 1})
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    # It has the image since before, and hears nothing from the server now.
    page.route("**/pets/drafts*", lambda route: route.abort())
    drag(page, (0.5, 0.5), (0.8, 0.8))
    drag(page, (0.2, 0.2), (0.4, 0.4))
    expect(page.locator(".object")).to_have_count(2)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator(".object")).to_have_count(2)
    page.unroute("**/pets/drafts*")
    page.reload()
    eventually(lambda: kept(desk) == {begun: 2})
