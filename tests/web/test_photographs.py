"""Photographs as cameras make them: larger than what is shown, and lying on their side."""

import hashlib
from io import BytesIO

import pytest
from PIL import Image as Picture
from PIL import ImageDraw
from playwright.sync_api import expect

from models.image import Image, SourceEntry
from models.label import Box, Boxes, Polygons, TaskType
from models.round import RoundKind
from tenfold.blobs import names

from .browsing import Visit, answers, drag, eventually, needs_canvas, on_screen
from .conftest import Desk, MakeDesk
from .drawing import latest, opened

pytestmark = [pytest.mark.browser, needs_canvas]

WIDE, HIGH = 2400, 3600
"""Pixels of the upright photograph; what is shown has 1,600 on its longer side."""
LIES = 6
"""EXIF: it must be turned right to stand upright."""


def take_in(desk: Desk) -> str:
    """Put a large photograph that lies on its side into the project; return its hash."""
    picture = Picture.new("RGB", (HIGH, WIDE), (90, 110, 160))
    ImageDraw.Draw(picture).rectangle((200, 200, 1200, 900), fill=(230, 210, 40))
    exif = picture.getexif()
    exif[0x0112] = LIES
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif)
    raw = out.getvalue()
    sha = hashlib.sha256(raw).hexdigest()
    blob = names.image(sha, "image/jpeg")
    desk.blobs.put(blob, raw, media_type="image/jpeg")
    image = Image(
        sha256=sha,
        width=WIDE,
        height=HIGH,
        size=len(raw),
        media_type="image/jpeg",
        orientation=LIES,
        blob=blob,
    )
    desk.store.images.add(desk.claim, [image], {sha: [SourceEntry(path="a.jpg", mark="1")]}, [])
    return sha


def said(desk: Desk) -> tuple[Box, ...]:
    value = latest(desk)
    assert isinstance(value, Boxes)
    return value.boxes


def test_boxes_are_in_pixels_of_the_upright_photograph(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES, images=1)
    desk.open(shas=[take_in(desk)])
    looks = visit(desk, "/projects/pets/label")
    page = opened(looks.page)
    shown = page.locator(".stage-canvas img").first
    assert shown.evaluate("each => [each.naturalWidth, each.naturalHeight]") == [1067, 1600]
    drag(page, (0.25, 0.25), (0.5, 0.75))
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    first, second = said(desk)
    pixel = 6  # of the photograph, in one of this screen
    assert first.xmin == pytest.approx(0.25 * WIDE, abs=2 * pixel)
    assert first.ymin == pytest.approx(0.25 * HIGH, abs=2 * pixel)
    assert first.xmax == pytest.approx(0.5 * WIDE, abs=2 * pixel)
    assert first.ymax == pytest.approx(0.75 * HIGH, abs=2 * pixel)
    assert second.xmax - second.xmin == pytest.approx(first.xmax - first.xmin, abs=0.5)
    assert looks.complaints == []


def test_what_is_drawn_closely_is_exact_to_the_pixel(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.BOXES, images=1)
    desk.open(shas=[take_in(desk)])
    page = opened(visit(desk, "/projects/pets/label").page)
    page.mouse.move(*on_screen(page, 0.6, 0.3))
    for _ in range(3):
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(100)
    detail = page.locator(".stage-canvas img.detail")
    expect(detail).to_have_count(1)
    assert detail.evaluate("each => [each.naturalWidth, each.naturalHeight]") == [WIDE, HIGH]
    drag(page, (0.59, 0.295), (0.61, 0.305))
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Enter")
    [box] = said(desk)
    drawn = (0.59 * WIDE, 0.295 * HIGH, 0.61 * WIDE, 0.305 * HIGH)
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx(drawn, abs=1)


def test_proposals_stay_as_they_are_and_keys_move_by_a_pixel_of_the_photograph(
    make_desk: MakeDesk, visit: Visit
) -> None:
    desk = make_desk(TaskType.BOXES, images=1)
    sha = take_in(desk)
    desk.shas.append(sha)
    left = Box(label="cat", xmin=101.37, ymin=203.11, xmax=799.93, ymax=1000.01, score=0.9)
    right = Box(label="dog", xmin=1200.25, ymin=2000.5, xmax=1500, ymax=3599.75, score=0.8)
    model = desk.model(Boxes(boxes=(left, right)))
    desk.store.rounds.open(desk.claim, RoundKind.REVIEW, [sha], key="r", model_version=model.id)
    page = opened(visit(desk, "/projects/pets/label").page)
    expect(page.locator(".object")).to_have_count(2)
    page.keyboard.press(".")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.keyboard.press("Enter")
    one, other = said(desk)
    assert other == right.model_copy(update={"score": None})
    edges = (102.37, 203.11, 800.93, 1010.01)
    assert (one.xmin, one.ymin, one.xmax, one.ymax) == pytest.approx(edges, abs=0.02)


def test_outlines_are_in_pixels_of_the_photograph_too(make_desk: MakeDesk, visit: Visit) -> None:
    desk = make_desk(TaskType.POLYGONS, images=1)
    desk.open(shas=[take_in(desk)])
    page = opened(visit(desk, "/projects/pets/label").page)
    places = ((0.2, 0.2), (0.6, 0.2), (0.4, 0.7))
    for place in places:
        page.mouse.click(*on_screen(page, *place))
    page.wait_for_timeout(400)
    page.reload()
    opened(page)
    expect(page.locator(".pen circle")).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.locator(".object")).to_have_count(1)
    page.keyboard.press("Enter")
    eventually(lambda: len(answers(desk)) == 1)
    value = answers(desk)[0].value
    assert isinstance(value, Polygons)
    for point, (x, y) in zip(value.polygons[0].points, places, strict=True):
        assert point == pytest.approx((x * WIDE, y * HIGH), abs=12)
