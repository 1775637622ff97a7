"""The embed job: features of every image of a dataset version, shard by shard."""

import json
import time
from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from models.dataset import DatasetRow
from models.job import EmbedJob, JobReport, Tuning
from tenfold.blobs.port import BlobStore
from tenfold.errors import ModelError
from tenfold.learning.backbone import Backbone, load_backbone, tuned_backbone, use_threads
from tenfold.learning.classification import class_numbers
from tenfold.learning.decode import VIEWS, View, ahead, effort, in_turn, looks
from tenfold.learning.features import (
    SHARD,
    Features,
    Shard,
    index_of,
    load_features,
    shard_bytes,
    shard_name,
    side_by_side,
)
from tenfold.learning.jobs import Device, chunks, read_labels, read_rows
from tenfold.learning.linear import unit
from tenfold.learning.port import Metrics, Report
from tenfold.learning.tuning import (
    MOST,
    STEPS,
    Tagged,
    Weights,
    examine,
    from_bytes,
    see,
    to_bytes,
    tune,
)
from tenfold.settings import get_settings


def run_embed(job: EmbedJob, blobs: BlobStore, report: Report) -> JobReport:
    """Embed what has no features yet, into new shards.

    Where the network is to be tuned first, its features come beside the frozen ones; where held-out
    tags say that this doesn't pay, no shard is made, and the report says so.

    Raises:
        ModelError: the backbone can't be loaded, or an image can't be read any more.
    """
    began, device = time.monotonic(), Device()()
    maker, metrics = _maker(job, blobs, report, device)
    if maker is None:
        seconds = round(time.monotonic() - began, 3)
        return JobReport(kind="embed", done=0, seconds=seconds, device=device, metrics=metrics)
    index = index_of(blobs, job.out)
    known = _images_in(index)
    images = sum(1 for _ in read_rows(blobs, job.manifest))
    todo = (row for row in read_rows(blobs, job.manifest) if row.sha256 not in known)
    embedded = 0
    for number, part in enumerate(chunks(todo, SHARD), start=_next_number(index)):
        name = shard_name(job.out, number)
        features = maker(part, partial(_report_more, report, embedded, images))
        shard = Shard([row.sha256 for row in part], features)
        blobs.put(name, shard_bytes(shard))
        index[name] = shard.hashes
        embedded += len(part)
        report(embedded, images)
    _write_index(blobs, job, index)
    return JobReport(
        kind="embed",
        done=images,
        kept=images - embedded,
        seconds=round(time.monotonic() - began, 3),
        device=device,
        metrics=metrics,
    )


Tell = Callable[[int], None]
"""Called with how many of some images are done."""

Maker = Callable[[Sequence[DatasetRow], Tell], NDArray[np.float16]]
"""Features (n, D) of some images."""


def _report_more(report: Report, before: int, images: int, done: int) -> None:
    report(before + done, images)


def _maker(
    job: EmbedJob, blobs: BlobStore, report: Report, device: str
) -> tuple[Maker | None, Metrics]:
    """Return what makes features, loaded when it is first needed, and what tuning said."""
    if job.tuning is None:
        measured: Metrics = {}
        return _frozen(job, blobs, device, measured), measured
    base = job.model_copy(update={"tuning": None, "out": job.tuning.base})
    run_embed(base, blobs, report)
    weights, metrics = _tuned(job, job.tuning, blobs, report, device)
    if weights is None:
        return None, metrics
    prefix, threads = job.tuning.base, _threads(device)
    backbone = tuned_backbone(weights, device)

    def beside(rows: Sequence[DatasetRow], tell: Tell) -> NDArray[np.float16]:
        frozen = load_features(blobs, prefix, [row.sha256 for row in rows])
        added = _embed([(backbone, VIEWS[0])], blobs, rows, threads, tell)
        frozen = unit(frozen) * np.float32(np.sqrt(job.views))
        return np.hstack([frozen, unit(added)]).astype(np.float16)

    return beside, metrics


def _frozen(job: EmbedJob, blobs: BlobStore, device: str, measured: Metrics) -> Maker:
    """Return what makes features of networks as they are.

    Images whose first view was taken before are not looked at by that network again. How long a
    view takes, as a multiple of the cheapest, is noted in `measured`.
    """
    threads, loaded = _threads(device), list[tuple[Backbone, View]]()
    takes = in_turn(job.backbone, job.others, job.views)
    first, spent, views = set[str](), 0.0, 0.0

    def make(rows: Sequence[DatasetRow], tell: Tell) -> NDArray[np.float16]:
        nonlocal spent, views
        if not loaded:
            if job.first_view:
                first.update(_images_in(index_of(blobs, job.first_view)))
            load = cache(lambda name: load_backbone(name, device))
            loaded.extend((load(network), view) for network, view in takes)
        hashes, began = [row.sha256 for row in rows], time.monotonic()
        known = 1 if first.issuperset(hashes) else 0
        made = _embed(loaded[known:], blobs, rows, threads, tell)
        spent += time.monotonic() - began
        views += len(rows) * sum(effort(*take) for take in takes[known:])
        measured["view_seconds"] = round(spent / views, 6)
        if known and job.first_view:
            taken = load_features(blobs, job.first_view, hashes)
            made = side_by_side([taken, *np.split(made, len(takes) - 1, axis=1)])
        return made.astype(np.float16)

    return make


def _images_in(index: dict[str, list[str]]) -> set[str]:
    return {sha for members in index.values() for sha in members}


def _threads(device: str) -> int:
    threads = use_threads(get_settings().threads)
    if device == "cpu":
        use_threads(1)
    return threads


def _tuned(
    job: EmbedJob, tuning: Tuning, blobs: BlobStore, report: Report, device: str
) -> tuple[Weights | None, Metrics]:
    """Return the tuned weights, those that lie there or new ones; None where it doesn't pay."""
    weights, verdict = f"{job.out}/tuned.pt", f"{job.out}/tuned.json"
    if blobs.exists(verdict):
        metrics: Metrics = json.loads(blobs.get(verdict))
        return (from_bytes(blobs.get(weights)) if metrics["pays"] else None), metrics
    use_threads(get_settings().threads)
    tagged, base = _read_tags(job, tuning, blobs, device)
    total = 2 * STEPS
    found = examine(tagged, base, tuning.seed, lambda done, _: report(done, total))
    metrics = {
        "pays": int(found.pays),
        "tags": len(tagged.labels),
        "right_frozen": round(found.frozen_right, 4),
        "right_tuned": round(found.tuned_right, 4),
        "loss_frozen": round(found.frozen_loss, 4),
        "loss_tuned": round(found.tuned_loss, 4),
    }
    made = None
    if found.pays:
        made = tune(tagged, tuning.seed, lambda done, _: report(STEPS + done, total))
        blobs.put(weights, to_bytes(made))
    blobs.put(verdict, json.dumps(metrics, indent=1).encode(), media_type="application/json")
    return made, metrics


def _read_tags(
    job: EmbedJob, tuning: Tuning, blobs: BlobStore, device: str
) -> tuple[Tagged, Features]:
    """Return the tagged images and their frozen features (n, D); of very many, a sample."""
    hashes, numbers = class_numbers(read_labels(blobs, tuning.snapshot), tuning.classes)
    labels = dict(zip(hashes, numbers, strict=True))
    rows = [row for row in read_rows(blobs, job.manifest) if row.sha256 in labels]
    if not rows:
        raise ModelError("There is no tag yet to learn from.", "Answer the open round.")
    rng = np.random.default_rng(tuning.seed)
    kept = [rows[i] for i in np.sort(rng.permutation(len(rows))[:MOST])]
    shas = [row.sha256 for row in kept]
    numbered = np.array([labels[sha] for sha in shas], dtype=np.intp)
    data = (blobs.get(row.blob) for row in kept)
    seen = see(data, numbered, len(tuning.classes), tuning.seed, device)
    return seen, load_features(blobs, tuning.base, shas)


def _embed(
    takes: Sequence[tuple[Backbone, View]],
    blobs: BlobStore,
    rows: Sequence[DatasetRow],
    threads: int,
    tell: Tell,
) -> NDArray[np.float32]:
    """Return features (n, D) of one view, or of several side by side, each of length 1.

    On a CPU every thread takes whole batches from bytes to features: threads that share a batch
    wait for each other at every layer, the more the busier the machine is. On a GPU the threads
    decode ahead of it.
    """
    first, views = takes[0][0], [view for _, view in takes]
    batches = chunks(rows, first.batch)

    def read(batch: Sequence[DatasetRow]) -> list[NDArray[np.uint8]]:
        seen = [_decode(blobs, row, views) for row in batch]
        return [np.stack(column) for column in zip(*seen, strict=True)]

    def embed(batch: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        seen = zip(takes, batch, strict=True)
        return side_by_side([backbone.embed(pixels) for (backbone, _), pixels in seen])

    if first.device == "cpu":
        found = ahead(lambda batch: embed(read(batch)), batches, threads=threads, most=2 * threads)
    else:
        found = map(embed, ahead(read, batches, threads=threads, most=2 * threads))
    made: list[NDArray[np.float32]] = []
    for features in found:
        made.append(features)
        tell(sum(map(len, made)))
    return np.concatenate(made)


def _decode(blobs: BlobStore, row: DatasetRow, views: Sequence[View]) -> list[NDArray[np.uint8]]:
    try:
        return looks(blobs.get(row.blob), views)
    except OSError as error:
        raise ModelError(f"The image {row.blob} can't be decoded any more: {error}.") from error


def _next_number(index: dict[str, list[str]]) -> int:
    if not index:
        return 0
    return 1 + int(max(index).rsplit("-", 1)[1].removesuffix(".npz"))


def _write_index(blobs: BlobStore, job: EmbedJob, index: dict[str, list[str]]) -> None:
    content = {
        "backbone": job.backbone,
        "views": job.views,
        "others": job.others,
        "images": sum(len(members) for members in index.values()),
        "shards": {name.rsplit("/", 1)[1]: members for name, members in index.items()},
    }
    blobs.put(f"{job.out}/index.json", json.dumps(content).encode(), media_type="application/json")
