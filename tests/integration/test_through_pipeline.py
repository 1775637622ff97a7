"""Rehearsals stand for the pipeline: with the same coins both ask people about the same images."""

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.through_pipeline import DataSet, data_set, play, rehearsed
from tenfold.pipeline.context import Context

from .test_pipeline_steps import ctx

__all__ = ["ctx"]

IMAGES, ERROR, CONFIDENCE, SEED = 500, 0.015, 0.9, 0
RARE, KEPT = "3", 4
"""A class that the first round misses, and how many images of it there are."""


def some_digits(folder: Path) -> DataSet:
    data = data_set("digits", folder)
    shown = sorted(data.labels)[:IMAGES]
    rare = [path for path in shown if data.labels[path] == RARE]
    for path in {*data.labels} - {*shown} | {*islice(rare, KEPT, None)}:
        (data.folder / path).unlink()
        del data.labels[path]
    return data


def test_people_look_at_the_same_images_in_the_pipeline_and_in_a_rehearsal(
    ctx: Context, tmp_path: Path
) -> None:
    data = some_digits(tmp_path)
    really = play(ctx, data, ERROR, CONFIDENCE, SEED)
    rehearsal = rehearsed(data, ERROR, CONFIDENCE, SEED)
    assert really.asked == rehearsal.asked
    label = dict(zip(data.taken[0], data.truth, strict=True)) if data.taken else {}
    first, second, *_ = ({label[sha] for sha in asked} for asked in rehearsal.asked)
    assert RARE not in first
    assert RARE in second, "what no tag shows is looked for"
    # What a model says is kept in half precision, so that a near tie may fall otherwise.
    assert len(really.committed) == len(rehearsal.committed) >= 3
    for one, other in zip(really.committed, rehearsal.committed, strict=True):
        assert len(one ^ other) <= 0.02 * len(other)
    assert len(really.people ^ rehearsal.people) <= 0.02 * len(rehearsal.people)
    assert really.wrong == pytest.approx(rehearsal.wrong, abs=0.004)
    assert really.looked == pytest.approx(really.tagged + really.audited)
    assert not really.broken
