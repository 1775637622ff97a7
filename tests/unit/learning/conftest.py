"""A small project whose features are made, so that most tests need no network."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.annotation import FinalKind
from models.dataset import DatasetRow, SnapshotRow
from models.job import PrelabelJob, TrainJob
from models.label import ClassLabel, LabelSet, TaskType
from models.prelabel import Prelabel
from tenfold.blobs.local import LocalBlobStore
from tenfold.learning.features import SHARD, Shard, shard_bytes, shard_name
from tenfold.learning.jobs import run_job

Tags = dict[int, str | tuple[str, ...]]


def quiet(done: int, total: int) -> None:
    """Ignore progress."""


def sha(number: int) -> str:
    return f"{number:064x}"


def dataset_row(number: int, blob: str = "none") -> DatasetRow:
    return DatasetRow(
        sha256=sha(number), image_url="", blob=blob, width=8, height=8, size=1,
        media_type="image/jpeg", paths=(f"{number}.jpg",),
    )  # fmt: skip


@dataclass
class Toy:
    """A blob store with a manifest and features, and jobs on them."""

    blobs: LocalBlobStore
    features: np.ndarray

    def __post_init__(self) -> None:
        rows = [dataset_row(i) for i in range(len(self.features))]
        self.lines("manifest.jsonl", rows)
        for number, start in enumerate(range(0, len(rows), SHARD)):
            part = slice(start, start + SHARD)
            shard = Shard(
                [row.sha256 for row in rows[part]], self.features[part].astype(np.float16)
            )
            self.blobs.put(shard_name("features", number), shard_bytes(shard))

    def lines(self, name: str, records: list) -> None:
        self.blobs.put(name, "".join(f"{r.model_dump_json()}\n" for r in records).encode())

    def train(
        self,
        task: TaskType,
        classes: tuple[str, ...],
        tags: Tags,
        *,
        out: str = "model",
        previous: str | None = None,
        seed: int = 0,
    ) -> dict:
        snapshot = [
            SnapshotRow(
                sha256=sha(i),
                value=ClassLabel(label=v) if isinstance(v, str) else LabelSet(labels=v),
                by=FinalKind.PERSON,
                annotation_id=i,
            )
            for i, v in tags.items()
        ]
        self.lines(f"{out}-snapshot.jsonl", snapshot)
        job = TrainJob(
            project_id="p", task=task, classes=classes, manifest="manifest.jsonl",
            snapshot=f"{out}-snapshot.jsonl", features="features", backbone="efficientnet-lite0",
            out=out, previous=previous, seed=seed,
        )  # fmt: skip
        return run_job(job, self.blobs, quiet).metrics

    def prelabel(
        self, task: TaskType, classes: tuple[str, ...], images: list[int], model: str = "model"
    ) -> list[Prelabel]:
        self.blobs.put("todo.txt", "\n".join(sha(i) for i in images).encode())
        out = f"{model}-prelabels-{len(images)}"
        job = PrelabelJob(
            project_id="p", task=task, classes=classes, manifest="manifest.jsonl",
            images="todo.txt", features="features", backbone="efficientnet-lite0",
            model=model, out=out,
        )  # fmt: skip
        run_job(job, self.blobs, quiet)
        found = []
        for info in self.blobs.list(f"{out}/shard-"):
            found += map(Prelabel.model_validate_json, self.blobs.get(info.name).splitlines())
        return found


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


@pytest.fixture
def make_toy(blobs: LocalBlobStore) -> Callable[[np.ndarray], Toy]:
    return lambda features: Toy(blobs, features)


@pytest.fixture(autouse=True)
def _one_thread_on_the_cpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tenfold.settings import get_settings

    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TENFOLD_DEVICE", "cpu")
    monkeypatch.setenv("TENFOLD_THREADS", "1")
    get_settings.cache_clear()
