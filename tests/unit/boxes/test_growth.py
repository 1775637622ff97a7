"""How long a detector trains as tags grow."""

import pytest

from tenfold.learning.boxes.learning import growth


@pytest.mark.parametrize(
    ("tags", "device", "expected"),
    [
        (10, "cpu", 0.5),
        (100, "cpu", 1.0),
        (225, "cpu", 1.5),
        (5000, "cpu", 1.5),
        (400, "cuda", 2.0),
        (5000, "cuda", 4.0),
    ],
)
def test_training_grows_with_the_root_of_the_tags_up_to_a_limit(
    tags: int, device: str, expected: float
) -> None:
    assert growth(tags, device) == expected
