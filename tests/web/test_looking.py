"""Reviewers at work in Chromium: the review tab, who said what, the data view."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from models.label import Box, Boxes, ClassLabel, LabelValue, TaskType
from models.person import Role
from models.project import FinishMode
from models.review import ReviewFilter, ReviewState
from models.round import ApprovedVia, RoundKind

from .browsing import Visit, eventually, needs_canvas
from .conftest import Desk, MakeDesk
from .test_accessible import violations

pytestmark = pytest.mark.browser

ALL = ReviewFilter(state=ReviewState.ALL)


def words(*labels: str) -> list[LabelValue]:
    return [ClassLabel(label=label) for label in labels]


def label_of(desk: Desk, sha256: str) -> tuple[str | None, str | None]:
    view = desk.store.images.view(desk.project.id, sha256)
    assert view is not None
    value = view.value
    return value.label if isinstance(value, ClassLabel) else None, view.by and view.by.value


def toast_is_silent(page: Page) -> None:
    expect(page.locator("#toast")).to_be_hidden()


def test_a_reviewer_accepts_corrects_and_sends_back_by_keys(desk: Desk, visit: Visit) -> None:
    desk.open()
    said = desk.say("ann", words("cat", "dog", "bird", "cat"))
    looks = visit(desk, "/projects/pets/review")
    page = looks.page
    expect(page.locator("#said .ask")).to_have_text("cat")
    expect(page.locator("#said")).to_contain_text("ann, tagged")
    page.keyboard.press("Enter")  # the newest, the last of the four
    eventually(lambda: label_of(desk, said[3].sha256) == ("cat", "adjudicated"))
    expect(page.locator("#said .ask")).to_have_text("bird")
    page.keyboard.press("2")
    eventually(lambda: label_of(desk, said[2].sha256) == ("dog", "adjudicated"))
    expect(page.locator("#said .ask")).to_have_text("dog")
    page.keyboard.press("r")
    page.keyboard.type("look at the tail")
    page.keyboard.press("Enter")
    sent = ReviewFilter(state=ReviewState.SENT_BACK)
    eventually(lambda: len(desk.store.reviews.page(desk.project.id, sent)) == 1)
    expect(page.locator("#said .ask")).to_have_text("cat")
    page.keyboard.press("s")
    page.keyboard.press("2")

    def view() -> Any:
        return desk.store.images.view(desk.project.id, said[0].sha256)

    eventually(lambda: view().state == "skipped")
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator("#said")).to_contain_text("You")
    assert looks.complaints == []
    ann = desk.store.people.ensure("ann", Role.LABELER)
    [item] = desk.store.labeling.lease(desk.project.id, ann.id, 1)
    assert item.returned is not None
    assert item.returned.comment == "look at the tail"


def test_a_labeler_sees_why_an_image_comes_back(desk: Desk, visit: Visit) -> None:
    opened = desk.open(shas=desk.shas[:1])
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    page.wait_for_selector(".stage-canvas img")
    page.keyboard.press("1")
    eventually(lambda: desk.store.rounds.get(opened.id).answered == 1)
    [said] = desk.store.reviews.page(desk.project.id, ALL)
    rita = desk.store.people.ensure("rita", Role.REVIEWER)
    desk.store.reviews.send_back(rita.id, desk.project.id, said.annotation_id or 0, "the ears!")
    page.goto(f"{looks.server.address}/projects/pets/label")
    page.wait_for_selector(".stage-canvas img")
    expect(page.locator("#returned")).to_contain_text("the ears!")
    expect(page.locator("#returned")).to_contain_text("rita")
    expect(page.locator("#round")).to_have_text("sent back")
    page.keyboard.press("2")
    eventually(lambda: label_of(desk, desk.shas[0]) == ("dog", "person"))
    assert looks.complaints == []


def test_a_verdict_that_is_refused_comes_back(desk: Desk, visit: Visit) -> None:
    desk.open()
    said = desk.say("ann", words("cat", "dog"))
    looks = visit(desk, "/projects/pets/review")
    page = looks.page
    expect(page.locator("#said .ask")).to_have_text("dog")
    ann = desk.store.people.ensure("ann", Role.LABELER)
    desk.store.labeling.undo(ann.id, said[1].id)
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("taken back")
    expect(page.locator("#strip .frame.done")).to_have_count(0)


BOX = Box(label="cat", xmin=20, ymin=30, xmax=110, ymax=120)


@needs_canvas
def test_boxes_are_accepted_as_they_are_and_corrected_where_they_were_drawn(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES, images=2, finish=FinishMode.REVIEW)
    desk.open()
    other = BOX.model_copy(update={"label": "dog"})
    said = desk.say("ann", [Boxes(boxes=(BOX,)), Boxes(boxes=(BOX, other))])
    looks = visit(desk, "/projects/pets/review")
    page = looks.page
    expect(page.locator("#objects .object")).to_have_count(2)
    expect(page.locator("#accept-text")).to_have_text("Accept")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    expect(page.locator("#accept-text")).to_have_text("Save the correction")
    page.keyboard.press("Enter")

    def value(number: int) -> Any:
        view = desk.store.images.view(desk.project.id, said[number].sha256)
        return view and view.by and (view.by.value, view.value)

    eventually(lambda: value(1) is not None and value(1)[0] == "adjudicated")
    assert len(value(1)[1].boxes) == 1
    expect(page.locator("#objects .object")).to_have_count(1)
    expect(page.locator("#accept-text")).to_have_text("Accept")
    page.keyboard.press("Enter")
    eventually(lambda: value(0)[0] == "adjudicated")
    assert value(0)[1] == Boxes(boxes=(BOX,))
    assert looks.complaints == []


def both_answered(desk: Desk, one: list[LabelValue], other: list[LabelValue]) -> None:
    count = len(one)
    opened = desk.store.rounds.open(
        desk.claim, RoundKind.MANUAL, desk.shas[:count], key="both", overlap=2
    )
    desk.say("ann", one, opened.id)
    desk.say("bob", other, opened.id)
    desk.store.rounds.approve(opened.id, "ann", ApprovedVia.PAGE)


def test_one_key_decides_between_people(desk: Desk, visit: Visit) -> None:
    both_answered(desk, words("cat", "cat", "dog"), words("cat", "dog", "bird"))
    looks = visit(desk, "/projects/pets/consensus")
    page = looks.page
    expect(page.locator(".agreement .claim")).to_contain_text("1 of 3")
    expect(page.locator(".agreement .claim")).to_contain_text("Cohen")
    expect(page.locator("#options .option")).to_have_count(2)
    expect(page.locator("#options")).to_contain_text("ann")
    page.keyboard.press("2")
    eventually(lambda: label_of(desk, desk.shas[1]) == ("dog", "adjudicated"))
    expect(page.locator("#options")).to_contain_text("bird")
    page.keyboard.press("1")
    eventually(lambda: label_of(desk, desk.shas[2]) == ("dog", "adjudicated"))
    page.goto(f"{looks.server.address}/projects/pets/consensus")
    expect(page.locator("#nothing")).to_be_visible()
    assert looks.complaints == []


def test_boxes_of_two_people_are_drawn_side_by_side(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES, images=2, finish=FinishMode.REVIEW)
    moved = BOX.model_copy(update={"xmin": 90.0, "xmax": 200.0})
    both_answered(desk, [Boxes(boxes=(BOX,))] * 2, [Boxes(boxes=(moved,)), Boxes(boxes=(BOX,))])
    looks = visit(desk, "/projects/pets/consensus")
    page = looks.page
    expect(page.locator(".agreement .claim")).to_contain_text("mean IoU")
    expect(page.locator(".sides figure")).to_have_count(2)
    expect(page.locator(".sides polygon[stroke]")).to_have_count(2)
    page.keyboard.press("2")

    def final() -> Any:
        return desk.store.images.view(desk.project.id, desk.shas[0])

    eventually(lambda: final().by is not None and final().by.value == "adjudicated")
    assert final().value == Boxes(boxes=(moved,))
    assert looks.complaints == []


@pytest.fixture
def many(make_desk: MakeDesk) -> Desk:
    desk = make_desk(images=120, finish=FinishMode.REVIEW)
    desk.model()
    return desk


def test_only_what_is_on_the_screen_is_in_the_document(many: Desk, visit: Visit) -> None:
    looks = visit(many, "/projects/pets/data")
    page = looks.page
    page.wait_for_selector(".cell img[src]")
    shown = page.locator(".cell").count()
    assert 0 < shown < 100
    first = page.locator(".cell").first.get_attribute("id")
    page.locator("#cells").evaluate("place => { place.scrollTop = place.scrollHeight; }")
    expect(page.locator("#count")).to_have_text("120 images")
    page.locator("#cells").evaluate("place => { place.scrollTop = place.scrollHeight; }")
    expect(page.locator("#cell-119")).to_be_attached()
    assert page.locator(".cell").count() < 100
    assert first is not None
    expect(page.locator(f"#{first}")).to_have_count(0)
    assert looks.complaints == []


def test_filters_answer_while_one_types_and_stay_in_the_address(many: Desk, visit: Visit) -> None:
    looks = visit(many, "/projects/pets/data")
    page = looks.page
    page.keyboard.press("/")
    page.keyboard.type("photos/01")
    expect(page.locator("#count")).to_have_text("10 images")
    assert "path=photos%2F01" in page.url
    page.select_option("[name=state]", "manual")
    expect(page.locator("#nothing")).to_be_visible()
    page.reload()
    expect(page.locator("#nothing")).to_be_visible()
    page.locator("#clear").click()
    page.fill("[name=least_confidence]", "0.95")
    expect(page.locator("#nothing")).to_be_visible()
    page.fill("[name=least_confidence]", "0.5")
    expect(page.locator(".cell").first).to_be_visible()
    assert looks.complaints == []


def test_cells_are_corrected_where_they_are(many: Desk, visit: Visit) -> None:
    looks = visit(many, "/projects/pets/data")
    page = looks.page
    page.wait_for_selector(".cell")
    page.locator("#cell-0 .cell-label").click()
    page.locator("#class-menu").get_by_text("dog", exact=True).click()
    eventually(lambda: label_of(many, many.shas[0]) == ("dog", "adjudicated"))
    expect(page.locator("#cell-0 .cell-label")).to_have_text("dog")
    page.locator("#cell-2 .cell-picture").click()
    page.locator("#cell-4 .cell-picture").click(modifiers=["Shift"])
    expect(page.locator("#selected")).to_have_text("3 selected")
    page.keyboard.press("3")
    eventually(lambda: [label_of(many, sha)[0] for sha in many.shas[2:5]] == ["bird"] * 3)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#editing")).to_be_visible()
    page.wait_for_selector("#stage .stage-canvas img")
    page.keyboard.press("1")
    eventually(lambda: label_of(many, many.shas[5]) == ("cat", "adjudicated"))
    expect(page.locator("#editing-title")).to_contain_text("photos/")
    page.keyboard.press("Escape")
    expect(page.locator("#editing")).to_be_hidden()
    assert looks.complaints == []


def test_a_selection_and_a_whole_filter_go_to_review(many: Desk, visit: Visit) -> None:
    looks = visit(many, "/projects/pets/data")
    page = looks.page
    page.wait_for_selector(".cell")
    page.locator("#cell-0 .cell-picture").click()
    page.locator("#cell-1 .cell-picture").click(modifiers=["Control"])
    page.keyboard.press("r")
    page.keyboard.type("blurred?")
    page.keyboard.press("Enter")

    def asked() -> Any:
        return many.store.reviews.asked(many.project.id, limit=500)

    eventually(lambda: [one.sha256 for one in asked()] == many.shas[:2])
    assert asked()[0].request.comment == "blurred?"
    page.keyboard.press("Control+a")
    expect(page.locator("#selected")).to_contain_text("all")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    eventually(lambda: len(asked()) == 120)
    page.goto(f"{looks.server.address}/projects/pets/review?state=asked")
    expect(page.locator("#said")).to_contain_text("blurred?")
    page.keyboard.press("2")
    eventually(lambda: label_of(many, many.shas[0]) == ("dog", "adjudicated"))
    assert looks.complaints == []


def test_a_selection_and_a_whole_filter_are_assigned(desk: Desk, visit: Visit) -> None:
    asked = desk.open(shas=desk.shas[:5])
    mira = desk.store.people.ensure("mira", Role.LABELER)
    looks = visit(desk, "/projects/pets/data")
    page = looks.page
    page.wait_for_selector(".cell")
    expect(page.locator("#assign")).to_be_disabled()
    page.locator("#cell-1 .cell-picture").click()
    page.locator("#cell-5 .cell-picture").click(modifiers=["Control"])
    page.keyboard.press("a")
    page.get_by_label("Who answers them?").select_option("mira")
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("1 image is assigned to mira now.")
    expect(page.locator("#selected")).to_have_text("")

    def meant() -> list[tuple[int, int]]:
        shares = desk.store.assignments.of_round(asked.id)
        return [(share.person_id, share.images) for share in shares]

    assert meant() == [(mira.id, 1)]
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Assign to").click()
    page.get_by_label("Who answers them?").select_option("mira")
    page.get_by_role("button", name="Assign", exact=False).last.click()
    eventually(lambda: meant() == [(mira.id, 5)])
    assert looks.complaints == []


def test_a_label_that_is_refused_comes_back(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk()
    desk.audit(6)
    looks = visit(desk, "/projects/pets/data")
    page = looks.page
    page.wait_for_selector(".cell")
    before = page.locator("#cell-0 .cell-label").inner_text()
    page.locator("#cell-0 .cell-picture").click()
    page.keyboard.press("2")
    expect(page.locator("#toast")).to_contain_text("blind")
    expect(page.locator("#cell-0 .cell-label")).to_have_text(before)


def test_files_that_were_set_aside_are_shown_with_the_reason(desk: Desk, visit: Visit) -> None:
    from models.image import Quarantine, Quarantined

    aside = Quarantined(path="photos/broken.jpg", reason=Quarantine.BROKEN, detail="cut off")
    desk.store.images.add(desk.claim, [], {}, [aside])
    looks = visit(desk, "/projects/pets/data?state=set+aside")
    expect(looks.page.locator(".cell.file")).to_contain_text("cut off")
    expect(looks.page.locator("#count")).to_have_text("1 file")
    assert looks.complaints == []


def test_the_export_page_downloads_what_was_chosen(desk: Desk, visit: Visit) -> None:
    desk.open()
    desk.say("ann", words("cat", "dog", "bird", "cat"))
    looks = visit(desk, "/projects/pets/export")
    page = looks.page
    page.get_by_text("Each image by its hash").click()
    expect(page.locator("#command")).to_contain_text("--split 80/10/10 --split-by hash")
    page.get_by_text("CSV", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "pets-csv.zip"
    for field in page.locator("[data-share]").all():
        field.fill("0")
    page.get_by_role("button", name="Download").click()
    expect(page.locator("#export-note")).to_contain_text("80/10/10")
    assert [text for text in looks.complaints if "422" not in text] == []


@needs_canvas
def test_axe_finds_nothing_where_reviewers_look(make_desk: MakeDesk, visit: Visit) -> None:
    boxes = make_desk(TaskType.BOXES, images=3, finish=FinishMode.REVIEW, name="boxes")
    moved = BOX.model_copy(update={"xmin": 90.0, "xmax": 200.0})
    both_answered(boxes, [Boxes(boxes=(BOX,))] * 2, [Boxes(boxes=(moved,)), Boxes(boxes=(BOX,))])
    found: dict[str, list[str]] = {}
    looks = visit(boxes, "/projects/boxes/consensus")
    page = looks.page
    page.wait_for_selector(".sides polygon")
    page.get_by_text("Person by person").click()
    found["consensus"] = violations(page)
    page.goto(f"{looks.server.address}/projects/boxes/review?state=all")
    page.wait_for_selector("#objects .object")
    found["review"] = violations(page)
    page.keyboard.press("r")
    found["sending back"] = violations(page)
    page.goto(f"{looks.server.address}/projects/boxes/data")
    page.wait_for_selector(".cell img[src]")
    page.keyboard.press(" ")
    found["data"] = violations(page)
    page.keyboard.press("r")
    found["to review"] = violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_selector("#objects .object, #stage .stage-canvas")
    found["opened"] = violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert looks.complaints == []
