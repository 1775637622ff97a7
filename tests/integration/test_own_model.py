"""A model from a package of one's own takes a project to its certificate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.certificate import Certificate, WalkCertificate
from tenfold.pipeline.context import Context
from tenfold.pipeline.recompute import certified, recompute
from tenfold.task_types import task_kind

from .test_pipeline_steps import (
    claim_cycle,
    ctx,
    make_project,
    source,
    work_through,
    wrong_labels,
)

__all__ = ["ctx", "source"]

EXAMPLE = Path(__file__).parents[1] / "examples" / "own_model"


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the example's folder where Python looks for packages."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    task_kind.cache_clear()
    yield
    task_kind.cache_clear()


@pytest.mark.parametrize("way", ["walk", "look"])
@pytest.mark.usefixtures("_installed", "_remembered")
def test_a_model_of_ones_own_is_certified_like_the_built_in_one(
    ctx: Context, source: Path, way: str
) -> None:
    project = make_project(ctx, source, certificate=way)
    claim = claim_cycle(ctx, project, "run-1")
    report = work_through(ctx, project, claim)
    models = ctx.store.models.list(project.id)
    for model in models:
        assert model.metrics == {"tags": model.trained_on}
        assert ctx.blobs.exists(f"{model.blob}/means.npz")
    certificate = report.certificate
    assert isinstance(certificate, WalkCertificate if way == "walk" else Certificate)
    assert certificate.accepted > 0
    assert report.human.share < 1.0
    assert wrong_labels(ctx, project) <= certificate.inputs.wrong_allowed
    assert recompute(ctx, certified(ctx, project.name)).problems == ()
