"""Pictures are PNG files that show what they were given."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tenfold.learning.plots import calibration_plot, coverage_curve, learning_curve, montage


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
    ],
    ids=["calibration", "coverage", "empty", "learning"],
)
def test_curves_are_drawn(png: bytes) -> None:
    drawn = pixels(png)
    assert drawn.shape[0] > 200
    assert drawn.min() < 100
