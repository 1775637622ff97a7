import numpy as np
import pytest
from PIL import Image

from tenfold.learning.boxes import letterbox

BOXES = np.array([[30.0, 40.0, 70.0, 90.0], [0.0, 0.0, 200.0, 100.0]], dtype=np.float32)


def marked(box: np.ndarray) -> Image.Image:
    """White inside the box, black outside: 200 × 100."""
    pixels = np.zeros((100, 200, 3), dtype=np.uint8)
    x1, y1, x2, y2 = box.astype(int)
    pixels[y1:y2, x1:x2] = 255
    return Image.fromarray(pixels)


def test_boxes_return_to_where_they_were() -> None:
    rng = np.random.default_rng(0)
    for place in (
        letterbox.fit(200, 100, 128),
        *(letterbox.vary(200, 100, 128, rng) for _ in "abcd"),
    ):
        assert place.to_image(place.to_input(BOXES)) == pytest.approx(BOXES, abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [(200, 100), (100, 50), (400, 200)])
def test_pixels_and_boxes_move_alike(seed: int, size: tuple[int, int]) -> None:
    """However large the decoded image is, its white part lies where the box says."""
    place = letterbox.vary(200, 100, 160, np.random.default_rng(seed))
    square = letterbox.render(marked(BOXES[0]).resize(size), place, 160)
    rows, columns = np.nonzero(square[0] > 200)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    expected, _ = letterbox.visible(place.to_input(BOXES[:1]), 160)
    assert found == pytest.approx(expected[0], abs=2.5)


def test_a_plain_fit_shows_all_of_the_image_in_the_middle() -> None:
    place = letterbox.fit(200, 100, 128)
    assert place.to_input(BOXES[1:]) == pytest.approx(np.array([[0, 32, 128, 96]]))


def test_boxes_that_are_mostly_out_of_view_are_not_learned() -> None:
    boxes = np.array([[-80, 0, 20, 50], [-10, 0, 90, 50], [5, 5, 6, 60]], dtype=np.float32)
    clipped, seen = letterbox.visible(boxes, 128)
    assert seen.tolist() == [False, True, False]
    assert clipped[1].tolist() == [0, 0, 90, 50]
