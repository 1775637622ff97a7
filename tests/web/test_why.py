"""Why a model proposes what it does: one key shows the tagged images that the answer leans on."""

import pytest
from playwright.sync_api import Page, expect

from models.label import ClassLabel, LabelSet, LabelValue, TaskType
from models.person import Role
from models.precedent import pack
from models.prelabel import Prelabel
from models.project import FinishMode
from models.round import ApprovedVia

from .browsing import Visit, needs_canvas
from .client import Client
from .conftest import Desk, MakeDesk
from .test_accessible import violations


def leaning(desk: Desk, proposed: LabelValue, tagged: list[LabelValue]) -> str:
    """Have images tagged, and a proposal for the last image that leans on them; return its hash."""
    asked = desk.open(shas=desk.shas[: len(tagged)])
    desk.say("ann", tagged, asked.id)
    desk.store.rounds.approve(asked.id, "root", ApprovedVia.PAGE)
    model = desk.model(proposed)
    near = [
        (sha[:16], 0.9 - place / 10, value == proposed)
        for place, (sha, value) in enumerate(zip(desk.shas, tagged, strict=False))
    ]
    same, others = (
        [(start, likeness) for start, likeness, like in near if like is wanted]
        for wanted in (True, False)
    )
    line = pack(same, others)
    told = Prelabel(sha256=desk.shas[-1], value=proposed, confidence=0.92, precedents=line)
    desk.store.models.add_prelabels(desk.claim, model.id, [told])
    return desk.shas[-1]


CAT, DOG = ClassLabel(label="cat"), ClassLabel(label="dog")


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk(finish=FinishMode.REVIEW)


@pytest.fixture
def asked(desk: Desk) -> str:
    return leaning(desk, CAT, [CAT, DOG, CAT])


def test_the_api_tells_reviewers(desk: Desk, asked: str, reviewer: Client, labeler: Client) -> None:
    address = f"/api/projects/pets/images/{asked}/precedents"
    found = reviewer.get(address).json()
    assert [each["view"]["image"]["sha256"] for each in found] == [
        desk.shas[0],
        desk.shas[2],
        desk.shas[1],
    ]
    assert [(each["likeness"], each["same"]) for each in found] == [
        (0.9, True),
        (0.7, True),
        (0.8, False),
    ]
    assert labeler.get(address).status_code == 403
    desk.store.projects.update("pets", finish=FinishMode.CERTIFIED)
    assert reviewer.get(address).json() == []


def check_dialog(page: Page) -> None:
    dialog = page.locator("#why")
    expect(dialog).to_be_visible()
    expect(dialog.locator("h2")).to_contain_text("Why “cat”, 92")
    alike, otherwise = dialog.locator("section").all()
    expect(alike.locator("li")).to_have_count(2)
    expect(alike).to_contain_text("90\u2009% alike")
    expect(otherwise.locator("li")).to_have_count(1)
    expect(otherwise.locator("li")).to_contain_text("dog")


@pytest.mark.browser
def test_on_the_page_of_an_image_by_a_key_and_a_button(
    desk: Desk, asked: str, visit: Visit
) -> None:
    looks = visit(desk, f"/projects/pets/data/{asked}")
    page = looks.page
    page.wait_for_selector(".stage-canvas img")
    page.keyboard.press("w")
    check_dialog(page)
    page.keyboard.press("w")
    expect(page.locator("#why")).to_be_hidden()
    page.locator("#correct [name=comment]").fill("wow")
    expect(page.locator("#why")).to_be_hidden()
    page.get_by_role("button", name="Why?").click()
    page.locator("#why li a").first.click()
    page.wait_for_url(f"**/data/{desk.shas[0]}")
    expect(page.get_by_role("button", name="Why?")).to_be_visible()
    assert looks.complaints == []


@needs_canvas
@pytest.mark.browser
def test_axe_finds_nothing_in_what_is_told(asked: str, desk: Desk, visit: Visit) -> None:
    page = visit(desk, f"/projects/pets/data/{asked}").page
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#why li")).to_have_count(3)
    assert violations(page) == []


@pytest.mark.browser
def test_in_the_data_view_of_the_image_at_the_cursor_and_of_the_open_one(
    desk: Desk, asked: str, visit: Visit
) -> None:
    looks = visit(desk, "/projects/pets/data")
    page = looks.page
    page.wait_for_selector(".cell img[src]")
    page.keyboard.press("End")
    page.keyboard.press("w")
    check_dialog(page)
    page.keyboard.press("Escape")
    expect(page.locator("#why")).to_be_hidden()
    page.get_by_role("button", name="Why?").click()
    check_dialog(page)
    page.keyboard.press("Escape")
    expect(page.locator("#why")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#editing")).to_be_visible()
    page.keyboard.press("w")
    check_dialog(page)
    page.keyboard.press("w")
    expect(page.locator("#editing")).to_be_visible()
    assert looks.complaints == []


@pytest.mark.browser
def test_a_label_that_changed_since_is_said_so_and_nothing_noted_too(
    desk: Desk, asked: str, visit: Visit
) -> None:
    eva = desk.store.people.ensure("eva", Role.REVIEWER).id
    desk.store.labeling.correct(eva, desk.project.id, desk.shas[0], DOG)
    page = visit(desk, f"/projects/pets/data/{asked}").page
    page.get_by_role("button", name="Why?").click()
    first = page.locator("#why li").first
    expect(first).to_contain_text("dog")
    expect(first).to_contain_text("its label changed since")
    page.goto(page.url.replace(asked, desk.shas[4]))
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#why")).to_contain_text("Nothing is noted of this proposal")


@pytest.mark.browser
def test_of_sets_as_well_and_of_boxes_not(make_desk: MakeDesk, visit: Visit) -> None:
    both = LabelSet(labels=("cat", "dog"))
    desk = make_desk(TaskType.MULTILABEL, finish=FinishMode.REVIEW)
    asked = leaning(desk, both, [both, LabelSet(labels=("dog",))])
    page = visit(desk, f"/projects/pets/data/{asked}").page
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#why section").first).to_contain_text("cat, dog")
    boxes = make_desk(TaskType.BOXES, name="things")
    looks = visit(boxes, "/projects/things/data")
    looks.page.wait_for_selector(".cell img[src]")
    expect(looks.page.get_by_role("button", name="Why?")).to_have_count(0)
    looks.page.keyboard.press("w")
    assert looks.complaints == []
