"""The label page in Chromium, on a real server."""

import re

import pytest
from playwright.sync_api import Page, expect

from models.label import Box, Boxes, ClassLabel, TaskType
from models.prelabel import Prelabel
from models.round import RoundKind
from tenfold.errors import InvalidAnswerError

from .browsing import (
    Visit,
    answers,
    drag,
    eventually,
    needs_canvas,
    on_screen,
    shown_image,
    until_another,
    until_shown,
)
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk

pytestmark = pytest.mark.browser


def test_digits_tag_image_after_image_and_undo_goes_back(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    first = shown_image(page)
    page.keyboard.press("2")
    until_another(page, first)
    second = shown_image(page)
    page.keyboard.press("1")
    eventually(lambda: len(answers(desk)) == 2)
    assert [a.value for a in answers(desk)] == [ClassLabel(label="dog"), ClassLabel(label="cat")]
    expect(page.locator("#saved")).to_have_text("✓ Saved")
    until_another(page, second)
    page.keyboard.press("z")
    until_shown(page, second)
    page.keyboard.press("3")
    eventually(lambda: ClassLabel(label="bird") in [a.value for a in answers(desk)])
    final = desk.store.images.view(desk.project.id, second)
    assert final is not None
    assert final.value == ClassLabel(label="bird")
    assert looks.complaints == []


def loaded_ahead(page: Page, count: int) -> None:
    """Wait until so many images are there."""
    loaded = "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/screen'))"
    page.wait_for_function(f"count => {loaded}.length >= count", arg=count)


def test_the_next_image_is_there_with_the_next_frames(make_desk: MakeDesk, visit: Visit) -> None:
    """How many milliseconds that takes is measured by benchmarks/next_image.py."""
    desk = make_desk(images=12)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    loaded_ahead(page, 12)
    frames = page.evaluate(
        """async () => {
          const frames = [];
          for (let turn = 0; turn < 6; turn += 1) {
            const before = document.querySelector('.stage-canvas img').src;
            const press = {key: '1', code: 'Digit1', bubbles: true};
            document.body.dispatchEvent(new KeyboardEvent('keydown', press));
            let count = 0;
            while (document.querySelector('.stage-canvas img').src === before && count < 100) {
              await new Promise((done) => requestAnimationFrame(done));
              count += 1;
            }
            frames.push(count);
          }
          return frames;
        }"""
    )
    assert max(frames) <= 3, frames


def test_a_reload_returns_to_the_same_image(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.press("1")
    eventually(lambda: len(answers(desk)) == 1)
    before = shown_image(page)
    page.reload()
    assert shown_image(page) == before
    page.keyboard.press("z")
    done = answers(desk)[0].sha256
    until_shown(page, done)


def test_a_grid_of_proposals_is_checked_with_letters_and_enter(desk: Desk, visit: Visit) -> None:
    desk.open(RoundKind.REVIEW)
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    expect(page.locator(".gtile.proposed")).to_have_count(6)
    page.keyboard.press("b")
    page.keyboard.press("e")
    expect(page.locator(".gtile.wrong")).to_have_count(2)
    page.keyboard.press("2")
    expect(page.locator(".gtile.answered")).to_have_count(2)
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 5)
    said = sorted(a.value.label for a in answers(desk) if isinstance(a.value, ClassLabel))
    assert said == ["cat", "cat", "cat", "dog", "dog"]
    assert "proposal" in page.locator("#ask").inner_text()
    expect(page.locator("#facts")).to_contain_text("proposed by model version 1, 90 % sure")
    shown_image(page)
    page.keyboard.press("3")
    eventually(lambda: len(answers(desk)) == 6)
    assert answers(desk)[-1].value == ClassLabel(label="bird")
    expect(page.locator("#finished")).to_be_visible()
    assert looks.complaints == []


def test_a_page_of_the_grid_asks_about_one_proposal_the_least_sure_first(
    desk: Desk, visit: Visit
) -> None:
    model = desk.model(ClassLabel(label="dog"))
    cats = [
        Prelabel(sha256=sha, value=ClassLabel(label="cat"), confidence=0.9) for sha in desk.shas[:2]
    ]
    unsure = Prelabel(sha256=desk.shas[5], value=ClassLabel(label="dog"), confidence=0.4)
    desk.store.models.add_prelabels(desk.claim, model.id, [*cats, unsure])
    desk.store.rounds.open(
        desk.claim, RoundKind.REVIEW, desk.shas, key="checked", model_version=model.id
    )
    page = visit(desk, "/projects/pets/label").page
    page.select_option("#sizes", "4")
    expect(page.locator("#ask")).to_contain_text("Are all of these “dog”?")
    expect(page.locator(".gtile")).to_have_count(4)
    expect(page.locator(".gtile img").first).to_have_attribute("src", re.compile(desk.shas[5]))
    page.keyboard.press("Enter")
    expect(page.locator("#ask")).to_contain_text("Are all of these “cat”?")
    expect(page.locator(".gtile")).to_have_count(2)


def test_several_images_are_tagged_in_a_grid(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.select_option("#sizes", "4")
    expect(page.locator(".gtile")).to_have_count(4)
    page.keyboard.type("1231")
    expect(page.locator(".gtile.answered")).to_have_count(4)
    page.reload()
    expect(page.locator(".gtile.answered")).to_have_count(4)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 4)
    said = [a.value.label for a in answers(desk) if isinstance(a.value, ClassLabel)]
    assert said == ["cat", "dog", "bird", "cat"]


def test_skipping_needs_a_reason(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.press("s")
    expect(page.locator("#skipping")).to_be_visible()
    page.keyboard.press("2")
    eventually(lambda: len(answers(desk)) == 1)
    assert answers(desk)[0].skip == "unreadable"


def test_sets_of_classes_are_toggled_and_sent(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.MULTILABEL)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.type("31")
    page.reload()  # what is chosen and not sent is chosen still
    expect(page.locator("#classes [aria-pressed=true]")).to_have_count(2)
    for key in ("2", "2", "Enter"):
        page.keyboard.press(key)
    eventually(lambda: len(answers(desk)) == 1)
    assert answers(desk)[0].value.model_dump()["labels"] == ("bird", "cat")  # type: ignore[union-attr]


@needs_canvas
def test_boxes_are_drawn_with_the_mouse_in_pixels_of_the_image(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    page.wait_for_selector(".a9s-annotationlayer")
    page.keyboard.press("2")
    drag(page, (0.25, 0.25), (0.5, 0.75))
    expect(page.locator(".object")).to_have_count(1)
    drag(page, (0.6, 0.2), (0.9, 0.5))
    expect(page.locator(".object")).to_have_count(2)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Boxes)
    first, second = value.boxes
    assert (first.label, second.label) == ("dog", "bird")
    assert first.xmin == pytest.approx(0.25 * WIDTH, abs=2)
    assert first.ymin == pytest.approx(0.25 * HEIGHT, abs=2)
    assert first.xmax == pytest.approx(0.5 * WIDTH, abs=2)
    assert first.ymax == pytest.approx(0.75 * HEIGHT, abs=2)
    assert looks.complaints == []


PROPOSED = Boxes(boxes=(Box(label="cat", xmin=20.5, ymin=30.25, xmax=110, ymax=120, score=0.8),))


@needs_canvas
def test_proposed_boxes_are_dashed_until_touched_and_accepted_unchanged(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES)
    model = desk.model(PROPOSED)
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model.id)
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    dashed = page.locator(".shape-lines polygon.proposed:not(.under)")
    expect(dashed).to_have_count(1)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    expected = PROPOSED.boxes[0].model_copy(update={"score": None})
    assert answers(desk)[0].value == Boxes(boxes=(expected,))
    expect(dashed).to_have_count(1)
    page.keyboard.press(".")
    page.keyboard.press("ArrowRight")
    expect(dashed).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(dashed).to_have_count(1)
    page.keyboard.press(".")
    page.keyboard.press("Delete")
    expect(page.locator(".object")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert len(answers(desk)) == 1
    page.keyboard.press("n")
    eventually(lambda: len(answers(desk)) == 2)
    assert answers(desk)[1].value == Boxes()
    assert looks.complaints == []


@needs_canvas
def test_taken_back_boxes_are_still_there(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    page.wait_for_selector(".a9s-annotationlayer")
    drag(page, (0.25, 0.25), (0.5, 0.75))
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    sha = answers(desk)[0].sha256
    expect(page.locator(".object")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Enter")
    eventually(lambda: len(desk.store.labeling.history(desk.project.id, sha)) == 2)
    first, second = desk.store.labeling.history(desk.project.id, sha)
    assert first.value == second.value


def test_answers_outlive_a_dead_server(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    shown_image(page)
    loaded_ahead(page, len(desk.shas))
    looks.server.stop()
    for _ in range(3):
        before = shown_image(page)
        page.keyboard.press("1")
        until_another(page, before)
    banner = page.locator("#banner")
    expect(banner).to_contain_text("3 answers are kept in this browser")
    expect(page.locator("#saved")).to_have_text("3 not sent yet")
    assert answers(desk) == []
    looks.server.start()
    eventually(lambda: len(answers(desk)) == 3, 20)
    expect(page.locator("#saved")).to_have_text("✓ Saved")
    expect(banner).to_be_hidden()


def test_answers_outlive_a_closed_page(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    shown_image(page)
    looks.server.stop()
    page.keyboard.press("2")
    expect(page.locator("#saved")).to_have_text("1 not sent yet")
    address = page.url
    context = page.context
    page.close()
    looks.server.start()
    context.new_page().goto(address)
    eventually(lambda: len(answers(desk)) == 1)
    assert answers(desk)[0].value == ClassLabel(label="dog")


def refuse(*_: object) -> None:
    raise InvalidAnswerError("This project has no class 'bird'.")


def test_a_refused_answer_is_kept_and_shown(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    with monkeypatch.context() as patched:
        patched.setattr(desk.store.labeling, "keep", refuse)
        page.keyboard.press("3")
        expect(page.locator("#banner")).to_contain_text("One answer was refused")
    assert answers(desk) == []
    page.get_by_role("button", name="See why").click()
    expect(page.locator("#refused-list")).to_contain_text("bird")
    page.get_by_role("button", name="Send again").click()
    eventually(lambda: len(answers(desk)) == 1)


def test_the_end_offers_the_approval(desk: Desk, visit: Visit, woken: list[str]) -> None:
    asked = desk.open(shas=desk.shas[:1])
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    page.keyboard.press("1")
    expect(page.locator("#finished")).to_contain_text("You have finished all the available tasks")
    page.get_by_role("button", name="Approve and continue").click()
    eventually(lambda: desk.store.rounds.approval(asked.id) is not None)
    eventually(lambda: woken == ["pets"])


def test_a_project_is_made_with_the_keyboard(desk: Desk, visit: Visit, woken: list[str]) -> None:
    looks = visit(desk, "/new-project")
    page = looks.page
    page.get_by_role("textbox", name="Name").fill("Bad Name")
    page.keyboard.press("Enter")
    expect(page.locator(".field-problem")).to_contain_text("lower case")
    page.get_by_role("textbox", name="Name").fill("birds-2")
    page.keyboard.press("Enter")
    page.get_by_label("Where are they?").fill("/data/birds")
    page.keyboard.press("Enter")
    page.get_by_label("Class 1").fill("robin")
    page.keyboard.press("Enter")
    page.keyboard.type("wren")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("What should a labeler know?").fill("**Look** closely")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/birds-2")
    made = desk.store.projects.get("birds-2")
    assert made.class_names == ("robin", "wren")
    assert (made.certificate, made.each_class) == ("walk", False)
    assert woken == ["birds-2"]
    assert looks.complaints == []


@pytest.mark.parametrize("way", ["look", "each"])
def test_the_way_to_the_certificate_is_chosen_with_the_project(
    desk: Desk, visit: Visit, way: str
) -> None:
    looks = visit(desk, "/new-project")
    page = looks.page
    page.get_by_role("textbox", name="Name").fill("birds-3")
    page.get_by_role("button", name="Images").click()
    page.get_by_label("Where are they?").fill("/data/birds")
    page.locator('[data-go="2"]').click()
    page.get_by_label("Class 1").fill("robin")
    page.keyboard.press("Enter")
    page.keyboard.type("wren")
    page.get_by_role("button", name="Assist and finish").click()
    page.locator(f'input[name="way"][value="{way}"]').check()
    page.get_by_label("Run it at once").uncheck()
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/birds-3")
    made = desk.store.projects.get("birds-3")
    assert (made.certificate, made.each_class) == ("look", way == "each")
    assert looks.complaints == []


def test_each_class_is_offered_only_for_images_of_one_class(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/new-project").page
    page.get_by_role("button", name="Assist and finish").click()
    each = page.get_by_role("radio", name="In each class")
    each.check()
    page.get_by_role("button", name="Details").click()
    page.get_by_role("radio", name="Several classes").check()
    page.get_by_role("button", name="Assist and finish").click()
    expect(each).to_be_disabled()
    expect(page.get_by_role("radio", name="Step by step")).to_be_checked()
    expect(page.locator("#way-hint")).to_contain_text("right or wrong as a whole")


def test_an_image_is_zoomed_at_the_pointer_moved_and_brightened(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    shown_image(page)
    wide = on_screen(page, 1, 0)[0] - on_screen(page, 0, 0)[0]
    corner = on_screen(page, 0.75, 0.25)
    page.mouse.move(*corner)
    page.mouse.wheel(0, -400)
    eventually(lambda: on_screen(page, 1, 0)[0] - on_screen(page, 0, 0)[0] > 2 * wide)
    assert on_screen(page, 0.75, 0.25) == pytest.approx(corner, abs=2), "it stays where it was"
    page.keyboard.down(" ")
    page.mouse.down()
    page.mouse.move(corner[0] - 60, corner[1] + 40, steps=4)
    page.mouse.up()
    page.keyboard.up(" ")
    moved = (corner[0] - 60, corner[1] + 40)
    eventually(lambda: on_screen(page, 0.75, 0.25) == pytest.approx(moved, abs=2))
    page.keyboard.press("b")
    page.get_by_label("Brightness").fill("150")
    expect(page.locator("#stage")).to_have_css("filter", "brightness(1.5) contrast(1)")
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#stage")).to_have_css("filter", "none")
    page.get_by_role("button", name="Fit").click()
    page.keyboard.press("1")
    assert answers(desk) == [], "keys are the dialog's while it is open"
    assert looks.complaints == []
