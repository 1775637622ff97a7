import torch

from tenfold.learning.boxes.assignment import BACKGROUND, IGNORED, assign
from tenfold.learning.boxes.bank import grid

GRID = grid(128, (8, 16, 32))
NONE = torch.zeros(0, 4)


def test_locations_of_a_box_lie_in_it_and_around_its_center() -> None:
    box = torch.tensor([[40.0, 40.0, 72.0, 72.0]])
    found = assign(GRID, box, torch.tensor([1]), NONE)
    learned = found.label == 1
    assert 1 <= learned.sum() <= 27
    centers = GRID.centers[learned]
    assert ((centers > 40) & (centers < 72)).all()
    assert (found.box[learned] == box).all()
    assert (found.label[~learned] == BACKGROUND).all()


def test_larger_boxes_are_learned_on_coarser_maps() -> None:
    small = assign(GRID, torch.tensor([[40.0, 40, 64, 64]]), torch.tensor([0]), NONE)
    large = assign(GRID, torch.tensor([[4.0, 4, 124, 124]]), torch.tensor([0]), NONE)
    assert GRID.strides[small.label == 0].max() < GRID.strides[large.label == 0].max()


def test_a_box_that_holds_no_center_is_learned_all_the_same() -> None:
    found = assign(GRID, torch.tensor([[6.0, 6.0, 9.0, 9.0]]), torch.tensor([0]), NONE)
    assert (found.label == 0).sum() >= 1


def test_of_overlapping_boxes_each_keeps_locations() -> None:
    boxes = torch.tensor([[20.0, 20, 60, 60], [40.0, 20, 80, 60]])
    found = assign(GRID, boxes, torch.tensor([0, 1]), NONE)
    assert (found.label == 0).any()
    assert (found.label == 1).any()


def test_ignored_boxes_are_not_background_but_give_way_to_things() -> None:
    ignored = torch.tensor([[0.0, 0.0, 64.0, 64.0]])
    found = assign(GRID, torch.tensor([[8.0, 8, 40, 40]]), torch.tensor([0]), ignored)
    inside = ((GRID.centers > 0) & (GRID.centers < 64)).all(dim=1)
    assert (found.label[inside] != BACKGROUND).all()
    assert (found.label == IGNORED).any()
    assert (found.label == 0).any()


def test_an_image_without_boxes_is_all_background() -> None:
    found = assign(GRID, NONE, torch.zeros(0, dtype=torch.int64), NONE)
    assert (found.label == BACKGROUND).all()
