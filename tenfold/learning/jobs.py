"""What the GPU pool computes: features, models, pre-labels. Blobs in, blobs out.

Every job can be killed at any moment and run again: shards that are there are kept, and the file
that says that a job is done is written last.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from models.dataset import DatasetRow, SnapshotRow
from models.job import EmbedJob, JobReport, PrelabelJob, TrainJob
from models.prelabel import Prelabel
from tenfold.blobs.port import BlobStore
from tenfold.errors import ModelError
from tenfold.learning.features import load_features
from tenfold.learning.port import Metrics, PrelabelInputs, Report, TrainingInputs
from tenfold.task_types import task_kind

__all__ = ["load_features", "run_job"]

PRELABEL_SHARD = 512
Item = TypeVar("Item")


def run_job(job: EmbedJob | TrainJob | PrelabelJob, blobs: BlobStore, report: Report) -> JobReport:
    """Do a job, or what is missing of it.

    Raises:
        ModelError: it can't be done, with what is missing.
    """
    match job:
        case EmbedJob():
            from tenfold.learning.embedding import run_embed

            return run_embed(job, blobs, report)
        case TrainJob():
            return _train(job, blobs, report)
        case PrelabelJob():
            return _prelabel(job, blobs, report)


class Device:
    """What this process computes on, found when it is first asked for.

    Heads on features do without torch, which takes seconds to load.
    """

    def __init__(self) -> None:
        self.used = "cpu"

    def __call__(self) -> str:
        """Return the device of this process's settings, with its threads set."""
        # Read when torch is first imported: threads that wait must not burn the cores of their
        # neighbors, decoding among them.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        os.environ.setdefault("KMP_BLOCKTIME", "0")
        from tenfold.learning.backbone import choose_device, use_threads
        from tenfold.settings import get_settings

        settings = get_settings()
        use_threads(settings.threads)
        self.used = choose_device(settings.device)
        return self.used


def read_rows(blobs: BlobStore, manifest: str) -> Iterator[DatasetRow]:
    """Yield the rows of a dataset version's manifest."""
    with blobs.open(manifest) as lines:
        for line in lines:
            if line.strip():
                yield DatasetRow.model_validate_json(line)


def read_labels(blobs: BlobStore, snapshot: str) -> list[SnapshotRow]:
    """Return the rows of a label snapshot."""
    with blobs.open(snapshot) as lines:
        return [SnapshotRow.model_validate_json(line) for line in lines if line.strip()]


def _train(job: TrainJob, blobs: BlobStore, report: Report) -> JobReport:
    began = time.monotonic()
    device = Device()
    labels = read_labels(blobs, job.snapshot)
    done = f"{job.out}/metrics.json"
    if blobs.exists(done):
        metrics: Metrics = json.loads(blobs.get(done))
        return _reported("train", len(labels), began, device.used, metrics, kept=len(labels))
    rows, labels = _labeled_rows(blobs, job.manifest, labels)
    with tempfile.TemporaryDirectory(prefix="tenfold-train-") as temporary:
        out, previous = Path(temporary) / "out", Path(temporary) / "previous"
        out.mkdir()
        inputs = TrainingInputs(
            job=job,
            rows=rows,
            labels=labels,
            blobs=blobs,
            find_device=device,
            previous=download(blobs, job.previous, previous) if job.previous else None,
        )
        metrics = task_kind(job.task).trainer().train(inputs, out, report)
        upload(blobs, out, job.out)
    blobs.put(done, json.dumps(metrics, indent=1).encode(), media_type="application/json")
    return _reported("train", len(labels), began, device.used, metrics)


def _labeled_rows(
    blobs: BlobStore, manifest: str, labels: Sequence[SnapshotRow]
) -> tuple[list[DatasetRow], list[SnapshotRow]]:
    """Pair labels with the manifest's rows; labels of images that left the dataset are dropped."""
    by_sha = {label.sha256: label for label in labels}
    rows = sorted(
        (row for row in read_rows(blobs, manifest) if row.sha256 in by_sha),
        key=lambda row: row.sha256,
    )
    if not rows:
        raise ModelError("None of the tagged images is in this dataset version.")
    return rows, [by_sha[row.sha256] for row in rows]


def _prelabel(job: PrelabelJob, blobs: BlobStore, report: Report) -> JobReport:
    began = time.monotonic()
    device = Device()
    wanted = set(blobs.get(job.images).decode().split())
    done, kept = f"{job.out}/done.json", 0
    if blobs.exists(done):
        images = int(json.loads(blobs.get(done))["images"])
        return _reported("prelabel", images, began, device.used, {}, kept=images)
    images, trainer = 0, task_kind(job.task).trainer()
    rows = (row for row in read_rows(blobs, job.manifest) if row.sha256 in wanted)
    with tempfile.TemporaryDirectory(prefix="tenfold-model-") as temporary:
        model = download(blobs, job.model, Path(temporary))
        for number, shard in enumerate(chunks(rows, PRELABEL_SHARD)):
            name = f"{job.out}/shard-{number:05d}.jsonl"
            if blobs.exists(name):
                kept += len(shard)
            else:
                inputs = PrelabelInputs(job=job, rows=shard, blobs=blobs, find_device=device)
                found = trainer.prelabel(model, inputs, _shifted(report, images, len(wanted)))
                blobs.put(name, _lines(found), media_type="application/jsonl")
            images += len(shard)
            report(images, len(wanted))
    blobs.put(done, json.dumps({"images": images}).encode(), media_type="application/json")
    return _reported("prelabel", images, began, device.used, {}, kept=kept)


def _shifted(report: Report, before: int, total: int) -> Report:
    return lambda done, _: report(before + done, total)


def _lines(prelabels: Iterator[Prelabel]) -> bytes:
    return "".join(f"{prelabel.model_dump_json()}\n" for prelabel in prelabels).encode()


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield consecutive parts of at most `size` items."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part


def download(blobs: BlobStore, prefix: str, folder: Path) -> Path:
    """Copy every blob under a prefix into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for info in blobs.list(f"{prefix}/"):
        path = folder / info.name.removeprefix(f"{prefix}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blobs.get(info.name))
    return folder


def upload(blobs: BlobStore, folder: Path, prefix: str) -> None:
    """Copy every file of a folder under a prefix, `metrics.json` left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "metrics.json":
            blobs.put_file(f"{prefix}/{path.relative_to(folder).as_posix()}", path)


def _reported(
    kind: str, done: int, began: float, device: str, metrics: Metrics, *, kept: int = 0
) -> JobReport:
    seconds = round(time.monotonic() - began, 3)
    return JobReport(
        kind=kind, done=done, kept=kept, seconds=seconds, device=device, metrics=metrics
    )
