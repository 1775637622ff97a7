"""Pages in Chromium that hear of what happens, without a reload."""

import pytest
from playwright.sync_api import expect

from models.job import JobWait
from models.label import ClassLabel
from models.person import Role
from models.project import ProjectState
from models.round import ApprovedVia, RoundKind
from tenfold import run_waits
from tenfold.web import waits

from .browsing import Server, Visit, answers, eventually, shown_image
from .client import Client
from .conftest import Desk

pytestmark = pytest.mark.browser


CAT = ClassLabel(label="cat")


def test_the_dashboard_follows_without_a_reload(desk: Desk, visit: Visit) -> None:
    opened = desk.open()
    looks = visit(desk, "/projects/pets")
    page = looks.page
    page.evaluate("window.never = 'reloaded'")
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("0 of 6 answered")
    desk.say("ann", [CAT] * 2, opened.id)
    expect(now).to_contain_text("2 of 6 answered")
    expect(page.locator('[data-live="labelers"]')).to_contain_text("ann")
    rita = desk.store.people.ensure("rita", Role.REVIEWER)
    desk.store.reviews.ask(rita.id, desk.project.id, desk.shas[:2])
    expect(page.get_by_role("link", name="Sent to review")).to_be_visible()
    desk.store.cycles.begin_step(desk.claim, "train", "train", 100)
    desk.store.cycles.progress(desk.claim, "train", 40, 100)
    expect(page.locator('[data-live="steps"]')).to_contain_text("40 / 100")
    desk.store.projects.set_state("pets", ProjectState.PAUSED)
    expect(now).to_contain_text("This project is paused")
    assert page.evaluate("window.never") == "reloaded"
    assert looks.complaints == []


def test_the_dashboard_says_what_is_left_in_answers_and_minutes_and_why_nothing_is_learned_yet(
    desk: Desk, visit: Visit
) -> None:
    desk.model(metrics={"accuracy": 0.8})
    opened = desk.open()
    page = visit(desk, "/projects/pets").page
    now, curve = page.locator('[data-live="now"]'), page.locator('[data-live="curve"]')
    expect(now).to_contain_text("6 left before the next step")
    expect(now).not_to_contain_text("at this pace")
    desk.say("ann", [CAT] * 2, opened.id)
    expect(now).to_contain_text("4 left before the next step, about 8 s at this pace")
    expect(curve).to_contain_text("learns when round 1 is done: 4 answers are missing.")
    desk.store.cycles.begin_step(desk.claim, "train", "train", 100)
    run = page.locator('[data-live="steps"]').get_by_role("link", name="train")
    expect(run).to_have_attribute("href", f"http://prefect/{desk.claim.flow_run_id}")


HIDE = """
(hidden) => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


def test_a_page_that_nobody_looks_at_holds_no_line_and_catches_up(desk: Desk, visit: Visit) -> None:
    """A browser has six lines to a server: tabs in the background may not take them."""
    opened = desk.open()
    page = visit(desk, "/projects/pets").page
    now = page.locator('[data-live="now"]')
    desk.say("ann", [CAT], opened.id)
    expect(now).to_contain_text("1 of 6 answered")
    page.evaluate(HIDE, arg=True)
    desk.say("bob", [CAT] * 2, opened.id)
    page.wait_for_timeout(2500)
    expect(now).to_contain_text("1 of 6 answered")
    page.evaluate(HIDE, arg=False)
    expect(now).to_contain_text("3 of 6 answered")


def test_a_note_that_is_being_written_is_not_taken_away(desk: Desk, visit: Visit) -> None:
    opened = desk.open(shas=desk.shas[:1])
    desk.say("ann", [CAT], opened.id)
    page = visit(desk, "/projects/pets").page
    note = page.locator("textarea[name=note]")
    note.fill("Look at the se")
    desk.store.cycles.begin_step(desk.claim, "train", "train", 100)
    expect(page.locator('[data-live="steps"]')).to_contain_text("train")
    note.press_sequentially("cond one")
    expect(note).to_have_value("Look at the second one")


def test_the_dashboard_is_there_again_after_the_server_was_not(desk: Desk, visit: Visit) -> None:
    opened = desk.open()
    looks = visit(desk, "/projects/pets")
    now = looks.page.locator('[data-live="now"]')
    desk.say("ann", [CAT], opened.id)
    expect(now).to_contain_text("1 of 6 answered")
    looks.server.stop()
    desk.say("ann", [CAT], opened.id)
    again = Server(desk, looks.server.port)
    again.start()
    try:
        expect(now).to_contain_text("2 of 6 answered")
    finally:
        again.stop()


def test_the_label_page_leaves_a_round_that_closed(desk: Desk, visit: Visit) -> None:
    first = desk.open(shas=desk.shas[:3])
    page = visit(desk, "/projects/pets/label").page
    assert shown_image(page) in desk.shas[:3]
    page.wait_for_timeout(1500)
    desk.store.rounds.approve(first.id, "rita", ApprovedVia.PAGE, rest="return")
    desk.open(shas=desk.shas[3:])
    eventually(lambda: shown_image(page) in desk.shas[3:])
    expect(page.locator("#left")).to_contain_text("3 left")


def test_a_model_that_is_trained_meanwhile_is_named(desk: Desk, visit: Visit) -> None:
    first, rest = desk.shas[:1], desk.shas[1:]
    opened = desk.open(RoundKind.REVIEW, first)
    page = visit(desk, "/projects/pets/label").page
    facts = page.locator("#facts")
    expect(facts).to_contain_text("proposed by model version 1")
    page.locator("#sizes").select_option("1")
    shown_image(page)
    page.keyboard.press("Enter")
    expect(page.locator("#finished")).to_be_visible()
    eventually(lambda: len(answers(desk)) == 1)
    desk.store.rounds.approve(opened.id, "rita", ApprovedVia.PAGE)
    desk.open(RoundKind.REVIEW, rest)
    expect(facts).to_contain_text("proposed by model version 2")


def test_the_label_page_says_that_the_project_pauses_and_goes_on(desk: Desk, visit: Visit) -> None:
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    shown_image(page)
    banner = page.locator("#banner")
    desk.store.projects.set_state("pets", ProjectState.PAUSED)
    expect(banner).to_contain_text("This project is paused: nothing new is handed out.")
    page.keyboard.press("1")
    eventually(lambda: len(answers(desk)) == 1)
    desk.store.projects.set_state("pets", ProjectState.ACTIVE)
    expect(banner).to_be_hidden()


def test_who_waits_is_handed_a_new_round_at_once(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/label").page
    expect(page.locator("#finished")).to_be_visible()
    page.wait_for_timeout(1500)
    desk.open()
    page.wait_for_selector(".stage-canvas img", timeout=3000)


def test_who_waits_sees_what_the_machine_does(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets/label").page
    expect(page.locator("#finished")).to_be_visible()
    desk.store.cycles.begin_step(desk.claim, "train", "train", 100)
    expect(page.locator("#finished")).to_contain_text("The machine is at work: train.")
    desk.store.cycles.progress(desk.claim, "train", 40, 100)
    expect(page.locator("#finished")).to_contain_text("40 of 100")


def test_who_is_locked_out_hears_of_it_on_open_pages(desk: Desk, visit: Visit) -> None:
    desk.open()
    looks = visit(desk, "/projects/pets/label")
    dashboard = looks.page.context.new_page()
    dashboard.goto(f"{looks.server.address}/projects/pets")
    shown_image(looks.page)
    [person] = [p for p in desk.store.people.list() if p.role is Role.ADMIN]
    desk.store.people.set_active(person.id, active=False)
    expect(looks.page.locator("#banner")).to_contain_text("You are signed out here.")
    dashboard.wait_for_url("**/signin?next=/projects/pets")
    looks.page.keyboard.press("1")
    expect(looks.page.locator("#saved")).to_have_text("1 not sent yet")
    desk.store.people.set_active(person.id, active=True)
    eventually(lambda: len(answers(desk)) == 1, 20)
    expect(looks.page.locator("#banner")).to_be_hidden()


def test_a_round_is_ended_with_the_answers_that_are_there(
    desk: Desk, visit: Visit, woken: list[str]
) -> None:
    opened = desk.open()
    looks = visit(desk, "/projects/pets")
    page = looks.page
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("0 of 6 answered")
    expect(now.get_by_text("Train now")).to_have_count(0)
    desk.say("ann", [CAT] * 2, opened.id)
    now.get_by_text("Train now").click()
    expect(now).to_contain_text("The machine goes on with the 2 answers that are there.")
    now.get_by_role("button", name="End round 1 and go on").click()
    eventually(lambda: woken == ["pets"])
    approval = desk.store.rounds.approval(opened.id)
    assert approval is not None
    assert approval.returned == 4
    assert looks.complaints == []


def test_how_long_a_step_takes_still_is_told(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects/pets").page
    desk.store.cycles.begin_step(desk.claim, "pre-label", "pre-label", 100)
    desk.store.cycles.progress(desk.claim, "pre-label", 40, 100)
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("40 of 100")
    expect(now).to_contain_text("left")


def test_a_run_that_nobody_takes_up_says_why(
    desk: Desk, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[JobWait | None] = [None]
    monkeypatch.setattr(waits, "ASK_SECONDS", 0.2)
    monkeypatch.setattr(run_waits, "run_wait", lambda project, cycle: heard[0])
    page = visit(desk, "/projects/pets").page
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("Nothing has run yet.")
    wait = heard[0] = JobWait(why="It waits for a worker of tenfold-cpu:", command="tenfold up")
    expect(now).to_contain_text("The machine waits to go on.")
    expect(now).to_contain_text(wait.why)
    expect(now.locator("code")).to_have_text("tenfold up")
    expect(page.locator('[data-live="status"]')).to_have_text("machine waits")
    heard[0] = None
    expect(now).to_contain_text("Nothing has run yet.")
    heard[0] = JobWait(why="It waits again.")
    desk.open()
    expect(now).to_contain_text("For people")
    expect(now).not_to_contain_text("waits")


def test_a_job_that_waits_says_for_what_until_it_is_taken_up(
    desk: Desk, visit: Visit, labeler: Client
) -> None:
    page = visit(desk, "/projects/pets").page
    now = page.locator('[data-live="now"]')
    steps = page.locator('[data-live="steps"]')
    desk.store.cycles.begin_step(desk.claim, "embed", "embed", 100)
    expect(now).to_contain_text("The machine is at work: embed.")
    wait = JobWait(why="It waits for a worker of rack:", command="prefect worker start")
    desk.store.cycles.note_wait(desk.claim, "embed", wait)
    expect(now).to_contain_text("The machine waits to begin: embed.")
    expect(now).to_contain_text(wait.why)
    expect(now.locator("code")).to_have_text(wait.command)
    expect(steps.locator(".state")).to_have_text("waits")
    expect(page.locator('[data-live="status"]')).to_have_text("machine waits: embed")
    theirs = labeler.get("/projects/pets").text
    assert wait.why in theirs
    assert wait.command not in theirs, "commands are for those who run it"
    desk.store.cycles.note_wait(desk.claim, "embed", None)
    expect(now).to_contain_text("The machine is at work: embed.")
    expect(steps.locator(".state")).to_have_text("running")
    assert not now.locator("code").count()
