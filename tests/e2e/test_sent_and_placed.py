"""Images are sent by the page and taken in by Prefect's runs, computed where a project wants it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from benchmarks.chromium import chromium
from models.job import JobWait
from models.project import Project
from models.round import ApprovedVia
from tasks.cancel_children import children
from tenfold import orchestration
from tenfold.cli.app import app
from tenfold.services.catalog import CPU_POOL
from tenfold.services.environment import environment
from tenfold.settings import get_settings
from tenfold.web.link import sign_in_link
from tests.e2e.conftest import COLORS, Home, draw_images, expected_labels, until

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

pytestmark = [pytest.mark.e2e]

FIRST, MORE = 6, 2
RACK, NOBODYS = "rack", "nobodys"
LONGEST_GOODBYE = 20.0
"""Seconds that a worker has to end by itself."""


def make_pool(name: str) -> None:
    """Make a work pool, as `prefect work-pool create` does."""
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    with orchestration.client() as client:
        client.create_work_pool(
            WorkPoolCreate(name=name, type="process", base_job_template=template)
        )


@contextmanager
def worker(home: Home, command: str) -> Iterator[None]:
    """Have the worker that a command starts, as on another machine."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, **environment(), "PATH": path}
    del env["PREFECT_API_URL"]  # the command says it
    with subprocess.Popen(
        ("bash", "-c", f"exec env {command}"), env=env, cwd=home.folder
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=LONGEST_GOODBYE)
            except subprocess.TimeoutExpired:  # Prefect's worker now and then doesn't hear it
                process.kill()


def wait_of(home: Home, project: Project) -> JobWait | None:
    """Return why the project's job doesn't begin, as its dashboard says."""
    waits = [step.wait for step in home.steps(project)]
    return next((wait for wait in waits if wait is not None), None)


def waits_because(home: Home, project: Project, why: str) -> JobWait:
    """Wait until it is said why a job waits; return what is said."""

    def said() -> JobWait | None:
        wait = wait_of(home, project)
        return wait if wait is not None and why in wait.why else None

    return until(said, what=f"that the job waits because {why}")


def job_of(home: Home, project: Project) -> "FlowRun":
    """Return the last job that the project's run has begun, once there is one."""
    run = until(lambda: home.run_of(project), what="a run")
    begun = until(lambda: children(UUID(run)), what="a job")
    return max(begun, key=lambda each: each.name)


@pytest.fixture(scope="module")
def page(home: Home) -> Iterator[Page]:
    make_pool(RACK)
    make_pool(NOBODYS)
    with chromium() as browser:
        page = browser.new_page()
        page.goto(sign_in_link(get_settings(), home.links.page))
        yield page


@pytest.mark.browser
def test_images_that_are_sent_are_asked_about_and_so_are_those_of_the_next_cycle(
    home: Home, page: Page
) -> None:
    photos = home.folder / "to-send"
    draw_images(photos, FIRST + MORE)
    sent = sorted(photos.iterdir())
    begin(home, page, sent[:FIRST])
    project = home.ctx.store.projects.get("sent")
    job = job_of(home, project)
    assert (job.work_pool_name, orchestration.state_of(job).kind) == (RACK, "scheduled")
    wait = waits_because(home, project, f"a worker of the work pool {RACK}")
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("The machine waits to begin: embed.")
    expect(now.locator("code")).to_have_text(wait.command)
    assert f"now: embed waits\n  {wait.why}" in CliRunner().invoke(app, ["status", "sent"]).output
    with worker(home, wait.command):
        until(lambda: wait_of(home, project) is None, what="that a worker takes the job up")
        expect(now.locator("code")).to_have_count(0)
        run, asked = home.suspended(project)
        assert asked.missing == FIRST
        finish(home, project, run)
        page.goto(f"{home.links.page}/projects/sent/settings")
        page.locator('[data-input="files"]').set_input_files(sent[FIRST:])
        expect(page.locator(".upload-said")).to_have_text(f"{MORE} images are there.")
        page.get_by_role("button", name="Look for new images").click()
        until(lambda: home.run_of(project) != run, what="a run of the next cycle")
        run, asked = home.suspended(project)
    assert asked.missing == MORE
    version = home.ctx.store.datasets.latest(project.id)
    assert version is not None
    assert (version.number, version.images) == (2, FIRST + MORE)
    finish(home, project, run)
    assert home.labels(project) == expected_labels(photos)


def begin(home: Home, page: Page, sent: list[Path]) -> None:
    """Make a project of images that are sent, whose features the rack computes; it runs at once."""
    page.goto(f"{home.links.page}/new-project")
    page.locator('[name="name"]').fill("sent")
    page.get_by_role("button", name="Next").click()
    page.locator('[data-input="files"]').set_input_files(sent)
    expect(page.locator(".upload-said")).to_have_text(f"{FIRST} images are there.")
    page.get_by_role("button", name="Next").click()
    for number, name in enumerate(sorted(COLORS), 1):
        page.get_by_label(f"Class {number}", exact=True).fill(name)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    page.locator('[name="finish"][value="manual"]').check()
    page.get_by_label("Features and proposals on").select_option(RACK)
    expect(page.locator("[data-computes]")).to_contain_text("rack: No worker is there now")
    page.get_by_role("button", name="Create the project").click()
    page.wait_for_url("**/projects/sent")


def finish(home: Home, project: Project, run: str) -> None:
    """Answer what is asked, approve it, and wait for the delivery."""
    home.answer(project)
    [asked] = [each for each in [home.round(project)] if each]
    home.ctx.store.rounds.approve(asked.id, "ann", ApprovedVia.PAGE)
    orchestration.wake(project.name)
    home.completed(run)


@pytest.mark.usefixtures("page")
def test_a_job_that_waits_for_a_worker_is_stopped_and_begun_elsewhere(home: Home) -> None:
    project = home.project("placed", infers_on=NOBODYS)
    orchestration.work_on(project.name)
    waiting = job_of(home, project)
    assert waiting.work_pool_name == NOBODYS
    address = f"/api/projects/{project.name}"
    home.page.patch(address, json={"infers_on": None}).raise_for_status()
    home.page.post(f"{address}/stop", json={}).raise_for_status()
    stopped = until(lambda: home.run_of(project), what="a run")
    until(lambda: not orchestration.run_state(stopped).alive, what="the end of the run")
    until(lambda: not orchestration.run_state(str(waiting.id)).alive, what="the end of the job")
    again = orchestration.work_on(project.name)
    until(lambda: home.run_of(project) == again, what="another run")
    home.suspended(project)
    assert job_of(home, project).work_pool_name == "tenfold-gpu"


@pytest.mark.usefixtures("page")
def test_a_job_says_that_its_pool_is_paused_or_gone(home: Home) -> None:
    from prefect.client.schemas.actions import WorkPoolUpdate

    make_pool("passing")
    project = home.project("patient", infers_on="passing")
    orchestration.work_on(project.name)
    assert "worker start --pool passing" in waits_because(home, project, "none is there").command
    with orchestration.client() as client:
        client.update_work_pool("passing", WorkPoolUpdate(is_paused=True))
    paused = waits_because(home, project, "paused in Prefect")
    assert "work-pool resume passing" in paused.command
    with orchestration.client() as client:
        client.delete_work_pool("passing")
    waits_because(home, project, "no work pool passing any more")
    home.page.post(f"/api/projects/{project.name}/stop", json={}).raise_for_status()
    assert wait_of(home, project) is None


@pytest.mark.browser
def test_a_run_that_no_worker_takes_up_says_why(home: Home, page: Page) -> None:
    from prefect.client.schemas.actions import WorkPoolUpdate

    project = home.project("held")
    page.goto(f"{home.links.page}/projects/held")
    now = page.locator('[data-live="now"]')
    expect(now).to_contain_text("Nothing has run yet.")
    with orchestration.client() as client:
        client.update_work_pool(CPU_POOL, WorkPoolUpdate(is_paused=True))
    try:
        orchestration.work_on(project.name)
        expect(now).to_contain_text("The machine waits to go on.", timeout=30_000)
        expect(now).to_contain_text(f"The work pool {CPU_POOL} is paused in Prefect.")
        expect(now.locator("code")).to_contain_text(f"prefect work-pool resume {CPU_POOL}")
        said = CliRunner().invoke(app, ["status", "held"]).output
        assert f"now: waits\n  The work pool {CPU_POOL} is paused" in said
    finally:
        with orchestration.client() as client:
            client.update_work_pool(CPU_POOL, WorkPoolUpdate(is_paused=False))
    home.suspended(project)
    expect(now).to_contain_text("For people")
    expect(now.locator("code")).to_have_count(0)


@pytest.mark.usefixtures("page")
def test_a_pool_that_is_gone_is_named(home: Home) -> None:
    project = home.project("homeless", infers_on="gone")
    run = orchestration.work_on(project.name)
    until(lambda: orchestration.run_state(run).kind == "failed", what="the end of the run")
    assert "Prefect has no work pool gone any more" in orchestration.run_state(run).message
