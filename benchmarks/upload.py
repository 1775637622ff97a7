"""Files a second into a local directory and into Azurite, next to the plain client's.

    python benchmarks/upload.py [--files 1000] [--kilobytes 30] [--threads 8]

`plain client` puts the same bytes by the client itself, one after the other (`1 thread`) and by
as many threads as tenfold: what the service can take. `again` runs tenfold's upload a second time.
"""

import argparse
import hashlib
import os
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from azure.storage.blob import ContainerClient

from tenfold.blobs import BlobStore, open_blobs
from tenfold.blobs.azurite import Azurite, program, running
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


def make_files(count: int, kilobytes: int) -> Files:
    """Return names and random bytes, in the order of their names."""
    source = random.Random(0)
    contents = [source.randbytes(kilobytes * 1000) for _ in range(count)]
    hashes = ((hashlib.sha256(data).hexdigest(), data) for data in contents)
    return sorted((f"images/{sha[:2]}/{sha}.jpg", data) for sha, data in hashes)


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


def on_azurite(azurite: Azurite, files: Files, threads: int) -> Iterator[Row]:
    """Measure tenfold and the plain client."""
    settings = Settings(
        blobs=f"az://bench-{uuid.uuid4().hex[:8]}",
        blob_connection_string=azurite.connection_string,
    )
    with plain_client(azurite) as put:
        put("warm-up", b"x")
        yield timed("Azurite: plain client, 1 thread", files, lambda: put_all(put, files, 1))
    with plain_client(azurite) as put:
        label = f"Azurite: plain client, {threads} threads"
        yield timed(label, files, lambda: put_all(put, files, threads))
    blobs = open_blobs(settings)
    yield timed(
        f"Azurite: tenfold, {threads} threads", files, lambda: upload(blobs, files, threads)
    )
    yield timed("Azurite: tenfold, again", files, lambda: upload(blobs, files, threads))


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
    print(f"{row.what:36} {row.seconds:9.2f} {rate:9.0f} {row.sent:13,}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=30)
    parser.add_argument("--threads", type=int, default=8)
    args = parser.parse_args()
    files = make_files(args.files, args.kilobytes)
    print(f"{args.files:,} files of {args.kilobytes} kB; {os.cpu_count()} CPUs")
    print(f"{'':36} {'seconds':>9} {'files/s':>9} {'bytes sent':>13}")
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
