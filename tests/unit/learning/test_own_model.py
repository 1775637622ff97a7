"""A package that isn't tenfold's own brings its own model for a task type."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.label import ClassLabel, TaskType
from tenfold.task_types import task_kind

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_model"
CLASSES = ("ant", "bee")


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the example's folder where Python looks for packages."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    task_kind.cache_clear()
    yield
    task_kind.cache_clear()


@pytest.mark.usefixtures("_installed")
def test_an_installed_package_trains_and_proposes_in_place_of_the_built_in_model(
    make_toy: Any,
) -> None:
    rng = np.random.default_rng(0)
    sides = np.arange(40) % 2
    toy = make_toy((3.0 * sides[:, None] + rng.normal(size=(40, 8))).astype(np.float32))
    task = TaskType.CLASSIFICATION
    assert type(task_kind(task)).__module__ == "nearest_mean"
    metrics = toy.train(task, CLASSES, {i: CLASSES[i % 2] for i in range(10)})
    assert metrics == {"tags": 10}
    assert toy.blobs.exists("model/means.npz")
    proposed = toy.prelabel(task, CLASSES, list(range(10, 40)))
    right = [p.value == ClassLabel(label=CLASSES[int(p.sha256, 16) % 2]) for p in proposed]
    assert len(right) == 30
    assert all(right)
    assert all(0.5 <= p.confidence <= 1.0 for p in proposed)


def test_without_it_the_built_in_model_is_used() -> None:
    task_kind.cache_clear()
    assert type(task_kind(TaskType.CLASSIFICATION)).__module__.startswith("tenfold.")
