"""Many blobs at once, on a store that fails as networks do."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tenfold.blobs.port import BlobInfo
from tenfold.errors import BlobError, SourceError, TransientBlobError
from tenfold.sources.upload import Item, Retrying, Sent, send_all

QUICK = Retrying(tries=4, first_wait=0.001)


class Unreliable:
    """Holds blobs in memory; the first puts of a name fail as often as it is told."""

    def __init__(self, failures: int = 0, error: type[BlobError] = TransientBlobError) -> None:
        self.held: dict[str, bytes] = {}
        self.puts: Counter[str] = Counter()
        self.asked: list[str] = []
        self.listed = 0
        self._failures = failures
        self._error = error
        self._lock = threading.Lock()

    def put(self, name: str, data: bytes, *, media_type: str = "", replace: bool = True) -> bool:
        with self._lock:
            self.puts[name] += 1
            if self.puts[name] <= self._failures:
                raise self._error("The storage account doesn't answer.")
            if not replace and name in self.held:
                return False
            self.held[name] = data
        return True

    def exists(self, name: str) -> bool:
        self.asked.append(name)
        return name in self.held

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        self.listed += 1
        names = sorted(name for name in self.held if name.startswith(prefix))
        return (BlobInfo(name, len(self.held[name]), "etag") for name in names)


def _items(count: int) -> list[Item]:
    return [Item(f"i/{i:05d}", lambda i=i: b"x" * i) for i in range(count)]  # type: ignore[misc]


def _send(blobs: Unreliable, items: Iterator[Item] | list[Item], threads: int = 4) -> Sent:
    return send_all(
        blobs,  # type: ignore[arg-type]
        items,
        threads=threads,
        report=lambda *_: None,
        prefix="i/",
        retrying=QUICK,
    )


def test_what_fails_for_a_while_is_sent_all_the_same() -> None:
    blobs = Unreliable(failures=3)
    assert _send(blobs, _items(20)).sent == 20
    assert set(blobs.puts.values()) == {4}


def test_after_the_last_try_the_error_names_the_item() -> None:
    blobs = Unreliable(failures=4)
    with pytest.raises(TransientBlobError, match=r"i/00000 .*4 tries.*doesn't answer"):
        _send(blobs, _items(1))
    assert blobs.puts["i/00000"] == 4


def test_a_refusal_is_not_tried_again() -> None:
    blobs = Unreliable(failures=1, error=BlobError)
    with pytest.raises(BlobError):
        _send(blobs, _items(1))
    assert blobs.puts["i/00000"] == 1


def test_after_a_failure_nothing_further_is_begun() -> None:
    blobs = Unreliable(failures=1, error=BlobError)
    with pytest.raises(BlobError):
        _send(blobs, _items(1000), threads=2)
    assert len(blobs.puts) < 50


def test_a_source_that_fails_is_said_so() -> None:
    def gone() -> bytes:
        raise SourceError("a.jpg vanished.")

    with pytest.raises(SourceError, match="vanished"):
        _send(Unreliable(), [Item("i/a", gone)])


def test_what_is_there_is_listed_once_and_not_asked_for() -> None:
    blobs = Unreliable()
    _send(blobs, _items(50))
    blobs.puts.clear()
    assert _send(blobs, _items(60)) == Sent(sent=10, kept=50, bytes=sum(range(50, 60)))
    assert blobs.listed == 2
    assert blobs.asked == []
    assert len(blobs.puts) == 10


def test_a_blob_that_came_to_be_there_meanwhile_counts_as_kept() -> None:
    blobs = Unreliable()

    def load() -> bytes:
        blobs.held["i/a"] = b"of another process"
        return b"mine"

    assert _send(blobs, [Item("i/a", load)]) == Sent(sent=0, kept=1, bytes=0)
    assert blobs.held["i/a"] == b"of another process"


def test_no_more_images_are_in_memory_than_threads() -> None:
    lock, held, most = threading.Lock(), 0, 0

    class Slow(Unreliable):
        def put(self, name: str, data: bytes, **options: object) -> bool:
            nonlocal held
            time.sleep(0.001)
            with lock:
                held -= 1
            return super().put(name, data)

    def load() -> bytes:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return b"x"

    taken = 0

    def items() -> Iterator[Item]:
        nonlocal taken
        for i in range(300):
            taken += 1
            assert taken - len(blobs.held) <= 3 * 4 + 3 + 1
            yield Item(f"i/{i:05d}", load)

    blobs = Slow()
    _send(blobs, items(), threads=3)
    assert most <= 3


def test_waits_grow_and_vary() -> None:
    waits = [list(Retrying(tries=8, first_wait=1.0).waits()) for _ in range(20)]
    assert all(len(found) == 7 for found in waits)
    for i, longest in enumerate((1, 2, 4, 8, 16, 30, 30)):
        found = [wait[i] for wait in waits]
        assert all(longest / 2 <= wait <= longest for wait in found)
        assert len(set(found)) > 1
