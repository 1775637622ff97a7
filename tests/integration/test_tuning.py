"""Other networks, and one that is fitted to the tags: when they are tried, what becomes of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.cycle import Claim, StepState
from models.job import EmbedJob, TrainJob, job_adapter
from models.report import RunReport
from tenfold.blobs import names
from tenfold.learning import embedding, tuning
from tenfold.learning.backbone import pretrained_lite0
from tenfold.learning.decode import GEM, OTHERS, effort, in_turn
from tenfold.learning.features import read_shards
from tenfold.learning.linear import unit
from tenfold.learning.tuning import Verdict
from tenfold.pipeline import jobs, views
from tenfold.pipeline.context import Context
from tests.integration.test_pipeline_steps import (
    claim_cycle,
    ctx,
    draw,
    embed,
    make_project,
    prepare,
    source,
    work_through,
    wrong_labels,
)

__all__ = ["ctx", "draw", "source"]

PAYS = Verdict(frozen_loss=0.9, tuned_loss=0.4, frozen_right=0.7, tuned_right=0.9)
DOES_NOT = Verdict(frozen_loss=0.4, tuned_loss=0.9, frozen_right=0.9, tuned_right=0.7)


MEASURED = views._view_seconds


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be tried after few tags, and train for a moment only."""
    monkeypatch.setattr(views, "LEAST_TO_TUNE", 12)
    monkeypatch.setattr(views, "LEAST_A_CLASS", 2)
    monkeypatch.setattr(views, "_view_seconds", lambda *_: 0.0)
    monkeypatch.setattr(tuning, "STEPS", 3)
    monkeypatch.setattr(tuning, "VERSIONS", 2)


def three_views(ctx: Context) -> Context:
    return replace(ctx, settings=ctx.settings.model_copy(update={"views": 3}))


def tuned_jobs(ctx: Context, project_id: str, cycle_id: str) -> list[EmbedJob]:
    found = []
    for step in ctx.store.cycles.steps(cycle_id):
        if step.name == "embed" and step.state is StepState.DONE:
            blob = f"{names.job(project_id, step.key)}/job.json"
            job = job_adapter.validate_json(ctx.blobs.get(blob))
            if isinstance(job, EmbedJob) and job.tuning:
                found.append(job)
    return found


def test_a_network_is_tuned_where_held_out_tags_gain(
    ctx: Context, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "examine", lambda *_: PAYS)
    project = make_project(ctx, source, error=0.05)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    assert isinstance(report, RunReport)
    done = tuned_jobs(ctx, project.id, claim.cycle_id)
    assert done
    assert "-tuned-" in views.features(ctx, claim)
    base, tuned = (next(read_shards(ctx.blobs, p)) for p in (done[0].tuning.base, done[0].out))
    wide = base.features.shape[1]
    assert tuned.features.shape[1] == wide + 1280
    model = ctx.store.models.latest(project.id)
    assert model is not None
    job = job_adapter.validate_json(ctx.blobs.get(f"{Path(model.blob).parent}/job.json"))
    assert isinstance(job, TrainJob)
    assert job.features == done[-1].out
    assert jobs.embed_job(ctx, claim) is None
    assert report.certificate is not None
    assert wrong_labels(ctx, project) <= report.certificate.inputs.wrong_allowed


def test_where_it_does_not_pay_nothing_changes_and_it_waits_for_twice_the_tags(
    ctx: Context, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "examine", lambda *_: DOES_NOT)
    project = make_project(ctx, source, error=0.05)
    claim = claim_cycle(ctx, project, "run-1")
    work_through(ctx, project, claim)
    tried = [job.tuning.labels for job in tuned_jobs(ctx, project.id, claim.cycle_id)]
    assert tried
    assert all(later >= 2 * earlier for earlier, later in pairwise(tried))
    assert "-tuned-" not in views.features(ctx, claim)
    assert not list(ctx.blobs.list(f"{tuned_jobs(ctx, project.id, claim.cycle_id)[0].out}/shard"))


def test_it_can_be_switched_off(ctx: Context, source: Path) -> None:
    ctx = replace(ctx, settings=ctx.settings.model_copy(update={"fine_tune": False}))
    project = make_project(ctx, source, error=0.05)
    claim = claim_cycle(ctx, project, "run-1")
    work_through(ctx, project, claim)
    assert tuned_jobs(ctx, project.id, claim.cycle_id) == []


def test_the_same_seed_tunes_the_same_last_blocks(source: Path) -> None:
    data = [path.read_bytes() for path in sorted(source.glob("*-*.jpg"))[:12]]
    labels = np.arange(12) // 6
    seen = [tuning.see(data, labels, 2, 3, "cpu") for _ in range(2)]
    first, second = (tuning.tune(one, 3, lambda *_: None) for one in seen)
    assert first.keys() == pretrained_lite0().late_state().keys()
    assert all((first[name] == second[name]).all() for name in first)
    before = pretrained_lite0().late_state()
    assert any((first[name] != before[name]).any() for name in first)
    again = tuning.from_bytes(tuning.to_bytes(first))
    assert all((again[name] == first[name]).all() for name in first)


def test_held_out_tags_say_what_tuning_did(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [path.read_bytes() for path in sorted(source.glob("*-*.jpg"))[:30]]
    labels = np.arange(30) // 15
    seen = tuning.see(data, labels, 2, 0, "cpu")
    telling = np.eye(2)[labels] + 0.01
    noise = np.random.default_rng(0).normal(size=(30, 8))
    monkeypatch.setattr(tuning, "late_features", lambda *_: telling)
    assert tuning.examine(seen, noise, 0, lambda *_: None).pays
    monkeypatch.setattr(tuning, "late_features", lambda *_: noise)
    assert not tuning.examine(seen, telling, 0, lambda *_: None).pays


def few_images(ctx: Context, source: Path, folder: Path) -> Claim:
    """Return a cycle of six images, embedded."""
    folder.mkdir()
    for path in sorted(source.glob("*-*.jpg"))[:6]:
        (folder / path.name).write_bytes(path.read_bytes())
    claim = claim_cycle(ctx, make_project(ctx, folder), "run-1")
    prepare(ctx, claim)
    return claim


def test_further_views_are_taken_by_other_networks(
    ctx: Context, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = three_views(ctx)
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 1e9)
    claim = few_images(ctx, source, tmp_path / "few")
    prefix = views.features(ctx, claim)
    assert Path(prefix).name == "-".join(
        ["efficientnet-lite0", *OTHERS["efficientnet-lite0"], "3-views"]
    )
    found = next(read_shards(ctx.blobs, prefix)).features.reshape(6, 3, 1280)
    assert np.allclose(np.linalg.norm(found, axis=2), 1.0, atol=1e-2)
    assert jobs.embed_job(ctx, claim) is None


@pytest.mark.parametrize(("pooled", "again"), [("", 2), (GEM, 3)])
def test_the_first_view_is_not_taken_twice_in_the_same_way(
    ctx: Context, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    pooled: str, again: int,
) -> None:  # fmt: skip
    """Of a generalized mean it has to be taken anew."""
    ctx = three_views(ctx)
    others = (f"efficientnet-lite2{pooled}", f"efficientnet-lite1{pooled}")
    monkeypatch.setattr(views, "OTHERS", {"efficientnet-lite0": others})
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 0.0)
    claim = few_images(ctx, source, tmp_path / "few")
    once = next(read_shards(ctx.blobs, views.features(ctx, claim))).features
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 1e9)
    before, taken = embedding._embed, list[int]()

    def count(takes: Sequence[Any], *more: Any) -> Any:
        taken.append(len(takes))
        return before(takes, *more)

    monkeypatch.setattr(embedding, "_embed", count)
    embed(ctx, claim)
    assert taken == [again]
    three = next(read_shards(ctx.blobs, views.features(ctx, claim))).features
    first = three.reshape(len(once), 3, -1)[:, 0].astype(np.float32)
    assert np.allclose(first, unit(once.astype(np.float32)), atol=1e-3) == (not pooled)
    assert not np.allclose(first, three.reshape(len(once), 3, -1)[:, 1], atol=1e-2)


def test_how_long_a_view_takes_is_measured(ctx: Context, source: Path, tmp_path: Path) -> None:
    claim = few_images(ctx, source, tmp_path / "few")
    [step] = [s for s in ctx.store.cycles.steps(claim.cycle_id) if s.name == "embed"]
    measured = MEASURED(ctx, claim)
    assert measured == step.detail["view_seconds"]
    assert measured > 0


@pytest.mark.parametrize(("view_seconds", "taken"), [(0.01, 3), (1e3, 1)])
def test_a_small_project_takes_further_views_before_anybody_is_asked(
    ctx: Context,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    view_seconds: float,
    taken: int,
) -> None:
    ctx = three_views(ctx)
    monkeypatch.setattr(views, "_view_seconds", MEASURED)
    monkeypatch.setattr(views, "VIEW_SECONDS", view_seconds)
    claim = few_images(ctx, source, tmp_path / "few")
    assert views.known_features(ctx, claim).views == taken


def test_a_project_whose_backbone_took_all_views_keeps_them(
    ctx: Context, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = three_views(ctx)
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 1e9)
    with monkeypatch.context() as before:
        before.setattr(views, "OTHERS", {})
        claim = few_images(ctx, source, tmp_path / "few")
    assert Path(views.features(ctx, claim)).name == "efficientnet-lite0-3-views"
    assert jobs.embed_job(ctx, claim) is None


def test_other_networks_are_not_loaded_where_they_cost_more_than_they_spare(
    ctx: Context, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = three_views(ctx)
    takes = in_turn("efficientnet-lite0", OTHERS["efficientnet-lite0"], 3)
    cost = 6 * 0.5 * sum(effort(*take) for take in takes)
    price = cost / views.SPARED / ctx.settings.patience
    monkeypatch.setattr(views, "_view_seconds", lambda *_: 0.5)
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 0.99 * price)
    claim = few_images(ctx, source, tmp_path / "few")
    assert Path(views.features(ctx, claim)).name == "efficientnet-lite0"
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 1.01 * price)
    assert jobs.embed_job(ctx, claim) is not None


def test_who_has_more_patience_gets_further_views_sooner(
    ctx: Context, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = three_views(ctx)
    monkeypatch.setattr(views, "_view_seconds", lambda *_: 0.5)
    monkeypatch.setattr(views, "_seconds_beyond_least", lambda *_: 0.01)
    claim = few_images(ctx, source, tmp_path / "few")
    assert jobs.embed_job(ctx, claim) is None
    patient = ctx.settings.model_copy(update={"patience": 1e6})
    assert jobs.embed_job(replace(ctx, settings=patient), claim) is not None
