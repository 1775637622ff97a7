"""Rehearsals stand for the pipeline: on the same images both ask people for about as much."""

from pathlib import Path

import pytest

from benchmarks.through_pipeline import data_set, play, rehearsed
from tenfold.pipeline.context import Context

from .test_pipeline_steps import ctx

__all__ = ["ctx"]

IMAGES = 400
ERROR, CONFIDENCE, SEED = 0.1, 0.9, 3
REHEARSALS = 9
"""Coins are luck: the least and the most of so many rehearsals differ by two or three times."""


def test_a_rehearsal_costs_what_the_pipeline_costs(ctx: Context, tmp_path: Path) -> None:
    data = data_set("digits", tmp_path)
    for path in sorted(data.labels)[IMAGES:]:
        (data.folder / path).unlink()
        del data.labels[path]
    really = play(ctx, data, ERROR, CONFIDENCE, SEED)
    costs = [rehearsed(data, ERROR, CONFIDENCE, seed).looked for seed in range(REHEARSALS)]
    assert not really.broken
    assert really.looked == pytest.approx(really.tagged + really.audited)
    assert min(costs) / 2 < really.looked < 2 * max(costs) < 0.8
