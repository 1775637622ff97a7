"""Many blobs into the blob store at once, each of them once."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from tenfold.blobs.port import BlobStore
from tenfold.errors import TransientBlobError

Report = Callable[[int, int], None]
"""Called with what is done and how much there is."""

_WAITING_PER_THREAD = 4
_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Item:
    """One blob to be there."""

    name: str
    load: Callable[[], bytes]
    """Called in a thread, only when the bytes are about to be sent."""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of an upload."""

    sent: int
    kept: int
    """Blobs that were there already."""
    bytes: int
    """Bytes sent."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often a blob is tried, and how long to wait in between: doubling, with jitter."""

    tries: int = 5
    first_wait: float = 0.5
    """Seconds."""

    def waits(self) -> Iterator[float]:
        """Yield the seconds to wait after each failure but the last."""
        for failures in range(self.tries - 1):
            longest = min(self.first_wait * 2**failures, _LONGEST_WAIT)
            yield random.uniform(longest / 2, longest)


def send_all(
    blobs: BlobStore,
    items: Iterable[Item],
    *,
    threads: int,
    report: Report,
    prefix: str = "",
    total: int | None = None,
    retrying: Retrying = Retrying(),
) -> Sent:
    """Store every item that is not there yet; what is there is neither loaded nor sent.

    What is there is listed once, and read alongside the items: in the order of their names, that
    takes no memory; an item out of order is asked for by itself. As many items are in memory as
    there are threads.

    Args:
        blobs: where to.
        items: best in the order of their names.
        threads: how many are sent at a time.
        report: told after each item, always from the calling thread.
        prefix: what all the names begin with.
        total: number of items, for the report; None: not known.
        retrying: for errors that may pass.

    Raises:
        TransientBlobError: naming the item that failed at every try; run again, all that was sent
            is kept.
        BlobError: the store refuses.
    """
    present = _Present(blobs, prefix)
    tally = _Tally(report, total)
    with ThreadPoolExecutor(threads, thread_name_prefix="upload") as pool:
        waiting: set[Future[int | None]] = set()
        try:
            for item in items:
                if present.holds(item.name):
                    tally.add(None)
                    continue
                waiting.add(pool.submit(_send, blobs, item, retrying))
                if len(waiting) >= threads * _WAITING_PER_THREAD:
                    waiting = tally.take(waiting)
            while waiting:
                waiting = tally.take(waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Sent(tally.sent, tally.kept, tally.bytes)


class _Present:
    """Names that are in the store, read in their order as far as they are asked for."""

    def __init__(self, blobs: BlobStore, prefix: str) -> None:
        self._blobs = blobs
        self._names = (blob.name for blob in blobs.list(prefix))
        self._next: str | None = ""
        self._asked = ""

    def holds(self, name: str) -> bool:
        if name < self._asked:
            return self._blobs.exists(name)
        self._asked = name
        while self._next is not None and self._next < name:
            self._next = next(self._names, None)
        return self._next == name


class _Tally:
    """Counts what was sent and kept."""

    def __init__(self, report: Report, total: int | None) -> None:
        self.sent = self.kept = self.bytes = 0
        self._report = report
        self._total = total

    def take(self, waiting: set[Future[int | None]]) -> set[Future[int | None]]:
        """Wait for the next to end; return those that go on."""
        done, going = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            self.add(future.result())
        return going

    def add(self, sent: int | None) -> None:
        """Count one item: its bytes, or None if it was there."""
        self.sent += sent is not None
        self.kept += sent is None
        self.bytes += sent or 0
        done = self.sent + self.kept
        self._report(done, max(done, self._total or 0))


def _send(blobs: BlobStore, item: Item, retrying: Retrying) -> int | None:
    """Send one item; return its bytes, or None if it came to be there meanwhile."""
    data = item.load()
    waits = retrying.waits()
    while True:
        try:
            sent = blobs.put(item.name, data, media_type=item.media_type, replace=False)
        except TransientBlobError as error:
            pause = next(waits, None)
            if pause is None:
                raise TransientBlobError(
                    f"{item.name} couldn't be stored in {retrying.tries} tries. {error}",
                    "Run again: what was sent is kept.",
                ) from error
            time.sleep(pause)
        else:
            return len(data) if sent else None
