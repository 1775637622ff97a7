"""Hands and eyes that all tests of boxes and outlines have in common."""

from playwright.sync_api import Page

from models.label import Box, Boxes, LabelValue, Polygon, Polygons, TaskType
from models.round import RoundKind

from .browsing import answers, eventually, on_screen
from .conftest import HEIGHT, WIDTH, Desk, MakeDesk


def opened(page: Page) -> Page:
    """Wait until shapes can be drawn."""
    page.wait_for_selector(".a9s-annotationlayer")
    return page


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where a place in pixels of the image lies on the screen."""
    return on_screen(page, x / WIDTH, y / HEIGHT)


def click(page: Page, *points: tuple[float, float]) -> None:
    """Click at places in pixels of the image."""
    for x, y in points:
        page.mouse.click(*at(page, x, y))


def latest(desk: Desk, count: int = 1) -> LabelValue:
    """Return what the latest answer says, once there are so many answers."""
    eventually(lambda: len(answers(desk)) == count)
    value = answers(desk)[-1].value
    assert value is not None
    return value


def proposing(make_desk: MakeDesk, *shapes: Box | Polygon, **changes: object) -> Desk:
    """Return a project whose model proposes the same boxes, or outlines, for every image.

    `changes` are of the project's settings.
    """
    boxes = tuple(shape for shape in shapes if isinstance(shape, Box))
    outlines = tuple(shape for shape in shapes if isinstance(shape, Polygon))
    desk = make_desk(TaskType.BOXES if boxes else TaskType.POLYGONS, **changes)
    model = desk.model(Boxes(boxes=boxes) if boxes else Polygons(polygons=outlines))
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, desk.shas, key="r", model_version=model.id)
    return desk
