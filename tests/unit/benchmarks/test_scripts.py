"""What the smaller benchmarks count, and that they run with the code as it is."""

import numpy as np
import pytest

from benchmarks import certificate, ranking, scale
from tenfold.learning.certificate import errors_tolerated
from tests.unit.benchmarks.conftest import make_blobs


def test_the_area_is_the_mean_share_of_mistakes_among_the_surest() -> None:
    wrong, area, remain = ranking._figures(np.array([0, 0, 1, 0]), 20)
    assert wrong == 0.25
    assert area == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert remain == 0.0, "one wrong label of twenty is allowed"
    assert ranking._figures(np.array([1, 0, 1, 0]), 20)[2] == pytest.approx(2 / 20)


def test_heads_rank_mistakes_later_than_chance() -> None:
    areas: dict[str, list[float]] = {}
    for _, name, (_, area, _) in ranking.measured(make_blobs("blurred", 0, spread=3.0), seed=0):
        areas.setdefault(name, []).append(area)
    assert areas.keys() == ranking.WAYS.keys()
    assert {len(found) for found in areas.values()} == {len(ranking.SHARES)}
    mean = {name: np.mean(found) for name, found in areas.items()}
    assert 0.0 < mean["all four (tenfold)"] < 0.7 * mean["all four, shuffled"]


def test_time_and_memory_of_a_small_project_are_told() -> None:
    said = scale.row(600).split()
    seconds = [float(part[:-1]) for part in said if part.endswith("s")]
    assert said[0] == "600"
    assert len(seconds) == len(scale.HEADER.split()) - len(("images", "features", "memory"))
    assert sum(seconds[1:6]) == pytest.approx(seconds[6], abs=0.3)


@pytest.mark.parametrize("more", [0, 1])
def test_a_rule_that_tolerates_too_much_stands_out_in_the_table(more: int) -> None:
    design = certificate.designs(400, 0.05)[1]
    rule = certificate._generous(more) if more else errors_tolerated
    broken = certificate.row(design, 400, rule, "rule").split()[-2]
    assert (float(broken.rstrip("%")) > 7.5) == bool(more)
