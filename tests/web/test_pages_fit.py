"""Every page of a project in which much has happened, from a phone to a very large screen."""

from typing import Any

import pytest
from playwright.sync_api import Page

from .browsing import Visit
from .conftest import Desk, MakeDesk
from .test_accessible import worked
from .test_screens import zoomed

pytestmark = pytest.mark.browser

PAGES = (
    "/projects",
    "/new-project",
    "/import",
    "/projects/pets",
    "/projects/pets/data",
    "/projects/pets/data/{image}",
    "/projects/pets/flagged",
    "/projects/pets/quarantine",
    "/projects/pets/disagreements",
    "/projects/pets/review?state=all",
    "/projects/pets/consensus",
    "/projects/pets/settings",
    "/projects/pets/export",
    "/people",
    "/account",
    "/api/docs",
)

SCREENS: dict[str, dict[str, Any]] = {
    "a phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "1280 × 800 at 200 %": zoomed(1280, 800),
    "a tablet": {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True},
    "3840 × 2160": {"viewport": {"width": 3840, "height": 2160}},
}

LOOK = """
() => {
  const named = (each) =>
    `${each.tagName} ${each.id || each.className} “${each.textContent.trim().slice(0, 40)}”`;
  const scrolls = (each) => /(auto|scroll|hidden)/.test(getComputedStyle(each).overflowX);
  const within = (each) => {
    while ((each = each.parentElement)) if (scrolls(each)) return true;
    return false;
  };
  const there = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !each.closest('dialog, .hidden, .skip-link') && each.getBoundingClientRect().width > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(there);
  const fields = 'input:not([type=radio], [type=checkbox], [type=color])';
  const acts = all(`a, button, select, ${fields}, textarea, summary`);
  const boxes = acts.map((each) => [each, each.getBoundingClientRect()]);
  const meets = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const over = boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
    .filter(([other, b]) => !one.contains(other) && !other.contains(one) && meets(a, b)
      && !within(one) && !within(other))
    .map(([other]) => `${named(one)} and ${named(other)}`));
  const beside = all('main *').filter((each) => !within(each) && !each.closest('svg')
    && each.getBoundingClientRect().right > innerWidth + 1).map(named);
  const cut = all('button, .button, th, dt, dd, h1, h2, h3, label, legend')
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0
      && getComputedStyle(each).display !== 'inline' && !each.querySelector('.clip')
      && !each.matches('.clip')).map(named);
  /** Lines that nobody finds the beginning of the next one from. */
  const long = all('main p, main li, main dd').filter((each) => {
    const style = getComputedStyle(each);
    const letters = each.getBoundingClientRect().width / (parseFloat(style.fontSize) / 2);
    return each.textContent.trim().length > 160 && letters > 160;
  }).map(named);
  return { over, beside, cut, long, wide: document.documentElement.scrollWidth - innerWidth };
}
"""

NOTHING = {"over": [], "beside": [], "cut": [], "long": [], "wide": 0}


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return worked(make_desk)


@pytest.mark.parametrize("like", SCREENS.values(), ids=SCREENS.keys())
def test_nothing_is_cut_off_covered_or_beside_the_screen(
    desk: Desk, visit: Visit, like: dict[str, Any]
) -> None:
    looks = visit(desk, "/projects", **like)
    found: dict[str, Any] = {}
    for path in PAGES:
        seen = look(looks.page, looks.server.address + path.format(image=desk.shas[0]))
        if seen != NOTHING:
            found[path] = {what: each for what, each in seen.items() if each}
    assert found == {}
    assert looks.complaints == []


def look(page: Page, address: str) -> dict[str, Any]:
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_timeout(400)
    seen: dict[str, Any] = page.evaluate(LOOK)
    return seen


SPOIL = """
() => {
  const main = document.querySelector('main');
  main.innerHTML = '<button>One</button> <button>Two</button><p>wide</p><h2>cut off</h2>';
  const [one, two] = main.querySelectorAll('button');
  two.style.marginLeft = '-30px';
  main.querySelector('p').style.width = '200vw';
  main.querySelector('h2').style.cssText = 'width: 20px; overflow: hidden; white-space: nowrap';
  const long = document.createElement('p');
  long.textContent = 'word '.repeat(100);
  long.style.cssText = 'font-size: 4px';
  main.append(long);
}
"""


def test_what_does_not_fit_is_seen(desk: Desk, visit: Visit) -> None:
    page = visit(desk, "/projects").page
    page.evaluate(SPOIL)
    seen = page.evaluate(LOOK)
    assert all(seen[what] for what in NOTHING), seen


@pytest.mark.parametrize("size", [(1280, 800), (1366, 720)])
def test_a_laptop_gives_the_room_to_what_is_looked_at(
    desk: Desk, visit: Visit, size: tuple[int, int]
) -> None:
    width, height = size
    looks = visit(desk, "/projects", viewport={"width": width, "height": height})
    views = (("review?state=all", ".looking .stage", 0.58), ("data", ".cells", 0.5))
    for path, what, share in views:
        address = f"{looks.server.address}/projects/pets/{path}"
        assert look(looks.page, address) == NOTHING
        box = looks.page.locator(what).bounding_box()
        assert box
        assert box["height"] > share * height, path
        assert box["y"] + box["height"] <= height
