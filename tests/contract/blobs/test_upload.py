"""Many blobs at once, on both stores."""

from collections.abc import Callable

import pytest

from tenfold.blobs import BlobStore
from tenfold.sources.upload import Item, Sent, send_all


def _items(count: int, loaded: list[str]) -> list[Item]:
    def loader(name: str) -> Callable[[], bytes]:
        def load() -> bytes:
            loaded.append(name)
            return name.encode() * 100

        return load

    names = [f"images/{i:02x}/{i:06x}.jpg" for i in range(count)]
    return [Item(name, loader(name), "image/jpeg") for name in names]


def test_everything_is_sent_once(blobs: BlobStore) -> None:
    loaded: list[str] = []
    seen: list[tuple[int, int]] = []
    sent = send_all(
        blobs,
        _items(60, loaded),
        threads=8,
        report=lambda done, of: seen.append((done, of)),
        prefix="images/",
        total=60,
    )
    assert sent == Sent(sent=60, kept=0, bytes=60 * 2000)
    assert [done for done, _ in seen] == list(range(1, 61))
    assert {of for _, of in seen} == {60}
    assert blobs.get("images/05/000005.jpg") == b"images/05/000005.jpg" * 100


def test_a_second_run_loads_and_sends_nothing(blobs: BlobStore) -> None:
    send_all(blobs, _items(30, []), threads=4, report=lambda *_: None, prefix="images/")
    loaded: list[str] = []
    again = send_all(blobs, _items(40, loaded), threads=4, report=lambda *_: None, prefix="images/")
    assert again == Sent(sent=10, kept=30, bytes=10 * 2000)
    assert sorted(loaded) == [item.name for item in _items(40, [])[30:]]


@pytest.mark.parametrize("prefix", ["images/", ""])
def test_the_order_of_the_items_doesnt_matter(blobs: BlobStore, prefix: str) -> None:
    blobs.put("aaa", b"something else")
    blobs.put("zzz", b"something else")
    items = _items(20, [])
    send_all(blobs, items[::2], threads=2, report=lambda *_: None, prefix=prefix)
    sent = send_all(blobs, reversed(items), threads=2, report=lambda *_: None, prefix=prefix)
    assert (sent.sent, sent.kept) == (10, 10)
