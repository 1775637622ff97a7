"""A real server is killed, a page closed, a sign-in runs out: no answer is lost or doubled."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from models.annotation import Annotation
from models.label import ClassLabel
from models.person import Role
from tenfold.web.link import sign_in_link

from .browsing import Server, Visit, answers, eventually, free_port, shown_image, until_another
from .conftest import Desk, MakeDesk

pytestmark = pytest.mark.browser

CLASSES = ("cat", "dog", "bird")


@dataclass
class Process:
    """`python -m tenfold.web`, which can be killed as a power cut would."""

    desk: Desk
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        home = str(self.desk.settings.home)
        own = {"TENFOLD_HOME": home, "PREFECT_HOME": f"{home}/prefect", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tenfold.web", "--port", str(self.port)]
        quiet = subprocess.DEVNULL
        self.running = subprocess.Popen(command, env=os.environ | own, stdout=quiet, stderr=quiet)
        eventually(self.answers, 60)

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"{self.address}/signin", timeout=2).status == 200
        return False

    def kill(self) -> None:
        if self.running:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait(10)
            self.running = None


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    desk = make_desk(images=30)
    desk.open()
    return desk


@pytest.fixture
def process(desk: Desk) -> Iterator[Process]:
    server = Process(desk)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def page_of_process(browser: Browser, process: Process) -> Iterator[Page]:
    context = browser.new_context()
    yield label_page(context, process)
    context.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context()
    yield label_page(context, server)
    context.close()


@pytest.fixture
def page_without_worker(browser: Browser, server: Server) -> Iterator[Page]:
    """A page whose requests a test may stop: those that a worker makes, it can't."""
    context = browser.new_context(service_workers="block")
    yield label_page(context, server)
    context.close()


def label_page(context: BrowserContext, server: Process | Server) -> Page:
    page = context.new_page()
    page.goto(sign_in_link(server.desk.settings, server.address))
    page.goto(f"{server.address}/projects/pets/label")
    shown_image(page)
    settle(page)
    return page


def kept(page: Page) -> list[str]:
    """Return what is kept of this person, in the order of its addresses."""
    found: list[str] = page.evaluate(
        """async () => {
          const own = (await caches.keys()).filter((name) => name.startsWith('tenfold:own:'));
          const opened = await Promise.all(own.map((name) => caches.open(name)));
          const requests = await Promise.all(opened.map((cache) => cache.keys()));
          return requests.flat().map(({ url }) => new URL(url).pathname).sort();
        }"""
    )
    return found


def wait_until_kept(page: Page) -> None:
    """Wait until a reload would come up without a server."""
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    eventually(lambda: "/projects/pets/label" in kept(page))
    eventually(lambda: sum(path.endswith("/screen") for path in kept(page)) >= 10)
    settle(page)


def tag(page: Page, count: int, said: dict[str, str]) -> None:
    """Tag images, each with a class that its hash decides."""
    for _ in range(count):
        sha = shown_image(page)
        index = int(sha, 16) % 3
        said[sha] = CLASSES[index]
        page.keyboard.press(str(index + 1))
        until_another(page, sha)


def settle(page: Page) -> None:
    """Wait until a second passed in which nothing came: the next images are there by then."""
    fetched = "performance.getEntriesByType('resource').length"
    known = -1
    while (now := page.evaluate(fetched)) != known:
        known = now
        page.wait_for_timeout(1000)


def stored(desk: Desk) -> dict[str, list[str]]:
    """Return what is stored of each image."""
    found: dict[str, list[str]] = {}
    for sha in desk.shas:
        for each in desk.store.labeling.history(desk.project.id, sha):
            found.setdefault(sha, []).append(label_of(each))
    return found


def label_of(annotation: Annotation) -> str:
    assert isinstance(annotation.value, ClassLabel)
    assert not annotation.second_opinion
    return annotation.value.label


def test_a_killed_server_and_a_reload_in_mid_work_lose_and_double_nothing(
    process: Process, page_of_process: Page
) -> None:
    page = page_of_process
    said: dict[str, str] = {}
    tag(page, 5, said)
    wait_until_kept(page)
    process.kill()
    tag(page, 4, said)
    banner = page.locator("#banner")
    expect(banner).to_contain_text("answers are kept in this browser")
    page.reload()
    assert shown_image(page) not in said
    tag(page, 3, said)
    expect(banner).to_contain_text("7 answers are kept in this browser")
    process.start()
    eventually(lambda: stored(process.desk) == {sha: [label] for sha, label in said.items()}, 30)
    expect(page.locator("#banner")).to_be_hidden()
    assert shown_image(page) not in said
    tag(page, 30 - len(said), said)
    expect(page.locator("#finished")).to_be_visible()
    assert stored(process.desk) == {sha: [label] for sha, label in said.items()}
    assert len(said) == 30


def test_a_server_that_dies_again_and_again_stores_each_answer_once(
    process: Process, page_of_process: Page
) -> None:
    page = page_of_process
    said: dict[str, str] = {}
    for _ in range(3):
        tag(page, 3, said)
        settle(page)
        process.kill()
        tag(page, 2, said)
        process.start()
        eventually(lambda: len(stored(process.desk)) == len(said), 40)
    assert stored(process.desk) == {sha: [label] for sha, label in said.items()}


def test_a_page_that_came_up_without_a_server_shows_what_was_decoded(
    server: Server, page: Page
) -> None:
    wait_until_kept(page)
    server.stop()
    page.reload()
    shown_image(page)
    width = "document.querySelector('.stage-canvas img').naturalWidth"
    assert page.evaluate(width) > 0
    expect(page.locator(".class-button")).to_have_count(3)
    server.start()
    page.reload()
    expect(page.locator("#banner")).to_be_hidden()


def test_nothing_of_a_person_is_shown_or_kept_after_they_signed_out(
    server: Server, page: Page
) -> None:
    wait_until_kept(page)
    other = page.context.new_page()
    other.goto(f"{server.address}/projects")
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/signin")
    assert kept(other) == []
    page.keyboard.press("1")
    page.wait_for_timeout(1500)
    assert kept(other) == [], "a page that is still open keeps nothing any more"
    server.stop()
    with contextlib.suppress(Error):
        other.goto(f"{server.address}/projects/pets/label")
    assert other.locator("#stage").count() == 0


@pytest.mark.parametrize("door", ["/signin", "/join/somebody"])
def test_who_comes_in_by_another_door_finds_nothing_of_the_last_one(
    server: Server, page: Page, door: str
) -> None:
    wait_until_kept(page)
    page.goto(f"{server.address}{door}")
    assert kept(page) == []


def test_signing_out_while_the_server_is_down_forgets_all_the_same(
    server: Server, page: Page
) -> None:
    wait_until_kept(page)
    other = page.context.new_page()
    other.goto(f"{server.address}/projects")
    other.locator(".menu summary").click()
    server.stop()
    with contextlib.suppress(Error):
        other.get_by_role("button", name="Sign out").click()
    eventually(lambda: kept(page) == [])


def test_a_new_version_is_there_at_the_next_load(server: Server, page: Page) -> None:
    wait_until_kept(page)
    old = "window.isOld = true;"
    page.evaluate(
        """async (old) => {
          const shell = await caches.open('tenfold:shell');
          await shell.put('/static/js/label.js', new Response(old, {headers: {etag: 'old'}}));
        }""",
        old,
    )
    page.reload()
    shown_image(page)
    assert page.evaluate("window.isOld") is None
    text = "async () => (await caches.match('/static/js/label.js')).text()"
    eventually(lambda: old not in page.evaluate(text))


def test_nobody_answers_an_image_that_was_not_seen(
    server: Server, page_without_worker: Page
) -> None:
    page = page_without_worker
    page.route("**/screen", lambda route: route.abort())
    page.reload()
    expect(page.locator("#ask")).to_contain_text("doesn’t come")
    page.keyboard.press("1")
    page.wait_for_timeout(500)
    assert stored(server.desk) == {}
    page.unroute("**/screen")
    tag(page, 1, {})
    eventually(lambda: len(stored(server.desk)) == 1)


def test_an_answer_outlives_a_page_that_is_closed_in_the_same_moment(
    server: Server, page: Page
) -> None:
    server.stop()
    sha = shown_image(page)
    page.keyboard.press("2")
    page.close()
    server.start()
    page.context.new_page().goto(f"{server.address}/projects/pets/label")
    eventually(lambda: stored(server.desk) == {sha: ["dog"]}, 20)


def test_work_goes_on_when_the_sign_in_runs_out(server: Server, page: Page) -> None:
    said: dict[str, str] = {}
    page.context.clear_cookies()
    tag(page, 4, said)
    banner = page.locator("#banner")
    expect(banner).to_contain_text("You are signed out here. Your answers are kept")
    assert stored(server.desk) == {}
    other = page.context.new_page()
    other.goto(sign_in_link(server.desk.settings, server.address))
    other.close()
    eventually(lambda: stored(server.desk) == {sha: [label] for sha, label in said.items()}, 30)
    expect(banner).to_be_hidden()


def test_answers_are_never_sent_in_the_name_of_somebody_else(server: Server, page: Page) -> None:
    desk = server.desk
    other = desk.store.people.create("mira", Role.LABELER, "correct horse battery")
    page.context.clear_cookies()
    tag(page, 2, {})
    expect(page.locator("#banner")).to_contain_text("You are signed out here")
    tab = page.context.new_page()
    tab.goto(f"{server.address}/signin")
    tab.fill('[name="name"]', "mira")
    tab.fill('[name="password"]', "correct horse battery")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/projects")
    page.bring_to_front()
    time.sleep(4)
    assert desk.store.labeling.mine(desk.project.id, other.id, 10) == []
    assert stored(desk) == {}
    expect(page.locator("#saved")).to_have_text("2 not sent yet")


def test_answers_that_an_older_page_kept_are_sent(desk: Desk, visit: Visit) -> None:
    asked = desk.store.rounds.current(desk.claim.cycle_id)
    assert asked is not None
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    sha = shown_image(page)
    page.evaluate(
        """([round_id, sha256]) => {
          const start = JSON.parse(document.getElementById('start').textContent);
          const value = {kind: 'class', label: 'bird'};
          const answer = {key: 'an-older-key', round_id, sha256, value, seconds: 1, actions: 1};
          const name = `tenfold:${start.project_id}:${start.person}:answer:000:an-older-key`;
          localStorage.setItem(name, JSON.stringify(answer));
        }""",
        [asked.id, sha],
    )
    page.reload()
    eventually(lambda: [a.value for a in answers(desk)] == [ClassLabel(label="bird")])
    expect(page.locator("#saved")).to_have_text("✓ Saved")
    assert (
        page.evaluate("Object.keys(localStorage).filter((n) => n.includes('answer')).length") == 0
    )


def test_what_the_disk_has_not_taken_when_the_page_is_left_is_there_again(
    browser: Browser, server: Server
) -> None:
    """IndexedDB may drop what it has not written by then: here it writes nothing at all."""
    context = browser.new_context(service_workers="block")
    page = label_page(context, server)
    page.route("**/answers/batch*", lambda route: route.abort())
    page.evaluate(
        """() => {
          const transaction = IDBDatabase.prototype.transaction;
          const never = { objectStore: () => ({ put() {}, delete() {} }) };
          IDBDatabase.prototype.transaction = function (store, mode, ...more) {
            return mode === "readwrite" ? never : transaction.call(this, store, mode, ...more);
          };
        }"""
    )
    answered = shown_image(page)
    page.keyboard.press("1")
    until_another(page, answered)
    page.select_option("#sizes", "4")
    page.keyboard.type("12")
    expect(page.locator(".gtile.answered")).to_have_count(2)
    page.reload()
    expect(page.locator(".gtile.answered")).to_have_count(2)
    assert server.desk.store.labeling.history(server.desk.project.id, answered) == []
    page.unroute("**/answers/batch*")
    page.reload()
    eventually(lambda: stored(server.desk) == {answered: ["cat"]})
    expect(page.locator(".gtile.answered")).to_have_count(2)
    left = "Object.keys(localStorage).filter((id) => id.includes(':kept:'))"
    page.wait_for_function(f"{left}.length === 0")
    context.close()
