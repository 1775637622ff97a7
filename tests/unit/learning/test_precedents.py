"""What a proposal leans on: the nearest tagged images, those with its label first."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from models.label import ClassLabel
from models.precedent import Precedent, pack, unpack
from models.prelabel import Prelabel
from tenfold.learning import precedents
from tenfold.learning.multilabel import set_numbers
from tenfold.learning.precedents import (
    OTHER,
    SAME,
    Tagged,
    load_tagged,
    precedents_of,
    save_tagged,
)

ANGLES = np.radians([0, 10, 20, 30, 40, 50, 95, 170])
LABELS = np.array([0, 1, 0, 0, 0, 0, 1, 1], dtype=np.intp)


def sha(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def on_a_circle(*degrees: float) -> np.ndarray:
    turned = np.radians(degrees)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


@pytest.fixture
def tagged() -> Tagged:
    points = on_a_circle(*np.degrees(ANGLES))
    return Tagged.of([sha(number) for number in range(len(ANGLES))], points, LABELS)


def told(line: str) -> list[tuple[int, float, bool]]:
    """Return number, likeness and whether it has the proposed label, of each precedent."""
    numbers = {sha(number)[:16]: number for number in range(100)}
    return [(numbers[each.start], each.likeness, each.same) for each in unpack(line)]


def test_the_nearest_of_the_same_label_come_first_then_the_nearest_others(tagged: Tagged) -> None:
    [line] = precedents_of(tagged, on_a_circle(12), np.array([0]), [sha(50)])
    assert told(line) == [
        (2, 0.99, True),
        (0, 0.98, True),
        (3, 0.95, True),
        (4, 0.88, True),
        (1, 1.0, False),
        (6, 0.12, False),
    ]
    assert (SAME, OTHER) == (4, 2)


def test_what_is_not_alike_at_all_is_none(tagged: Tagged) -> None:
    [line] = precedents_of(tagged, on_a_circle(-60), np.array([1]), [sha(50)])
    assert told(line) == [(1, 0.34, True), (0, 0.5, False), (2, 0.17, False)]
    [none] = precedents_of(tagged, on_a_circle(-45), np.array([7]), [sha(50)])
    assert all(not same for _, _, same in told(none))


def test_an_image_is_no_precedent_of_itself(tagged: Tagged) -> None:
    [line] = precedents_of(tagged, on_a_circle(0), np.array([0]), [sha(0)])
    assert [number for number, _, _ in told(line)] == [2, 3, 4, 5, 1]


def test_many_are_told_as_one_by_one(tagged: Tagged, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    points = on_a_circle(*rng.uniform(0, 360, 40))
    labels, hashes = rng.integers(0, 3, 40), [sha(number) for number in range(40)]
    together = precedents_of(tagged, points, labels, hashes)
    monkeypatch.setattr(precedents, "AT_ONCE", 20)
    assert precedents_of(tagged, points, labels, hashes) == together
    for row in range(40):
        one = precedents_of(tagged, points[[row]], labels[[row]], [hashes[row]])
        assert one == [together[row]]


def test_they_are_kept_beside_the_model_and_a_model_without_them_tells_nothing(
    tagged: Tagged, tmp_path: Path
) -> None:
    save_tagged(tagged, tmp_path)
    read = load_tagged(tmp_path)
    assert read is not None
    assert read.starts == tagged.starts
    asked = (on_a_circle(12), np.array([0]), [sha(50)])
    assert precedents_of(read, *asked) == precedents_of(tagged, *asked)
    assert load_tagged(tmp_path / "elsewhere") is None
    assert precedents_of(None, *asked) == [""]


def test_the_same_set_has_the_same_number() -> None:
    sets = np.zeros((3, 70), dtype=bool)
    sets[0, [2, 68]] = sets[1, [2, 68]] = sets[2, [2, 69]] = True
    numbers = set_numbers(sets)
    assert numbers[0] == numbers[1] != numbers[2]
    assert set_numbers(sets[[2]])[0] == numbers[2]


def test_a_line_holds_what_was_packed() -> None:
    line = pack([("0123456789abcdef", 1.0)], [("fedcba9876543210", 0.07)])
    assert len(line) == 20 + 1 + 18
    assert unpack(line) == [
        Precedent(start="0123456789abcdef", likeness=1.0, same=True),
        Precedent(start="fedcba9876543210", likeness=0.07, same=False),
    ]
    assert (pack([], []), unpack("")) == ("", [])
    with pytest.raises(ValidationError):
        Prelabel(
            sha256=sha(1), value=ClassLabel(label="a"), confidence=0.5, precedents="93=nothing"
        )
