"""Images a second into a local directory and into Azurite, next to what the service can take.

    python benchmarks/upload.py [--files 1000] [--side 180] [--threads 8]

`bare PUTs` sends the same bytes by as many threads over kept connections, with nothing but HTTP
(http.client and a SAS): the service's own limit, which is measured before tenfold and after it.
`plain client` puts them by Azure's client as it comes. `again` runs tenfold's upload a second time;
`cycle` takes a folder in and sends it, as the first steps of `tenfold run` do, small versions for
the page included. Bytes sent are counted where they leave for the store.
"""

import argparse
import datetime as dt
import hashlib
import http.client
import io
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from azure.storage.blob import (
    ContainerClient,
    ContainerSasPermissions,
    generate_container_sas,
)
from PIL import Image

from models.label import TaskType
from models.project import Project, ProjectSettings, label_classes
from tenfold.blobs import BlobStore, open_blobs
from tenfold.blobs.azurite import ACCOUNT, KEY, Azurite, program, running
from tenfold.pipeline.context import Context, make_context
from tenfold.pipeline.ingest import ingest
from tenfold.pipeline.upload import upload as upload_step
from tenfold.settings import Settings
from tenfold.sources.upload import Item, send_all

Files = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    seconds: float
    files: int
    sent: int
    """Bytes."""


def make_files(count: int, side: int) -> Files:
    """Return names and square JPEGs of noise, in the order of their names."""
    rng = np.random.default_rng(0)
    contents = [_jpeg(rng.integers(0, 256, (side, side, 3), np.uint8)) for _ in range(count)]
    hashes = ((hashlib.sha256(data).hexdigest(), data) for data in contents)
    return sorted((f"images/{sha[:2]}/{sha}.jpg", data) for sha, data in hashes)


def _jpeg(pixels: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90)
    return out.getvalue()


def timed(what: str, files: Files, action: Callable[[], int]) -> Row:
    """Run an action that returns the bytes that it sent."""
    start = time.perf_counter()
    sent = action()
    return Row(what, time.perf_counter() - start, len(files), sent)


def upload(blobs: BlobStore, files: Files, threads: int) -> int:
    """Send by tenfold."""
    items = (Item(name, lambda data=data: data, "image/jpeg") for name, data in files)  # type: ignore[misc]
    sent = send_all(blobs, items, threads=threads, report=lambda *_: None, prefix="images/")
    return sent.bytes


def put_all(put: Callable[[str, bytes], object], files: Files, threads: int) -> int:
    """Send by a plain put of each file."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda file: put(*file), files))
    return sum(len(data) for _, data in files)


@contextmanager
def plain_client(azurite: Azurite) -> Iterator[Callable[[str, bytes], object]]:
    """Yield a put by the client as it comes, into a container of its own."""
    name = f"plain-{uuid.uuid4().hex[:8]}"
    with ContainerClient.from_connection_string(azurite.connection_string, name) as client:
        client.create_container()
        yield lambda blob, data: client.upload_blob(blob, data, overwrite=True)


@contextmanager
def bare_puts(azurite: Azurite) -> Iterator[Callable[[str, bytes], object]]:
    """Yield a put by one HTTP request over its thread's connection, into a container of its own."""
    name = f"bare-{uuid.uuid4().hex[:8]}"
    with ContainerClient.from_connection_string(azurite.connection_string, name) as client:
        client.create_container()
    sas = generate_container_sas(
        ACCOUNT,
        name,
        account_key=KEY,
        permission=ContainerSasPermissions(write=True, create=True),
        expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
    )
    mine = threading.local()
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "image/jpeg"}

    def put(blob: str, data: bytes) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection("127.0.0.1", azurite.port)
        mine.connection.request("PUT", f"/{ACCOUNT}/{name}/{blob}?{sas}", data, headers)
        answer = mine.connection.getresponse()
        answer.read()
        assert answer.status == http.client.CREATED, answer.status

    yield put


def measured_limit(azurite: Azurite, files: Files, threads: int, when: str) -> Row:
    """Measure what Azurite takes."""
    with bare_puts(azurite) as put:
        label = f"Azurite: bare PUTs, {threads} threads, {when}"
        return timed(label, files, lambda: put_all(put, files, threads))


def on_azurite(azurite: Azurite, files: Files, threads: int) -> Iterator[Row]:
    """Measure tenfold between two measurements of Azurite itself, and the plain client."""
    settings = Settings(
        blobs=f"az://bench-{uuid.uuid4().hex[:8]}",
        blob_connection_string=azurite.connection_string,
    )
    yield measured_limit(azurite, files, threads, "before")
    with plain_client(azurite) as put:
        label = f"Azurite: plain client, {threads} threads"
        yield timed(label, files, lambda: put_all(put, files, threads))
    blobs = open_blobs(settings)
    yield timed(
        f"Azurite: tenfold, {threads} threads", files, lambda: upload(blobs, files, threads)
    )
    yield timed("Azurite: tenfold, again", files, lambda: upload(blobs, files, threads))
    yield measured_limit(azurite, files, threads, "after")
    yield from cycles(azurite, files)


class Counted:
    """A blob store that counts the bytes that are put into it."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self.bytes = 0

    def put(self, name: str, data: bytes, **options: Any) -> bool:
        """Put, and count what was sent."""
        sent = self._blobs.put(name, data, **options)
        self.bytes += len(data) * sent
        return sent

    def __getattr__(self, name: str) -> Any:
        """Return what isn't counted."""
        return getattr(self._blobs, name)


def cycles(azurite: Azurite, files: Files) -> Iterator[Row]:
    """Measure the first steps of a project's first and second cycle."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        for name, data in files:
            (source / Path(name).name).write_bytes(data)
        settings = Settings(
            home=Path(folder, "home"),
            blobs=f"az://cycle-{uuid.uuid4().hex[:8]}",
            blob_connection_string=azurite.connection_string,
        )
        ctx = make_context(settings)
        wanted = ProjectSettings(
            name="noise",
            task=TaskType.CLASSIFICATION,
            source=str(source),
            classes=label_classes(["one", "other"]),
        )
        project = ctx.store.projects.create(wanted)
        for when in ("first", "again"):
            yield timed(f"Azurite: ingest and upload, {when}", files, lambda: cycle(ctx, project))
        ctx.store.close()


def cycle(ctx: Context, project: Project) -> int:
    """Take in and send as another cycle does; return the bytes sent."""
    counted: Any = Counted(ctx.blobs)
    ctx = replace(ctx, blobs=counted)
    claim = ctx.store.cycles.claim(ctx.store.cycles.ensure(project.id).id, "benchmark")
    ingest(ctx, claim, lambda *_: None)
    upload_step(ctx, claim, lambda *_: None)
    ctx.store.cycles.complete(claim)
    return int(counted.bytes)


def on_disk(folder: Path, files: Files, threads: int) -> Iterator[Row]:
    """Measure tenfold and plain writes, synced as tenfold's are, and not."""

    def write(name: str, data: bytes, *, sync: bool) -> None:
        path = folder / ("synced" if sync else "plain") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())

    def plain(name: str, data: bytes) -> None:
        write(name, data, sync=False)

    def synced(name: str, data: bytes) -> None:
        write(name, data, sync=True)

    yield timed("local: plain write, 1 thread", files, lambda: put_all(plain, files, 1))
    label = f"local: write and fsync, {threads} threads"
    yield timed(label, files, lambda: put_all(synced, files, threads))
    blobs = open_blobs(Settings(blobs=str(folder / "blobs")))
    yield timed(f"local: tenfold, {threads} threads", files, lambda: upload(blobs, files, threads))
    yield timed("local: tenfold, again", files, lambda: upload(blobs, files, threads))


def print_row(row: Row) -> None:
    """Print one line of the table."""
    rate = row.files / row.seconds
    print(f"{row.what:42} {row.seconds:9.2f} {rate:9.0f} {row.sent:13,}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--side", type=int, default=180, help="pixels of an image's sides")
    parser.add_argument("--threads", type=int, default=8)
    args = parser.parse_args()
    files = make_files(args.files, args.side)
    kilobytes = sum(len(data) for _, data in files) / len(files) / 1000
    print(f"{args.files:,} images of {kilobytes:.0f} kB; {os.cpu_count()} CPUs")
    print(f"{'':42} {'seconds':>9} {'files/s':>9} {'bytes sent':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for row in on_disk(Path(folder), files, args.threads):
            print_row(row)
    command = program(Path(__file__).parents[1])
    if command is None:
        print("Azurite isn't there: run `npm ci`.")
        return
    with running(command) as azurite:
        for row in on_azurite(azurite, files, args.threads):
            print_row(row)


if __name__ == "__main__":
    main()
