"""Why a model proposes what it does: one key shows the tagged images that the answer leans on."""

import pytest
from playwright.sync_api import Page, expect

from models.box_reason import TAGGED_BOXES, BoxReason, NearBox, TaggedBox
from models.box_reason import pack as packed_boxes
from models.label import Box, Boxes, ClassLabel, LabelSet, LabelValue, TaskType
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
def test_of_sets_as_well(make_desk: MakeDesk, visit: Visit) -> None:
    both = LabelSet(labels=("cat", "dog"))
    desk = make_desk(TaskType.MULTILABEL, finish=FinishMode.REVIEW)
    asked = leaning(desk, both, [both, LabelSet(labels=("dog",))])
    page = visit(desk, f"/projects/pets/data/{asked}").page
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#why section").first).to_contain_text("cat, dog")


def boxes(*placed: tuple[str, float, float | None]) -> Boxes:
    """Return boxes 60 wide and 90 high, each by its class, its left edge and its score."""
    return Boxes(
        boxes=tuple(
            Box(label=label, xmin=left, ymin=30, xmax=left + 60, ymax=120, score=score)
            for label, left, score in placed
        )
    )


def looking_like(desk: Desk) -> str:
    """Have two images tagged, and boxes proposed that look like theirs; return the hash."""
    cat, dog = boxes(("cat", 20, None)), boxes(("dog", 110, None))
    asked = desk.open(shas=desk.shas[:2])
    desk.say("ann", [cat, dog], asked.id)
    desk.store.rounds.approve(asked.id, "root", ApprovedVia.PAGE)
    proposed = boxes(("cat", 10, 0.93), ("dog", 120, 0.41))
    model = desk.model(proposed, {"threshold": 0.35})
    tagged = (
        TaggedBox(sha256=sha, box=value.boxes[0])
        for sha, value in zip(desk.shas, (cat, dog), strict=False)
    )
    lines = "".join(f"{one.model_dump_json()}\n" for one in tagged)
    desk.blobs.put(f"{model.blob}/{TAGGED_BOXES}", lines.encode())
    near = (
        NearBox(place=0, likeness=0.9, same=True),
        NearBox(place=1, likeness=0.2, same=False),
    )
    told = (
        BoxReason(chance=0.97, next_class=1, next_score=0.03, near=near),
        BoxReason(chance=0.44, next_class=0, next_score=0.3, near=near[:1]),
    )
    line = packed_boxes(told)
    one = Prelabel(sha256=desk.shas[-1], value=proposed, confidence=0.43, precedents=line)
    desk.store.models.add_prelabels(desk.claim, model.id, [one])
    return desk.shas[-1]


@pytest.fixture
def things(make_desk: MakeDesk) -> Desk:
    return make_desk(TaskType.BOXES, name="things", finish=FinishMode.REVIEW)


def test_the_api_tells_of_each_box_and_of_what_became_of_tagged_ones(
    things: Desk, desk: Desk, reviewer: Client, labeler: Client
) -> None:
    asked = looking_like(things)
    address = f"/api/projects/things/images/{asked}/box-reasons"
    told = reviewer.get(address).json()
    assert (told["threshold"], told["confidence"], told["compares"]) == (0.35, 0.43, True)
    cat, dog = told["boxes"]
    assert (cat["box"]["label"], cat["chance"], cat["next_label"]) == ("cat", 0.97, "dog")
    assert (dog["chance"], dog["next_label"], dog["next_score"]) == (0.44, "cat", 0.3)
    [like, unlike] = cat["near"]
    assert (like["image"]["sha256"], like["same"], like["stands"]) == (things.shas[0], True, True)
    assert (unlike["box"]["label"], unlike["same"]) == ("dog", False)
    assert labeler.get(address).status_code == 403
    eva = things.store.people.ensure("eva", Role.REVIEWER).id
    things.store.labeling.correct(eva, things.project.id, things.shas[0], boxes(("dog", 20, None)))
    changed = reviewer.get(address).json()["boxes"][0]["near"][0]
    assert not changed["stands"]
    things.store.projects.update("things", finish=FinishMode.CERTIFIED)
    assert reviewer.get(address).json() is None


def test_boxes_of_which_nothing_was_noted_and_models_whose_file_is_gone_say_little(
    things: Desk, desk: Desk, reviewer: Client
) -> None:
    asked = looking_like(things)
    at = "/api/projects/things/images"
    assert reviewer.get(f"{at}/{things.shas[3]}/box-reasons").json()["boxes"] == []
    things.blobs.delete(f"m/{TAGGED_BOXES}")
    told = reviewer.get(f"{at}/{asked}/box-reasons").json()
    assert not told["compares"]
    assert [(each["chance"], each["near"]) for each in told["boxes"]] == [(0.97, []), (0.44, [])]


@needs_canvas
@pytest.mark.browser
def test_each_box_is_shown_with_its_chance_and_the_tagged_ones_like_it(
    things: Desk, visit: Visit
) -> None:
    asked = looking_like(things)
    looks = visit(things, f"/projects/things/data/{asked}")
    page = looks.page
    page.get_by_role("button", name="Why?").click()
    dialog = page.locator("#why")
    expect(dialog.locator("h2")).to_contain_text("Why “1 cat, 1 dog”, 43")
    expect(dialog).to_contain_text("All boxes are right, and none is missing, with a chance of 43")
    first, second = dialog.locator(".why-boxes > li").all()
    expect(first).to_contain_text(
        "right with a chance of 44\u2009%, score 0.41; otherwise cat, 0.30"
    )
    expect(second.locator(".why-list li")).to_have_count(2)
    expect(second.locator(".why-list")).to_contain_text("90\u2009% alike")
    expect(dialog.locator(".why-drawn svg polygon")).to_have_count(2)
    assert violations(page) == []
    page.keyboard.press("w")
    expect(dialog).to_be_hidden()
    page.goto(page.url.replace(asked, things.shas[3]))
    page.get_by_role("button", name="Why?").click()
    expect(dialog).to_contain_text("Nothing is noted of these boxes")
    empty = Prelabel(sha256=things.shas[4], value=Boxes(), confidence=0.8)
    things.store.models.add_prelabels(things.claim, "model-1", [empty])
    page.goto(page.url.replace(things.shas[3], things.shas[4]))
    page.get_by_role("button", name="Why?").click()
    expect(dialog).to_contain_text("No box is proposed: none has a score of 0.35 or more.")
    expect(dialog).to_contain_text("That nothing is there has a chance of 80")
    assert looks.complaints == []


@needs_canvas
@pytest.mark.browser
def test_boxes_tell_in_the_data_view_too_and_outlines_nowhere(
    things: Desk, make_desk: MakeDesk, visit: Visit
) -> None:
    looking_like(things)
    looks = visit(things, "/projects/things/data")
    page = looks.page
    page.wait_for_selector(".cell img[src]")
    page.keyboard.press("End")
    page.keyboard.press("w")
    expect(page.locator("#why .why-boxes > li")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("#editing")).to_be_visible()
    page.keyboard.press("w")
    expect(page.locator("#why .why-boxes > li")).to_have_count(2)
    page.keyboard.press("w")
    expect(page.locator("#editing")).to_be_visible()
    assert looks.complaints == []
    outlined = visit(make_desk(TaskType.POLYGONS, name="shapes"), "/projects/shapes/data")
    outlined.page.wait_for_selector(".cell img[src]")
    expect(outlined.page.get_by_role("button", name="Why?")).to_have_count(0)
    outlined.page.keyboard.press("w")
    assert outlined.complaints == []
