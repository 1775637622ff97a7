"""Pictures are PNG files that show what they were given."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tenfold.learning.plots import (
    calibration_plot,
    class_shares,
    coverage_curve,
    learning_curve,
    montage,
    walk_steps,
)


def jpeg(color: tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", (60, 40), color).save(out, "JPEG")
    return out.getvalue()


def pixels(png: bytes) -> np.ndarray:
    assert png.startswith(b"\x89PNG")
    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def test_a_montage_shows_every_tile_in_rows() -> None:
    red, blue = (220, 20, 20), (20, 20, 220)
    one_row = pixels(montage([(jpeg(red), "cat $5_a"), (jpeg(blue), "dog" * 30)], columns=2))
    two_rows = pixels(montage([(jpeg(red), "a"), (jpeg(blue), "b"), (b"broken", "c")], columns=2))
    assert two_rows.shape[0] > 1.5 * one_row.shape[0]
    for color in (red, blue):
        assert (np.abs(two_rows - np.array(color)).max(axis=2) < 12).sum() > 500


def test_no_tiles_still_give_a_picture() -> None:
    assert pixels(montage([], columns=4)).size > 0


@pytest.mark.parametrize(
    "png",
    [
        calibration_plot([0.2, 0.9, 0.95], [False, True, True]),
        coverage_curve(np.linspace(1, 0.5, 50), 5, accepted=20),
        coverage_curve([], 0),
        learning_curve([10, 20, 40], [0.6, 0.7, 0.9]),
        walk_steps([None, False, None, True, None], ["a", "a", "b", "b", "b"], 9, "1 of $9"),
        walk_steps([], [], 0, "none"),
        class_shares(["cat $1", "dog" * 30], [3, 9], [40, 0], [2, 0]),
        class_shares([], [], [], []),
    ],
    ids=["calibration", "coverage", "empty", "learning", "walk", "no walk", "classes", "no class"],
)
def test_curves_are_drawn(png: bytes) -> None:
    drawn = pixels(png)
    assert drawn.shape[0] > 80
    assert drawn.min() < 100


def red(png: bytes) -> int:
    return int((np.abs(pixels(png) - np.array((209, 73, 91))).max(axis=2) < 12).sum())


def test_what_people_found_wrong_is_marked_in_a_walk() -> None:
    right = walk_steps([None, False] * 20, ["m"] * 40, 50, "at most 5")
    one = walk_steps([None, True, *[None, False] * 19], ["m"] * 40, 50, "at most 5")
    three = walk_steps([None, True] * 3 + [None, False] * 17, ["m"] * 40, 50, "at most 5")
    assert red(right) < red(one) < red(three)
