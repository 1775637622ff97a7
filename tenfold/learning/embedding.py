"""The embed job: features of every image of a dataset version, shard by shard."""

import json
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.dataset import DatasetRow
from models.job import EmbedJob, JobReport
from tenfold.blobs.port import BlobStore
from tenfold.errors import ModelError
from tenfold.learning.backbone import Backbone, load_backbone, use_threads
from tenfold.learning.decode import VIEWS, View, ahead, looks
from tenfold.learning.features import (
    SHARD,
    Shard,
    index_of,
    shard_bytes,
    shard_name,
    side_by_side,
)
from tenfold.learning.jobs import chunks, compute_device, read_rows
from tenfold.learning.port import Report
from tenfold.settings import get_settings


def run_embed(job: EmbedJob, blobs: BlobStore, report: Report) -> JobReport:
    """Embed what has no features yet, into new shards.

    Raises:
        ModelError: the backbone can't be loaded, or an image can't be read any more.
    """
    began, device = time.monotonic(), compute_device()
    index = index_of(blobs, job.out)
    known = {sha for members in index.values() for sha in members}
    images = sum(1 for _ in read_rows(blobs, job.manifest))
    todo = (row for row in read_rows(blobs, job.manifest) if row.sha256 not in known)
    threads, backbone = use_threads(get_settings().threads), None
    if device == "cpu":
        use_threads(1)
    embedded = 0
    for number, part in enumerate(chunks(todo, SHARD), start=_next_number(index)):
        backbone = backbone or load_backbone(job.backbone, device)
        name = shard_name(job.out, number)
        shard = Shard(
            [row.sha256 for row in part], _embed(backbone, blobs, part, threads, VIEWS[: job.views])
        )
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
    )


def _embed(
    backbone: Backbone,
    blobs: BlobStore,
    rows: Sequence[DatasetRow],
    threads: int,
    views: Sequence[View],
) -> NDArray[np.float16]:
    """Return features (n, D) of one view, or of several side by side, each of length 1.

    On a CPU every thread takes whole batches from bytes to features: threads that share a batch
    wait for each other at every layer, the more the busier the machine is. On a GPU the threads
    decode ahead of it.
    """
    batches = chunks(rows, backbone.batch)

    def read(batch: Sequence[DatasetRow]) -> list[NDArray[np.uint8]]:
        seen = [_decode(blobs, row, views) for row in batch]
        return [np.stack(column) for column in zip(*seen, strict=True)]

    def embed(batch: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return side_by_side([backbone.embed(pixels) for pixels in batch])

    if backbone.device == "cpu":
        found = ahead(lambda batch: embed(read(batch)), batches, threads=threads, most=2 * threads)
    else:
        found = map(embed, ahead(read, batches, threads=threads, most=2 * threads))
    return np.concatenate(list(found)).astype(np.float16)


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
        "images": sum(len(members) for members in index.values()),
        "shards": {name.rsplit("/", 1)[1]: members for name, members in index.items()},
    }
    blobs.put(f"{job.out}/index.json", json.dumps(content).encode(), media_type="application/json")
