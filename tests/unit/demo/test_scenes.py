"""Scenes are composed as planned, and the truth about them is exact."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tenfold.demo.material import LEAST_COLORS, Material, class_of, trim
from tenfold.demo.outlines import box_of, outline_of
from tenfold.demo.scenes import MANY_THINGS, ONE_THING, SIZE, Look, Planned, compose, plan

PLAIN = Look(smallest=60, largest=90, turn=0.0)


def disc(color: tuple[int, int, int], size: tuple[int, int] = (120, 80)) -> Image.Image:
    image = Image.new("RGBA", size)
    ImageDraw.Draw(image).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=(*color, 255))
    return image


@pytest.fixture
def material() -> Material:
    return Material(
        cutouts={
            "red": [disc((250, 0, 0)), disc((220, 20, 0), (60, 110))],
            "blue": [disc((0, 0, 250)), disc((0, 20, 220), (40, 40)), disc((20, 0, 240))],
        },
        backgrounds=[Image.new("RGB", (640, 480), (120, 120, 120))],
    )


def test_classes_and_cutouts_come_equally_often(material: Material) -> None:
    planned = plan(material, 600, (1,), seed=3)
    assert all(len(things) == 1 for things in planned)
    counts = Counter(thing for things in planned for thing in things)
    assert Counter(thing.label for things in planned for thing in things) == {
        "red": 300,
        "blue": 300,
    }
    assert [counts[Planned("red", i)] for i in range(2)] == [150, 150]
    assert [counts[Planned("blue", i)] for i in range(3)] == [100, 100, 100]


def test_the_number_of_things_is_drawn_from_those_allowed(material: Material) -> None:
    counts = Counter(len(things) for things in plan(material, 400, (1, 2, 3, 4), seed=1))
    assert set(counts) == {1, 2, 3, 4}
    assert min(counts.values()) > 60


def test_the_same_seed_plans_and_composes_the_same(material: Material) -> None:
    one, again = (plan(material, 20, (1, 2), seed=5) for _ in range(2))
    assert one == again != plan(material, 20, (1, 2), seed=6)
    scenes = [compose(material, one[0], ONE_THING, np.random.default_rng(4)) for _ in range(2)]
    assert scenes[0].boxes == scenes[1].boxes
    assert scenes[0].image.tobytes() == scenes[1].image.tobytes()
    other = compose(material, one[0], ONE_THING, np.random.default_rng(5))
    assert other.image.tobytes() != scenes[0].image.tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_boxes_enclose_just_what_is_seen(material: Material, seed: int) -> None:
    things = (Planned("red", 0), Planned("blue", 0), Planned("red", 1))
    scene = compose(material, things, MANY_THINGS, np.random.default_rng(seed))
    assert scene.image.size == SIZE
    pixels = np.asarray(scene.image).astype(int)
    for box in scene.boxes:
        channel, other = (0, 2) if box.label == "red" else (2, 0)
        vivid = pixels[..., channel] - pixels[..., other] > 60
        xmin, ymin, xmax, ymax = (int(s) for s in (box.xmin, box.ymin, box.xmax, box.ymax))
        inside = vivid[ymin:ymax, xmin:xmax]
        seen = box_of(inside)
        assert seen[0] <= 2
        assert seen[1] <= 2
        assert seen[2] >= xmax - xmin - 2
        assert seen[3] >= ymax - ymin - 2


@pytest.mark.parametrize("seed", range(8))
def test_outlines_cover_the_same_pixels_as_the_things(material: Material, seed: int) -> None:
    scene = compose(material, (Planned("red", 0),), PLAIN, np.random.default_rng(seed))
    (polygon,), (box,) = scene.polygons, scene.boxes
    drawn = Image.new("1", SIZE)
    # Pillow fills up to and including the pixel a corner lies in; half a pixel takes that back.
    ImageDraw.Draw(drawn).polygon([(x - 0.5, y - 0.5) for x, y in polygon.points], fill=1)
    filled = np.asarray(drawn)
    pixels = np.asarray(scene.image).astype(int)
    seen = pixels[..., 0] - pixels[..., 2] > 60
    assert (filled & seen).sum() / (filled | seen).sum() > 0.95
    xs, ys = zip(*polygon.points, strict=True)
    outer = (min(xs), min(ys), max(xs), max(ys))
    assert outer == pytest.approx((box.xmin, box.ymin, box.xmax, box.ymax), abs=1.0)
    assert len(polygon.points) < 60


def test_things_hide_little_of_one_another(material: Material) -> None:
    for seed in range(20):
        things = tuple(Planned("blue", i % 3) for i in range(4))
        scene = compose(material, things, MANY_THINGS, np.random.default_rng(seed))
        assert scene.boxes
        for i, a in enumerate(scene.boxes):
            for b in scene.boxes[i + 1 :]:
                width = min(a.xmax, b.xmax) - max(a.xmin, b.xmin)
                height = min(a.ymax, b.ymax) - max(a.ymin, b.ymin)
                smaller = min((c.xmax - c.xmin) * (c.ymax - c.ymin) for c in (a, b))
                assert max(0, width) * max(0, height) / smaller <= 0.15


def test_an_outline_of_single_pixels_and_with_a_hole() -> None:
    mask = np.zeros((9, 12), dtype=bool)
    mask[3, 5] = True
    points = outline_of(mask)
    assert points[:, 0].min() == pytest.approx(5.0, abs=0.01)
    assert points[:, 0].max() == pytest.approx(6.0, abs=0.01)
    mask[1:8, 2:10] = True
    mask[3:5, 4:6] = False
    assert box_of(mask) == (2, 1, 10, 8)
    assert outline_of(mask).min(axis=0) == pytest.approx((2, 1), abs=0.51)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("animals/mammals/cats/lion.png", "mammal"),
        ("food/fruit/kiwi.png", "fruit"),
        ("vehicles/garbagetruck.png", "vehicle"),
        ("animals/mammals/cats/cartoon/lion.png", None),
        ("animals/mammals/bears/toys/edward_bear.png", None),
        ("animals/birds/crow_mirror.png", None),
        ("food/vegetables/mushroom.png", None),
        ("animals/mammals/cats/lion.ogg", None),
        ("town/uk_post_box.png", None),
    ],
)
def test_only_photographs_whose_class_is_clear_are_taken(path: str, name: str | None) -> None:
    assert class_of(f"usr/share/tuxpaint/stamps/{path}") == name


def test_drawings_have_too_few_colors() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 60, 4), dtype=np.uint8)
    pixels[..., 3] = 0
    pixels[5:35, 10:50, 3] = 255
    photograph = trim(Image.fromarray(pixels))
    assert photograph is not None
    assert photograph.size == (40, 30)
    assert len(np.unique(pixels[5:35, 10:50, :3].reshape(-1, 3), axis=0)) > LEAST_COLORS
    assert trim(disc((9, 9, 9))) is None
    assert trim(Image.new("RGBA", (10, 10))) is None
