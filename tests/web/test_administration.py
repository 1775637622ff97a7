"""What admins change on the page, in Chromium: classes, names, and what goes for good."""

import pytest
from playwright.sync_api import Page, expect

from models.annotation import Answer
from models.class_list import ClassDraft
from models.label import Boxes, ClassLabel, TaskType
from models.person import Role
from models.round import ApprovedVia, RoundKind, RoundState

from .browsing import Visit, answers, drag, eventually, needs_canvas, shown_image
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser

RENAMED = [ClassDraft(name="tiger", was=("cat",)), ClassDraft(name="dog"), ClassDraft(name="bird")]


def editor(page: Page) -> Page:
    page.wait_for_selector("#class-editor")
    return page


def test_classes_are_renamed_merged_and_added_once_it_is_said_what_it_comes_to(
    desk: Desk, visit: Visit
) -> None:
    asked = desk.open()
    looks = visit(desk, "/projects/pets/settings")
    page = editor(looks.page)
    page.get_by_label("Name of cat").fill("pet")
    page.get_by_label("Name of dog").fill("pet")
    page.get_by_label("New class").fill("fish")
    page.get_by_role("button", name="Change the classes").click()
    dialog = page.locator("#class-effect")
    expect(dialog).to_contain_text("“cat”, “dog” become “pet”")
    expect(dialog).to_contain_text("New: “fish”")
    dialog.get_by_role("button", name="Change them").click()
    eventually(lambda: desk.store.projects.get("pets").classes_version == 2)
    project = desk.store.projects.get("pets")
    assert project.class_names == ("pet", "bird", "fish")
    assert project.former_classes == {"cat": "pet", "dog": "pet"}
    assert desk.store.rounds.get(asked.id).state is RoundState.OPEN
    assert looks.complaints == []


def test_a_class_gets_another_color_on_pages_that_are_open(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page, other = looks.page, looks.page.context.new_page()
    shown_image(page)
    other.goto(f"{looks.server.address}/projects/pets/settings")
    editor(other).get_by_label("Color of dog").fill("#123456")
    other.get_by_role("button", name="Change the classes").click()
    other.locator("#class-effect").get_by_role("button", name="Change them").click()
    eventually(lambda: desk.store.projects.get("pets").classes[1].color == "#123456")
    page.bring_to_front()
    drawn = page.locator(".class-button", has_text="dog").locator(".swatch rect")
    expect(drawn).to_have_attribute("fill", "#123456")
    page.keyboard.press("2")
    eventually(lambda: [a.value for a in answers(desk)] == [ClassLabel(label="dog")])
    assert looks.complaints == []


def test_a_project_is_paused_goes_on_and_is_archived_by_buttons(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/settings")
    page = looks.page

    def state() -> str:
        [project] = desk.store.projects.list(include_archived=True)
        return project.state.value

    page.get_by_role("button", name="Pause").click()
    eventually(lambda: state() == "paused")
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible()
    page.wait_for_load_state("load")
    resume.click()
    eventually(lambda: state() == "active")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_load_state("load")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Archive").click()
    eventually(lambda: state() == "archived")
    expect(page.get_by_role("button", name="Archive")).to_have_count(0)
    page.wait_for_load_state("load")
    page.goto(f"{looks.server.address}/projects")
    page.get_by_role("link", name="Show 1 archived project").click()
    expect(page.locator(".projects")).to_contain_text("pets")
    assert looks.complaints == []


def test_a_class_that_ends_an_audit_asks_what_becomes_of_the_labels(
    desk: Desk, visit: Visit, woken: list[str]
) -> None:
    first = desk.open(shas=desk.shas[:1])
    eva = desk.store.people.ensure("eva", Role.LABELER)
    given = Answer(
        key="key-of-eva", round_id=first.id, sha256=desk.shas[0], value=ClassLabel(label="dog")
    )
    desk.store.labeling.submit(eva.id, given)
    desk.store.rounds.approve(first.id, "eva", ApprovedVia.PAGE)
    asked = desk.audit(3)
    page = editor(visit(desk, "/projects/pets/settings").page)
    page.get_by_label("New class").fill("fish")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change the classes").click()
    dialog = page.locator("#class-effect")
    expect(dialog).to_contain_text("The blind audit of round 2 ends without a result")
    dialog.get_by_role("button", name="Change them").click()
    expect(dialog.locator(".problem")).to_contain_text("Choose")
    assert desk.store.rounds.get(asked.id).state is RoundState.OPEN
    dialog.get_by_label("Start over").check()
    dialog.get_by_role("button", name="Change them").click()
    eventually(lambda: desk.store.rounds.get(asked.id).state is RoundState.CLOSED)
    eventually(lambda: woken == ["not run-0", "pets"])


def test_an_open_label_page_follows_and_loses_no_answer(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    first = shown_image(page)
    desk.store.classes.change(desk.project.id, RENAMED, by="eva")
    page.keyboard.press("1")
    expect(page.locator("#classes")).to_contain_text("tiger")
    eventually(lambda: shown_image(page) != first)
    page.keyboard.press("1")
    eventually(lambda: len(answers(desk)) == 2)
    # What was said under the old list is read with the new names.
    assert [said.value for said in answers(desk)] == [ClassLabel(label="tiger")] * 2
    expect(page.locator("#banner")).to_be_hidden()
    assert looks.complaints == []


def test_a_review_page_shows_proposals_with_the_new_names(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(finish="review")
    desk.open(RoundKind.REVIEW)
    page = visit(desk, "/projects/pets/label").page
    expect(page.locator(".gtile").first).to_contain_text("cat")
    desk.store.classes.change(desk.project.id, RENAMED, by="eva")
    expect(page.locator(".gtile").first).to_contain_text("tiger")
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 6)
    assert {said.value.label for said in answers(desk) if said.value} == {"tiger"}


@needs_canvas
def test_boxes_that_are_being_drawn_stay_when_their_class_is_renamed(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES, name="cars", classes=[{"name": "car"}, {"name": "bus"}])
    desk.open()
    page = visit(desk, "/projects/cars/label").page
    shown_image(page)
    drag(page, (0.1, 0.1), (0.5, 0.5))
    expect(page.locator("#objects")).to_contain_text("car")
    wanted = [ClassDraft(name="automobile", was=("car",)), ClassDraft(name="bus")]
    desk.store.classes.change(desk.project.id, wanted, by="eva")
    expect(page.locator("#objects")).to_contain_text("automobile")
    drag(page, (0.6, 0.6), (0.9, 0.9))
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    said = answers(desk)[0].value
    assert isinstance(said, Boxes)
    assert [box.label for box in said.boxes] == ["automobile", "automobile"]


def test_a_project_is_renamed_and_removed_by_typing_its_name(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/settings")
    page = looks.page
    page.get_by_label("Name of the project").fill("animals")
    page.get_by_role("button", name="Rename").click()
    page.wait_for_url("**/projects/animals/settings")
    remove = page.get_by_role("button", name="Remove animals")
    expect(page.locator("#remove-project").locator("..")).to_contain_text("What goes: 6 images")
    expect(remove).to_be_disabled()
    page.get_by_label("To remove it, type its name").fill("animal")
    expect(remove).to_be_disabled()
    page.get_by_label("To remove it, type its name").fill("animals")
    remove.click()
    page.wait_for_url("**/projects")
    assert desk.store.projects.list(include_archived=True) == []
    eventually(lambda: list(desk.blobs.list()) == [])
    assert looks.complaints == []


def test_an_image_is_erased_on_its_page(desk: Desk, visit: Visit) -> None:
    sha = desk.shas[0]
    page = visit(desk, f"/projects/pets/data/{sha}").page
    page.get_by_text("This image must go").click()
    page.get_by_label("Why", exact=True).fill("a face")
    page.get_by_label("I know that this").check()
    page.get_by_role("button", name="Erase this image").click()
    expect(page.get_by_role("heading", name="This image was erased for good")).to_be_visible()
    note = desk.store.erasures.note(desk.project.id, sha)
    assert note is not None
    assert note.reason == "a face"


def test_a_link_is_made_and_somebody_comes_by_it(desk: Desk, visit: Visit) -> None:
    looks = visit(desk, "/people")
    page = looks.page
    page.locator("#invite").get_by_label("Role").select_option("reviewer")
    page.get_by_role("button", name="Make a link").click()
    shown = page.get_by_label("The link, shown this once")
    expect(shown).to_be_visible()
    page.goto(shown.input_value())
    page.get_by_label("Name").fill("mira")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/projects")
    expect(page.locator(".who")).to_contain_text("mira")
    assert desk.store.people.by_name("mira").role is Role.REVIEWER
    assert looks.complaints == []


def test_a_share_of_a_round_is_meant_for_somebody(desk: Desk, visit: Visit) -> None:
    asked = desk.open()
    mira = desk.store.people.ensure("mira", Role.LABELER)
    looks = visit(desk, "/projects/pets/settings")
    page = looks.page
    form = page.locator("#assign")
    form.get_by_label("Person").select_option("mira")
    form.get_by_label("Images").fill("4")
    form.get_by_label("Nobody else").check()
    form.get_by_role("button").click()
    expect(page.locator("[data-release]")).to_be_visible()
    page.wait_for_load_state("load")
    [share] = desk.store.assignments.of_round(asked.id)
    assert (share.person_id, share.images) == (mira.id, 4)
    page.locator("[data-release]").click()
    eventually(lambda: desk.store.assignments.of_round(asked.id) == [])
    assert looks.complaints == []


def test_somebody_gets_another_role_in_one_project(desk: Desk, visit: Visit) -> None:
    ann = desk.store.people.ensure("ann", Role.LABELER)
    looks = visit(desk, "/projects/pets/settings")
    role = looks.page.get_by_label("Role of ann in this project")
    expect(role.locator("option:checked")).to_have_text("labeler, as elsewhere")
    role.select_option("reviewer")
    eventually(lambda: desk.store.people.role_in(desk.project.id, ann.id) is Role.REVIEWER)
    looks.page.reload()
    expect(role.locator("option:checked")).to_have_text("reviewer")
    role.select_option(label="labeler, as elsewhere")
    eventually(lambda: desk.store.people.role_in(desk.project.id, ann.id) is Role.LABELER)
    assert looks.complaints == []


def test_an_invitation_can_be_for_one_project(desk: Desk, visit: Visit) -> None:
    looks = visit(desk, "/people")
    form = looks.page.locator("#invite")
    form.locator("[name=role]").select_option("reviewer")
    form.get_by_label("Where it holds").select_option(label="in pets; elsewhere they label")
    form.get_by_role("button", name="Make a link").click()
    expect(looks.page.locator("#invitation-link")).to_be_visible()
    [made] = desk.store.invitations.list()
    assert (made.role, made.project) == (Role.REVIEWER, "pets")
    assert looks.complaints == []
