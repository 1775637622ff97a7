"""Going back and forth, copying, looking closely, and a word to the reviewer, by keys alone."""

import pytest
from playwright.sync_api import Page, Route, expect

from models.label import ClassLabel, LabelSet, TaskType
from models.person import Role
from models.review import ReviewFilter
from models.round import RoundKind

from .browsing import Visit, answers, eventually, shown_image, until_another, until_shown
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser


def press(page: Page, key: str) -> None:
    """Press a key that leads to another image, and wait for it."""
    before = shown_image(page)
    page.keyboard.press(key)
    until_another(page, before)


def finals(desk: Desk) -> list[str]:
    """Return the labels of images in the order of their hashes."""
    found = [desk.store.images.view(desk.project.id, sha) for sha in desk.shas]
    return [v.value.label for v in found if v and isinstance(v.value, ClassLabel)]


def test_answers_taken_back_across_images_are_given_again(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    shown = shown_image(page)
    for key in "123":
        press(page, key)
    for _ in range(3):
        press(page, "z")
    assert shown_image(page) == shown
    eventually(lambda: finals(desk) == [])
    for _ in range(2):
        press(page, "Shift+Z")
    press(page, "Control+y")
    eventually(lambda: sorted(finals(desk)) == ["bird", "cat", "dog"])
    press(page, "z")
    press(page, "1")
    page.keyboard.press("Control+y")
    expect(page.locator("#toast")).to_contain_text("nothing to do again")
    eventually(lambda: sorted(finals(desk)) == ["cat", "cat", "dog"])
    assert looks.complaints == []


def test_answers_that_were_taken_back_before_one_that_stands_are_open_again(
    desk: Desk, visit: Visit
) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.select_option("#sizes", "4")
    answered = page.locator(".gtile.answered")
    page.keyboard.type("1231")
    expect(answered).to_have_count(4)
    page.keyboard.press("Enter")
    expect(page.locator(".gtile")).to_have_count(2)
    eventually(lambda: len(answers(desk)) == 4)
    asked: list[Route] = []

    def refuse_third(route: Route) -> None:
        asked.append(route)
        third = len(asked) == 3
        route.fulfill(status=409, json={"error": "It stands."}) if third else route.continue_()

    page.route("**/undo", refuse_third)
    page.keyboard.press("z")
    expect(page.locator("#toast")).to_contain_text("It stands")
    expect(answered).to_have_count(2)
    assert len(answers(desk)) == 2
    page.keyboard.press("z")
    expect(answered).to_have_count(4)
    assert answers(desk) == []
    page.keyboard.press("Shift+Z")
    eventually(lambda: len(answers(desk)) == 2)
    expect(answered).to_have_count(2)
    page.keyboard.press("Shift+Z")
    eventually(lambda: sorted(finals(desk)) == ["bird", "cat", "cat", "dog"])


def test_the_strip_leads_back_to_one_image_and_leaves_the_others(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    first = shown_image(page)
    for key in "123":
        press(page, key)
    page.locator(".frame.done").first.click()
    until_shown(page, first)
    press(page, "3")
    eventually(lambda: sorted(finals(desk)) == ["bird", "bird", "dog"])
    view = desk.store.images.view(desk.project.id, first)
    assert view is not None
    assert view.value == ClassLabel(label="bird")


def test_a_set_is_copied_from_the_last_image(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.press("1")
    page.keyboard.press("3")
    press(page, "Enter")
    page.keyboard.press("c")
    page.keyboard.press("3")
    press(page, "Enter")
    press(page, "Shift+C")
    eventually(lambda: len(answers(desk)) == 3)
    sets = [a.value.labels for a in answers(desk) if isinstance(a.value, LabelSet)]
    assert sets == [("bird", "cat"), ("cat",), ("cat",)]


def test_none_of_the_classes_is_said_by_a_key_of_its_own_only(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    act = page.locator("#panel-act button")
    first = shown_image(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    until_another(page, first)
    second = shown_image(page)
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("N says that it has none of the classes")
    page.keyboard.press("2")
    page.keyboard.press("n")
    expect(page.locator("#toast")).to_contain_text("Put them off first")
    page.keyboard.press("2")
    expect(act).to_have_text("None of the classesN")
    assert shown_image(page) == second
    press(page, "n")
    third = shown_image(page)
    act.click()
    until_another(page, third)
    eventually(lambda: len(answers(desk)) == 3)
    sets = [a.value.labels for a in answers(desk) if isinstance(a.value, LabelSet)]
    assert sets == [("cat",), (), ()]


def test_a_proposal_of_no_class_is_accepted_by_enter(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    model = desk.model(LabelSet(labels=()))
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model.id)
    page = visit(desk, "/projects/pets/label").page
    page.locator("#sizes").select_option("1")
    shown_image(page)
    expect(page.locator("#panel-act button")).to_have_text("None of the classes⏎")
    press(page, "Enter")
    eventually(lambda: [a.value for a in answers(desk)] == [LabelSet(labels=())])


def test_a_tile_is_large_while_a_key_is_held(desk: Desk, visit: Visit) -> None:
    desk.open(RoundKind.REVIEW)
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    expect(page.locator(".gtile")).to_have_count(6)
    page.keyboard.press("ArrowRight")
    page.keyboard.down("c")
    expect(page.locator(".enlarged img")).to_be_visible()
    second = page.locator(".gtile img").nth(1).get_attribute("src") or ""
    assert second.split("/")[-2] in (page.locator(".enlarged img").get_attribute("src") or "")
    page.keyboard.press("ArrowRight")
    third = page.locator(".gtile img").nth(2).get_attribute("src") or ""
    assert third.split("/")[-2] in (page.locator(".enlarged img").get_attribute("src") or "")
    page.keyboard.up("c")
    expect(page.locator(".enlarged")).to_have_count(0)
    assert looks.complaints == []


def test_a_flag_goes_to_the_reviewer_with_the_answer(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    shown_image(page)
    page.keyboard.press("g")
    page.keyboard.type("two animals, is this a cat?")
    page.keyboard.press("Enter")
    expect(page.locator("#flag-chip")).to_contain_text("two animals")
    press(page, "1")
    expect(page.locator("#flag-chip")).to_be_hidden()
    press(page, "2")
    eventually(lambda: len(answers(desk)) == 2)
    assert [a.comment for a in answers(desk)] == ["two animals, is this a cat?", ""]
    assert looks.complaints == []


def test_flags_wait_for_the_reviewer_until_the_image_is_corrected(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    sha = shown_image(page)
    page.keyboard.press("g")
    page.keyboard.type("cat or dog?")
    page.keyboard.press("Enter")
    press(page, "1")
    eventually(lambda: len(answers(desk)) == 1)
    page.goto(f"{looks.server.address}/projects/pets/flagged")
    expect(page.locator(".tile")).to_contain_text("cat or dog?")
    page.locator(".tile").click()
    page.locator(".class-button", has_text="dog").click()
    page.get_by_role("button", name="Save the correction").click()
    expect(page.locator("#final")).to_contain_text("dog")
    assert len(desk.store.labeling.history(desk.project.id, sha)) == 2
    page.goto(f"{looks.server.address}/projects/pets/flagged")
    expect(page.locator(".empty")).to_contain_text("Nothing is flagged")


def test_examples_that_a_reviewer_pins_stand_with_the_instructions(
    desk: Desk, visit: Visit
) -> None:
    desk.open()
    looks = visit(desk, f"/projects/pets/data/{desk.shas[0]}")
    page = looks.page
    page.get_by_label("What it shows").fill("a drawing is no cat")
    page.get_by_role("button", name="Pin as wrong").click()
    expect(page.locator("#pin")).to_contain_text("Pinned by")
    page.goto(f"{looks.server.address}/projects/pets/label")
    shown_image(page)
    page.keyboard.press("i")
    expect(page.locator(".examples .bad")).to_contain_text("a drawing is no cat")
    page.goto(f"{looks.server.address}/projects/pets/data/{desk.shas[0]}")
    page.get_by_role("button", name="Unpin").click()
    expect(page.locator("#pin")).not_to_contain_text("Pinned by")
    assert desk.store.examples.pinned(desk.project.id) == []
    assert looks.complaints == []


def test_reviewers_have_the_instructions_one_key_away_too(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(instructions="A **drawing** is no cat.")
    desk.open()
    desk.say("ann", [ClassLabel(label="cat")])
    rita = desk.store.people.ensure("rita", Role.REVIEWER)
    desk.store.examples.pin(rita.id, desk.project.id, desk.shas[1], good=True, note="Plain.")
    looks = visit(desk, "/projects/pets/review")
    page = looks.page
    dialog = page.locator("#instructions")
    for path in ("review", "consensus"):
        page.goto(f"{looks.server.address}/projects/pets/{path}")
        page.wait_for_load_state("load")
        page.wait_for_selector("#work:not([hidden]), #nothing:not([hidden])")
        page.keyboard.press("i")
        expect(dialog).to_contain_text("A drawing is no cat.")
        expect(dialog.locator(".examples .good")).to_contain_text("Plain.")
        page.keyboard.press("i")
        expect(dialog).to_be_hidden()
    assert desk.store.reviews.page(desk.project.id, ReviewFilter()) != [], "nothing was decided"
    assert looks.complaints == []


def test_images_are_asked_for_in_advance_and_not_after_each_answer(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(images=20)
    desk.open()
    asked: list[str] = []
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    for _ in range(12):
        press(page, "1")
    eventually(lambda: len(answers(desk)) == 12)
    assert "lease" not in asked
    with page.expect_request("**/lease"):
        page.keyboard.press("1")
