"""The page of one image in Chromium: what is said of it is corrected."""

import re

import pytest
from playwright.sync_api import expect

from models.annotation import Answer
from models.label import ClassLabel, LabelSet, LabelValue, TaskType

from .browsing import Visit, eventually
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser


def _value(desk: Desk) -> LabelValue | None:
    view = desk.store.images.view(desk.project.id, desk.shas[0])
    assert view is not None
    return view.value


def test_a_class_is_chosen_and_taken_back(desk: Desk, visit: Visit) -> None:
    looks = visit(desk, f"/projects/pets/data/{desk.shas[0]}")
    page = looks.page
    page.wait_for_selector(".stage-canvas img")
    save = page.get_by_role("button", name="Save the correction")
    save.click()
    expect(page.locator("#correct-problem")).to_contain_text("Choose a class")
    page.locator("#classes .class-button").nth(1).click()
    save.click()
    expect(page.locator("#final")).to_contain_text("dog")
    assert _value(desk) == ClassLabel(label="dog")
    page.wait_for_selector(".stage-canvas img")
    page.locator("[name=skip]").select_option("unreadable")
    save.click()
    eventually(lambda: _value(desk) is None)
    assert looks.complaints == []


def test_a_set_takes_several(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    looks = visit(desk, f"/projects/pets/data/{desk.shas[0]}")
    page = looks.page
    page.wait_for_selector(".stage-canvas img")
    for number in (0, 1):
        page.locator("#classes .class-button").nth(number).click()
    page.get_by_role("button", name="Save the correction").click()
    eventually(lambda: _value(desk) == LabelSet(labels=("cat", "dog")))
    assert looks.complaints == []


def test_an_answer_is_sent_back_to_whoever_gave_it(desk: Desk, visit: Visit) -> None:
    desk.open(shas=desk.shas[:1])
    desk.say("ann", [ClassLabel(label="cat")])
    looks = visit(desk, f"/projects/pets/data/{desk.shas[0]}")
    page = looks.page
    page.get_by_text("Send it back to ann").click()
    page.get_by_label("What should they look at?").fill("the ears!")
    page.get_by_role("button", name="Send back").click()
    waiting, history = page.locator("#waiting"), page.locator(".history")
    expect(waiting).to_contain_text(re.compile("^Sent back to ann by .+, .+: “the ears!”"))
    page.reload()
    expect(waiting).to_contain_text("“the ears!”")
    expect(history).to_contain_text(re.compile("Sent back by .+, .+: “the ears!”"))
    ann = desk.store.people.by_name("ann").id
    [item] = desk.store.labeling.lease(desk.project.id, ann, 1)
    assert item.returned is not None
    assert item.returned.comment == "the ears!"
    dog = ClassLabel(label="dog")
    again = Answer(key="ann-again", round_id=item.round_id, sha256=item.sha256, value=dog)
    desk.store.labeling.submit(ann, again)
    page.reload()
    expect(page.locator("#final")).to_contain_text("dog")
    expect(waiting).to_have_count(0)
    expect(history).to_contain_text("Sent back by")
    page.goto(f"{looks.server.address}/projects/pets/data/{desk.shas[1]}")
    expect(page.get_by_text("Send it back")).to_have_count(0)
    assert looks.complaints == []
