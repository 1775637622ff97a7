import math

import numpy as np
import pytest

from models.label import Box, Boxes, ClassLabel, Polygon, Polygons, TaskType
from tenfold.errors import InvalidAnswerError, ModelError
from tenfold.task_types import task_kind
from tenfold.task_types.boxes import BoxDetection
from tenfold.task_types.outlines import area, part_shared, rasterize
from tenfold.task_types.polygons import InstanceSegmentation

CLASSES = ("cat", "dog")


def boxes(*corners: tuple[float, float, float, float], label: str = "cat") -> Boxes:
    return Boxes(
        boxes=tuple(Box(label=label, xmin=a, ymin=b, xmax=c, ymax=d) for a, b, c, d in corners)
    )


def outline(*points: tuple[float, float], label: str = "cat", difficult: bool = False) -> Polygons:
    return Polygons(polygons=(Polygon(label=label, points=points, difficult=difficult),))


def square(x: float, y: float, side: float) -> tuple[tuple[float, float], ...]:
    return ((x, y), (x + side, y), (x + side, y + side), (x, y + side))


def test_both_kinds_are_found_by_their_task_type() -> None:
    assert isinstance(task_kind(TaskType.BOXES), BoxDetection)
    assert isinstance(task_kind(TaskType.POLYGONS), InstanceSegmentation)


def test_boxes_are_clipped_to_the_image() -> None:
    value = BoxDetection().check(boxes((-5, 2, 30, 99)), CLASSES, 20, 10)
    assert value == boxes((0, 2, 20, 10))


def test_no_boxes_is_an_answer() -> None:
    assert BoxDetection().check(Boxes(), CLASSES, 20, 10) == Boxes()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (boxes((30, 0, 40, 5)), "outside the image"),
        (boxes((0, 0, math.inf, 5)), "not a number"),
        (boxes((0, 0, 5, 5), label="cow"), "'cow' is not a label class"),
        (ClassLabel(label="cat"), "wants boxes"),
    ],
)
def test_what_cannot_be_a_box_label_is_refused(value: Boxes | ClassLabel, says: str) -> None:
    with pytest.raises(InvalidAnswerError, match=says):
        BoxDetection().check(value, CLASSES, 20, 10)


def test_nan_in_a_box_is_refused() -> None:
    bad = Box.model_construct(label="cat", xmin=math.nan, ymin=0, xmax=1, ymax=1)
    with pytest.raises(InvalidAnswerError, match="not a number"):
        BoxDetection().check(Boxes.model_construct(boxes=(bad,)), CLASSES, 20, 10)


def test_boxes_agree_in_any_order() -> None:
    kind = BoxDetection()
    ours, theirs = boxes((0, 0, 5, 5), (9, 9, 19, 19)), boxes((9, 9, 19, 19), (0, 0, 5, 5))
    assert kind.agrees(ours, theirs)
    assert kind.corrections(ours, theirs) == 0
    assert kind.corrections(None, theirs) == 2


def test_an_outline_is_clipped_to_the_image() -> None:
    value = InstanceSegmentation().check(outline(*square(-5, -5, 10)), CLASSES, 20, 10)
    assert area(value.polygons[0].points) == pytest.approx(25)
    assert all(0 <= x <= 20 and 0 <= y <= 10 for x, y in value.polygons[0].points)


def test_an_outline_inside_the_image_stays_as_it_is() -> None:
    value = outline(*square(0, 0, 10))
    assert InstanceSegmentation().check(value, CLASSES, 20, 10) == value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (outline(*square(30, 0, 5)), "outside the image"),
        (outline((0, 0), (5, 5), (9, 9)), "no area"),
        (outline((0, 0), (math.nan, 5), (9, 0)), "not a number"),
        (outline(*square(0, 0, 5), label="cow"), "'cow' is not a label class"),
        (boxes((0, 0, 5, 5)), "wants polygons"),
    ],
)
def test_what_cannot_be_an_outline_is_refused(value: Polygons | Boxes, says: str) -> None:
    with pytest.raises(InvalidAnswerError, match=says):
        InstanceSegmentation().check(value, CLASSES, 20, 10)


def test_a_mask_is_filled_to_the_pixel() -> None:
    mask = rasterize(np.array(square(1, 2, 3)), (8, 7))
    expected = np.zeros((8, 7), dtype=bool)
    expected[2:5, 1:4] = True
    assert (mask == expected).all()


def test_mask_overlap_of_triangles_is_close_to_the_exact_one() -> None:
    """Two halves of a square share the triangle under both diagonals: a third of their union."""
    union, of_first, of_second = part_shared(
        ((0, 0), (10, 0), (0, 10)), ((0, 0), (10, 0), (10, 10))
    )
    assert union == pytest.approx(1 / 3, abs=0.01)
    assert of_first == pytest.approx(0.5, abs=0.01)
    assert of_second == pytest.approx(0.5, abs=0.01)


def test_outlines_agree_by_their_masks_and_not_by_their_boxes() -> None:
    kind = InstanceSegmentation()
    lower, upper = outline((0, 0), (10, 0), (0, 10)), outline((10, 0), (10, 10), (0, 10))
    assert not kind.agrees(lower, upper)
    assert kind.agrees(lower, outline((0, 0), (10, 0), (5, 5), (0, 10)))
    assert kind.agrees(Polygons(), outline(*square(0, 0, 5), difficult=True))
    assert kind.corrections(lower, Polygons()) == 1


def test_polygons_have_no_model() -> None:
    with pytest.raises(ModelError, match="manual"):
        InstanceSegmentation().trainer()
