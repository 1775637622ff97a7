"""What is told of a proposed box, packed and unpacked, and which location stands for a true one."""

import torch

from models.box_reason import BoxReason, NearBox, pack, unpack
from models.prelabel import Prelabel
from tenfold.learning.boxes.proposing import _proposing

NEAR = (
    NearBox(place=1203, likeness=0.87, same=True),
    NearBox(place=0, likeness=0.04, same=False),
)
REASONS = [
    BoxReason(chance=0.91, next_class=1, next_score=0.12, near=NEAR),
    BoxReason(chance=1.0),
    BoxReason(chance=0.0, near=NEAR[:1]),
]


def test_what_is_packed_comes_back_and_is_short() -> None:
    line = pack(REASONS)
    assert unpack(line) == REASONS
    assert len(line) < 25 * len(REASONS)
    assert unpack(pack([])) == []


def test_a_prelabel_takes_it() -> None:
    line = pack(REASONS)
    kept = Prelabel(sha256="0" * 64, value={"kind": "boxes"}, confidence=0.5, precedents=line)  # type: ignore[arg-type]
    assert Prelabel.model_validate_json(kept.model_dump_json()).precedents == line


def test_the_location_that_finds_a_true_box_best_stands_for_it() -> None:
    true = torch.tensor([[0.0, 0, 10, 10], [50, 50, 60, 60]])
    boxes = torch.tensor([[0.0, 0, 10, 9], [0, 0, 10, 10], [40, 40, 58, 58], [0, 0, 60, 60]])
    scores = torch.tensor([[0.3, 0.9], [0.5, 0.1], [0.1, 0.1], [0.9, 0.9]])
    places = _proposing(boxes, scores, true, torch.tensor([0, 1]))
    assert places.tolist() == [1, 2], (
        "the best score of its class; where none is right, the nearest"
    )
