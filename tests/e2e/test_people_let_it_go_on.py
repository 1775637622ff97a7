"""A suspended run goes on by page, command line, Prefect's form, or what the store says."""

import pytest
from playwright.sync_api import Page

from benchmarks.chromium import chromium
from models.label import ClassLabel
from models.prelabel import Prelabel
from models.project import Project
from models.record import now
from models.round import ApprovedVia
from tenfold import orchestration
from tenfold.store.model_versions import without_model
from tests.e2e.conftest import Home, expected_labels, until

pytestmark = [pytest.mark.e2e]
Waiting = dict[str, Project]


def check_delivered(home: Home, project: Project) -> None:
    assert home.labels(project) == expected_labels(home.folder / "sources" / project.name)


def test_page_approval_resumes_the_run(home: Home, waiting: Waiting) -> None:
    project = waiting["by-page"]
    run, asked = home.suspended(project)
    early = home.page.post(f"/api/rounds/{asked.id}/approve", json={})
    assert early.status_code == 409
    assert early.json()["missing"] == 6
    home.answer(project)
    home.page.post(f"/api/rounds/{asked.id}/approve", json={"note": "fine"}).raise_for_status()
    home.completed(run)
    approval = home.ctx.store.rounds.approval(asked.id)
    assert approval is not None
    assert (approval.by, approval.via, approval.note) == ("ann", ApprovedVia.PAGE, "fine")
    check_delivered(home, project)


def test_command_line_approval_resumes_the_run(home: Home, waiting: Waiting) -> None:
    project = waiting["by-cli"]
    run, asked = home.suspended(project)
    refused = home.tenfold("resume", project.name)
    assert refused.returncode != 0
    assert "6" in refused.stderr
    home.answer(project)
    done = home.tenfold("resume", project.name)
    assert done.returncode == 0, done.stderr
    home.completed(run)
    approval = home.ctx.store.rounds.approval(asked.id)
    assert approval is not None
    assert approval.via is ApprovedVia.CLI
    check_delivered(home, project)


@pytest.mark.browser
def test_prefect_form_asks_again_while_answers_are_missing_then_resumes(
    home: Home, waiting: Waiting
) -> None:
    project = waiting["by-form"]
    run, asked = home.suspended(project)
    home.answer(project, leave=2)
    with chromium() as browser:
        page = browser.new_page()
        submit_form(page, run, "Bea")
        until(lambda: home.ctx.store.rounds.get(asked.id).asks == 2, what="a second question")
        home.suspended(project)
        assert home.ctx.store.rounds.approval(asked.id) is None
        home.answer(project)
        submit_form(page, run, "Bea", shown="2 answers are still missing")
    home.completed(run)
    approval = home.ctx.store.rounds.approval(asked.id)
    assert approval is not None
    assert (approval.by, approval.via) == ("Bea", ApprovedVia.PREFECT_FORM)
    check_delivered(home, project)


def submit_form(page: Page, run: str, name: str, shown: str = "Open the page") -> None:
    """Fill in the form of the Prefect UI as a person would."""
    page.goto(orchestration.flow_run_url(run))
    page.get_by_role("button", name="Resume").first.click()
    form = page.locator(".p-modal__card")
    form.get_by_text(shown).wait_for()
    form.locator(".schema-form-property", has_text="Your name").locator("textarea").fill(name)
    form.get_by_role("button", name="Submit").click()
    form.wait_for(state="hidden")


def open_audit(home: Home, project: Project, run: str) -> None:
    """Open an audit of the images that nobody has answered, as a later step of the run would."""
    store = home.ctx.store
    cycle = store.cycles.current(project.id)
    assert cycle is not None
    claim = store.cycles.claim(cycle.id, run)
    model = without_model(project, "model-of-begun-anew", 1, cycle.id, now())
    store.models.add(claim, model)
    shas = [image.sha256 for image in store.images.iterate(project.id)]
    proposed = [Prelabel(sha256=s, value=ClassLabel(label="red"), confidence=0.9) for s in shas]
    store.models.add_prelabels(claim, model.id, proposed)
    store.rounds.open_audit(claim, model.id, 2, key="audit", seed=1, pool=shas)


def test_starting_over_cancels_the_suspended_run_and_another_begins(
    home: Home, waiting: Waiting
) -> None:
    project = waiting["begun-anew"]
    run, _ = home.suspended(project)
    home.answer(project, leave=4)
    open_audit(home, project, run)
    wanted = [{"name": name} for name in (*project.class_names, "green")]
    given = {"classes": wanted, "afterwards": "start over"}
    home.page.post(f"/api/projects/{project.name}/classes", json=given).raise_for_status()
    # Cancelled, or refused at its next write before that.
    until(lambda: not orchestration.run_state(run).alive, what="the end of the run")
    anew, asked = home.suspended(project)
    assert anew != run
    assert asked.missing == 6


def test_tracking_wakes_a_run_whose_approval_nobody_told_it(home: Home, waiting: Waiting) -> None:
    project = waiting["by-store"]
    run, asked = home.suspended(project)
    home.answer(project)
    home.ctx.store.rounds.approve(asked.id, by="ann", via=ApprovedVia.PAGE)
    assert orchestration.run_state(run).kind == "suspended"
    home.track()
    home.completed(run)
    check_delivered(home, project)


def test_a_step_that_is_stopped_ends_its_run_and_goes_on_when_asked(home: Home) -> None:
    project = home.project("stopped")
    run = orchestration.work_on(project.name)
    stop = f"/api/projects/{project.name}/stop"
    until(lambda: home.page.post(stop, json={}).status_code == 202, what="a step to stop")
    # Cancelled, or refused at its next write before that.
    until(lambda: not orchestration.run_state(run).alive, what="the end of the run")
    until(lambda: home.process_of_run(run) is None, what="the end of its process")
    assert any("stopped" in step.detail for step in home.steps(project))
    again = orchestration.work_on(project.name)
    until(lambda: home.run_of(project) == again, what="another run")
    _, asked = home.suspended(project)
    home.answer(project)
    home.ctx.store.rounds.approve(asked.id, "ann", ApprovedVia.PAGE)
    assert orchestration.wake(project.name)
    home.completed(again)
    check_delivered(home, project)
