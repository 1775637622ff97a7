"""Every page by axe-core, light and dark: no violation of WCAG 2.2, A and AA."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from models.annotation import Answer
from models.label import Box, Boxes, ClassLabel, TaskType
from models.person import Role
from models.round import ApprovedVia, RoundKind
from tenfold.web import vendor

from .browsing import Visit, needs_canvas, shown_image
from .conftest import Desk, MakeDesk

pytestmark = [pytest.mark.browser, needs_canvas]

AXE = vendor.REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
IN_THE_DARK = ["color-contrast"]
"""What else than colors axe looks at is the same in light and dark."""
LOOK = """
async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
    `${id}: ${html.slice(0, 160)} | ${failureSummary.replace(/\\s+/g, ' ').slice(0, 220)}`));
}
"""


def violations(page: Page) -> list[str]:
    """Return what axe finds on a page in light, and then in dark colors."""
    page.wait_for_load_state("load")
    page.evaluate(AXE.read_text())
    found: list[str] = []
    for scheme, rules in (("light", RULES), ("dark", IN_THE_DARK)):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(250)  # colors change softly
        found += [f"{scheme}: {each}" for each in page.evaluate(LOOK, rules)]
    return found


def worked(make_desk: MakeDesk) -> Desk:
    """Return a project with labels of people, a model that contradicts one, and a flag."""
    desk = make_desk(
        instructions="## When in doubt\n- Ask **somebody**, or read [this](https://e.org)."
    )
    opened = desk.open(shas=desk.shas[:3])
    ann = desk.store.people.ensure("ann", Role.LABELER)
    for label, item in zip(
        ("cat", "dog", "cat"), desk.store.labeling.lease(desk.project.id, ann.id, 3), strict=True
    ):
        sent = Answer(
            key=item.sha256[:20],
            round_id=opened.id,
            sha256=item.sha256,
            value=ClassLabel(label=label),
            comment="Is this one?" if label == "dog" else "",
        )
        desk.store.labeling.submit(ann.id, sent)
    desk.store.rounds.approve(opened.id, "rita", ApprovedVia.PAGE, note="Well done.")
    desk.store.cycles.begin_step(desk.claim, "train", "train", 10)
    desk.store.cycles.progress(desk.claim, "train", 4, 10)
    desk.model(metrics={"accuracy": 0.8})
    desk.store.examples.pin(ann.id, desk.project.id, desk.shas[0], good=True, note="A plain cat.")
    return desk


PAGES = (
    "/projects",
    "/new-project",
    "/import",
    "/projects/pets",
    "/projects/pets/data",
    "/projects/pets/data?state=nothing",
    "/projects/pets/quarantine",
    "/projects/pets/flagged",
    "/projects/pets/disagreements",
    "/projects/pets/review",
    "/projects/pets/consensus",
    "/projects/pets/settings",
    "/projects/pets/export",
    "/people",
    "/account",
    "/api/docs",
    "/projects/none",
    "/join/nobody-was-invited",
)


def test_pages(make_desk: MakeDesk, visit: Visit) -> None:
    desk = worked(make_desk)
    looks = visit(desk, "/projects")
    page, found = looks.page, {}
    for path in (*PAGES, f"/projects/pets/data/{desk.shas[0]}"):
        page.goto(looks.server.address + path)
        found[path] = violations(page)
    page.context.clear_cookies()
    _, secret = desk.store.invitations.invite("ada", Role.LABELER, timedelta(days=1))
    for path in ("/signin", f"/join/{secret}"):
        page.goto(looks.server.address + path)
        found[path] = violations(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_all_steps_of_a_new_project(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/new-project").page
    found: dict[str, list[str]] = {}
    page.fill('[name="name"]', "birds")
    for step in ("details", "images", "classes", "instructions", "finish"):
        if step == "images":
            page.fill('[name="source"]', "/data")
        found[step] = violations(page)
        if step == "classes":
            page.locator("#next").click()
            found["a mistake"] = violations(page)
            for place, name in enumerate(("robin", "wren")):
                page.locator("#class-editor li input:not([type=color])").nth(place).fill(name)
        if page.locator("#next").is_visible():
            page.locator("#next").click()
    assert {step: wrong for step, wrong in found.items() if wrong} == {}


State = Callable[[Page], None]


def press(key: str) -> State:
    return lambda page: page.keyboard.press(key)


def dialogs(page: Page, found: dict[str, list[str]]) -> None:
    for key in ("?", "i", "s", "g", "b"):
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(1)
        found[f"dialog {key}"] = violations(page)
        page.keyboard.press("Escape")


def test_labeling_one_by_one_and_in_a_grid(make_desk: MakeDesk, visit: Visit) -> None:
    desk = worked(make_desk)
    desk.open(shas=desk.shas[3:])
    page = visit(desk, "/projects/pets/label").page
    found: dict[str, list[str]] = {}
    shown_image(page)
    found["one by one"] = violations(page)
    dialogs(page, found)
    page.select_option("#sizes", "4")
    page.locator(".gtile").first.click()
    found["grid"] = violations(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.locator("#finished")).to_be_visible()
    found["finished"] = violations(page)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_checking_proposals(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk()
    desk.open(RoundKind.REVIEW)
    page = visit(desk, "/projects/pets/label").page
    found: dict[str, list[str]] = {}
    expect(page.locator(".gtile")).to_have_count(6)
    page.keyboard.press("b")
    page.keyboard.press("d")
    page.keyboard.press("2")
    page.keyboard.press("e")
    found["grid"] = violations(page)
    page.keyboard.down("c")
    found["large"] = violations(page)
    page.keyboard.up("c")
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_boxes(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES)
    box = Box(label="dog", xmin=20, ymin=20, xmax=90, ymax=90, score=0.7)
    model = desk.model(Boxes(boxes=(box,)))
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model.id)
    looks = visit(desk, "/projects/pets/label")
    page = looks.page
    found: dict[str, list[str]] = {}
    page.wait_for_selector(".a9s-annotationlayer")
    expect(page.locator(".object")).to_have_count(1)
    found["boxes"] = violations(page)
    page.keyboard.press("Tab")
    found["marked"] = violations(page)
    page.goto(f"{looks.server.address}/projects/pets/data/{desk.shas[0]}")
    page.wait_for_selector(".a9s-annotationlayer")
    found["corrected"] = violations(page)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_outlines_and_what_is_hard_to_make_out(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.POLYGONS)
    desk.open()
    page = visit(desk, "/projects/pets/label").page
    found: dict[str, list[str]] = {}
    page.wait_for_selector(".a9s-annotationlayer")
    for key in ("a", "h", "e"):
        page.keyboard.press(key)
    expect(page.locator(".shape-lines .corner")).to_have_count(2)
    found["a corner"] = violations(page)
    page.keyboard.press("?")
    found["keys"] = violations(page)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_a_violation_is_seen(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects").page
    page.evaluate("document.querySelector('main').innerHTML = '<img src=\"/static/icon.svg\">'")
    any_found: Any = violations(page)
    assert any("image-alt" in one for one in any_found)
