"""What pays next: tags, commits or handing over the rest."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.learning.strategy import (
    AT_ONCE,
    LEAST_LEARNING,
    LEAST_TOLD,
    MOST_LEARNING,
    Prospect,
    Step,
    chunk,
    learning,
    next_move,
    tags_first,
)
from tenfold.learning.walk.ladder import Ladder, geometric

SURE = np.full(1000, 0.0005)
DOUBTFUL = np.linspace(0.0, 0.6, 1000) ** 2


def _prospect(wrong: np.ndarray, tagged: int = 40) -> Prospect:
    return Prospect(wrong, 50, 0.95, batch=10, tagged=tagged)


def test_a_model_that_errs_less_is_taken_to_learn_faster() -> None:
    powers = [learning(_prospect(np.full(100, share))).power for share in (0.2, 0.05, 0.02)]
    assert powers == sorted(powers)
    assert len(set(powers)) == len(powers)


@pytest.mark.parametrize(
    ("wrong", "power"),
    [
        (np.ones(10), LEAST_LEARNING),
        (np.zeros(10), MOST_LEARNING),
        (np.empty(0), LEAST_LEARNING),
    ],
)
def test_how_fast_it_learns_is_bounded(wrong: np.ndarray, power: float) -> None:
    assert learning(_prospect(wrong)).power == power


def test_sure_labels_are_committed() -> None:
    move = next_move(_prospect(SURE))
    assert move.step is Step.COMMIT
    assert 10 <= move.size <= 500


def test_a_young_model_commits_what_a_few_looks_can_check() -> None:
    sizes = []
    for tagged in (5, 40, 400):
        move = next_move(_prospect(np.full(10_000, 0.0001), tagged))
        sizes.append(move.size * move.ladder.rates[0] / max(tagged, LEAST_TOLD))
    assert sizes[:2] == pytest.approx([AT_ONCE, AT_ONCE], rel=0.05)
    assert sizes[2] <= AT_ONCE


def test_what_asks_for_few_images_is_not_parted() -> None:
    ladder = Ladder((0.05, 0.25))
    some = replace(_prospect(np.full(400, 0.0005)), ladder=ladder)
    assert chunk(some, ladder) == 0.5 * 400
    few = replace(some, wrong=some.wrong[:200])
    assert chunk(few, ladder) == 200
    doubtful = replace(few, wrong=np.linspace(0.0, 1.0, 200))
    assert chunk(doubtful, ladder) < 100
    assert chunk(replace(few, wrong=np.full(few.batch, 0.5)), ladder) == few.batch
    dear = Ladder((0.5,))
    assert chunk(replace(few, ladder=dear), dear) == AT_ONCE * 40 / 0.5


def test_doubtful_ones_are_tagged_first() -> None:
    move = next_move(_prospect(DOUBTFUL))
    assert (move.step, move.size) == (Step.TAG, 10)
    assert move.other_looks is not None
    assert move.expected_looks < move.other_looks


def test_both_choices_are_told_whichever_is_taken() -> None:
    move = next_move(_prospect(SURE))
    assert move.step is Step.COMMIT
    assert move.other_looks is not None
    assert move.expected_looks <= move.other_looks
    few = next_move(_prospect(SURE[:9]))
    assert few.other_looks is None  # fewer than a batch remain


def test_the_fewer_tags_there_are_the_more_a_batch_teaches() -> None:
    few, many = (_prospect(DOUBTFUL, tagged) for tagged in (20, 400))
    after_few, after_many = tags_first(few), tags_first(many)
    assert after_few is not None
    assert after_many is not None
    assert after_few < after_many


def test_behind_the_last_rung_all_goes_to_people() -> None:
    ladder = geometric(50, 0.95, 2.0)
    walked = replace(_prospect(SURE), ladder=ladder, errors=len(ladder.rates))
    move = next_move(walked)
    assert (move.step, move.size, move.expected_looks) == (Step.REST, 1000, 1000.0)
