"""What every compute does with a job."""

import pytest

from models.job import JobReport
from models.precedent import unpack
from tenfold.compute import job_report_blob, open_compute
from tenfold.errors import ModelError
from tenfold.learning.features import load_features
from tests.contract.compute.conftest import BACKBONE, COLORS, PROJECT, Site


def test_a_job_puts_its_results_and_its_report_into_the_blob_store(site: Site) -> None:
    job = site.embed()
    report = site.run(job)
    assert (report.kind, report.done, report.kept) == ("embed", 12, 0)
    assert site.told[-1][1] == 12
    prefix = f"projects/{PROJECT}/features/{BACKBONE}"
    assert len(load_features(site.blobs, prefix, [row.sha256 for row in site.rows])) == 12
    left = JobReport.model_validate_json(site.blobs.get(job_report_blob(job)))
    assert left == report


def test_tags_become_a_model_and_the_model_proposes_labels(site: Site) -> None:
    site.run(site.embed())
    train = site.train()
    assert site.run(train).done == 8
    prelabel = site.prelabel(train)
    assert site.run(prelabel).done == 12
    proposed = {each.sha256: each.value for each in site.proposals(prelabel)}
    assert sorted(proposed) == [row.sha256 for row in site.rows]
    assert {getattr(value, "label", None) for value in proposed.values()} == set(COLORS)
    colors = {row.sha256[:16]: row.paths[0].split("-")[0] for row in site.rows}
    for each in site.proposals(prelabel):
        leans_on = unpack(each.precedents)
        assert 1 <= len(leans_on) <= 6
        assert {one.start for one in leans_on} <= {row.sha256[:16] for row in site.rows[:8]}
        assert each.sha256[:16] not in {one.start for one in leans_on}
        same = [colors[one.start] == getattr(each.value, "label", None) for one in leans_on]
        assert same == [one.same for one in leans_on]


def test_a_job_that_cant_be_done_says_why(site: Site) -> None:
    site.run(site.embed())
    with pytest.raises(ModelError, match="None of the tagged images"):
        site.run(site.train(tagged=0))


def test_a_job_that_was_done_is_not_computed_again(site: Site) -> None:
    first = site.run(site.embed())
    before = site.tags("projects/", "shard")
    assert site.run(site.embed()).done == first.done
    assert before
    assert site.tags("projects/", "shard") == before


def test_a_job_that_isnt_going_on_can_be_cancelled(site: Site) -> None:
    compute = open_compute(site.settings)
    job = site.embed()
    compute.cancel(job, site.blobs)
    assert site.run(job).done == 12
    compute.cancel(job, site.blobs)
