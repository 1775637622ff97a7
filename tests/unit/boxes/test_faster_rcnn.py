from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from models.job import DetectorKind
from models.label import Boxes
from tenfold.learning.boxes import rcnn, tags
from tenfold.learning.boxes.files import CARD, WEIGHTS, read_card
from tenfold.learning.boxes.scoring import average_precision
from tenfold.learning.boxes.trainer import BoxTrainer
from tests.unit.boxes.conftest import Squares

TAGGED, TESTS = range(24), range(36, 44)


def silent(_done: int, _total: int) -> None:
    pass


class StoppedError(Exception):
    pass


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tags, "SMALLEST_SIDE", 96)
        patch.setattr(tags, "GOOD_BOX", 12.0)
        patch.setattr(tags, "SMALL_BOX", 9.0)
        patch.setattr(rcnn, "MOST_STEPS", 80)
        patch.setattr(rcnn, "ALL_STEPS", 10)
        yield


def test_colored_squares_are_learned_and_proposed(squares: Squares, tmp_path: Path) -> None:
    inputs = squares.training(TAGGED, detector=DetectorKind.FASTER_RCNN)
    metrics = BoxTrainer().train(inputs, tmp_path, silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == [CARD, WEIGHTS]
    assert read_card(tmp_path).detector == DetectorKind.FASTER_RCNN
    assert metrics["images"] == len(TAGGED)
    found = list(BoxTrainer().prelabel(tmp_path, squares.prelabeling(TESTS), silent))
    boxes = [one.value.boxes for one in found if isinstance(one.value, Boxes)]
    assert average_precision(boxes, [squares.truth[i].boxes for i in TESTS]) > 0.7


def test_a_stopped_training_goes_on_where_it_was(
    squares: Squares, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the second phase, it ends with the same weights."""
    for name, steps in (("MOST_STEPS", 4), ("ALL_STEPS", 4), ("SAVE_EVERY", 1)):
        monkeypatch.setattr(rcnn, name, steps)
    inputs = squares.training(range(6), detector=DetectorKind.FASTER_RCNN)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    whole.mkdir()
    stopped.mkdir()
    BoxTrainer().train(inputs, whole, silent)

    def stop(done: int, total: int) -> None:
        if total == 4 and done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        BoxTrainer().train(inputs, stopped, stop)
    BoxTrainer().train(inputs, stopped, silent)
    one, other = (torch.load(folder / WEIGHTS, weights_only=True) for folder in (whole, stopped))
    assert all(
        torch.equal(one[which][key], other[which][key]) for which in one for key in one[which]
    )
