"""What every blob store promises; run on a local directory and on a real Azurite."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tenfold.blobs import BlobStore
from tenfold.errors import BlobError, BlobNotFoundError


def test_bytes_come_back_as_they_were_put(blobs: BlobStore) -> None:
    assert blobs.put("images/ab/one.jpg", b"\x00\xffbytes", media_type="image/jpeg")
    assert blobs.get("images/ab/one.jpg") == b"\x00\xffbytes"


def test_another_process_sees_what_was_put(
    blobs: BlobStore, reopen: Callable[[], BlobStore]
) -> None:
    blobs.put("a/b", b"kept")
    assert reopen().get("a/b") == b"kept"


def test_a_blob_may_be_empty(blobs: BlobStore) -> None:
    assert blobs.put("empty", b"")
    assert blobs.get("empty") == b""
    with blobs.open("empty") as stream:
        assert stream.read() == b""
    assert [blob.size for blob in blobs.list()] == [0]


def test_put_replaces_unless_told_otherwise(blobs: BlobStore) -> None:
    blobs.put("name", b"first")
    assert blobs.put("name", b"second")
    assert blobs.get("name") == b"second"
    assert not blobs.put("name", b"third", replace=False)
    assert blobs.get("name") == b"second"


def test_put_without_replacing_stores_where_nothing_is(blobs: BlobStore) -> None:
    assert blobs.put("name", b"first", replace=False)
    assert blobs.get("name") == b"first"


def test_of_many_writers_that_may_not_replace_exactly_one_wins(blobs: BlobStore) -> None:
    start = threading.Barrier(8)

    def write(i: int) -> bool:
        start.wait()
        return blobs.put("contested", bytes([i]) * 10_000, replace=False)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(8)))
    assert sum(won) == 1
    assert blobs.get("contested") == bytes([won.index(True)]) * 10_000


def test_a_reader_never_sees_half_a_blob(blobs: BlobStore) -> None:
    size = 300_000
    blobs.put("page", bytes([0]) * size)
    stop = threading.Event()

    def write() -> None:
        i = 0
        while not stop.is_set():
            i = (i + 1) % 256
            blobs.put("page", bytes([i]) * size)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            for _ in range(40):
                data = blobs.get("page")
                assert len(data) == size
                assert len(set(data)) == 1
        finally:
            stop.set()
        writing.result()


def test_a_stream_gives_the_bytes_piece_by_piece(blobs: BlobStore) -> None:
    blobs.put("stream", bytes(range(256)) * 1000)
    with blobs.open("stream") as stream:
        first, rest = stream.read(300), stream.read()
    assert first == (bytes(range(256)) * 2)[:300]
    assert len(rest) == 256_000 - 300


def test_a_large_file_is_stored_whole(blobs: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "weights"
    block = hashlib.sha256(b"seed").digest() * 32_768
    with file.open("wb") as out:
        for _ in range(70):  # 73 MB: above what is sent in one request
            out.write(block)
    assert blobs.put_file("models/weights", file)
    digest = hashlib.sha256()
    with blobs.open("models/weights") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    assert digest.digest() == hashlib.sha256(block * 70).digest()


def test_a_file_is_not_stored_over_what_is_there(blobs: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"new")
    blobs.put("name", b"old")
    assert not blobs.put_file("name", file, replace=False)
    assert blobs.get("name") == b"old"
    assert blobs.put_file("name", file)
    assert blobs.get("name") == b"new"


def test_a_file_that_is_not_there_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(BlobError, match="no-such-file"):
        blobs.put_file("name", tmp_path / "no-such-file")
    assert not blobs.exists("name")


def test_what_is_not_there_is_said_to_be_so(blobs: BlobStore) -> None:
    blobs.put("a/b/c", b"x")
    for name in ("missing", "a/missing", "a/b", "a"):
        assert not blobs.exists(name)
        with pytest.raises(BlobNotFoundError, match=name):
            blobs.get(name)
        with pytest.raises(BlobNotFoundError, match=name):
            blobs.open(name).read()


def test_a_store_where_nothing_was_put_lists_nothing(blobs: BlobStore) -> None:
    assert list(blobs.list()) == []
    assert list(blobs.list("images/")) == []
    assert not blobs.exists("anything")


def test_listing_goes_by_the_whole_names(blobs: BlobStore) -> None:
    names = ["a/x", "a-b/x", "a.x", "a/y/z", "a/y-1", "a0", "b", "Z"]
    for name in names:
        blobs.put(name, name.encode())
    listed = list(blobs.list())
    assert [blob.name for blob in listed] == sorted(names)
    assert [blob.size for blob in listed] == [len(name) for name in sorted(names)]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("img", ["img/1", "img/2/3", "img9", "imgs/4"]),
        ("img/", ["img/1", "img/2/3"]),
        ("img/2", ["img/2/3"]),
        ("img/2/3", ["img/2/3"]),
        ("none/", []),
        ("m", []),
    ],
)
def test_listing_takes_a_prefix(blobs: BlobStore, prefix: str, found: list[str]) -> None:
    for name in ("img/1", "img/2/3", "imgs/4", "img9", "other"):
        blobs.put(name, b"x")
    assert [blob.name for blob in blobs.list(prefix)] == found


def test_an_etag_changes_with_the_bytes_and_only_then(blobs: BlobStore) -> None:
    blobs.put("name", b"one")
    (before,) = blobs.list()
    (again,) = blobs.list()
    blobs.put("name", b"another")
    (after,) = blobs.list()
    assert before.etag
    assert before == again
    assert after.etag != before.etag


def test_deleting_twice_is_as_deleting_once(blobs: BlobStore) -> None:
    blobs.put("name", b"x")
    blobs.delete("name")
    blobs.delete("name")
    blobs.delete("never/there")
    assert not blobs.exists("name")
    assert list(blobs.list()) == []


@pytest.mark.parametrize("name", ["Ünïcode/圖.jpg", "with space/a+b%20c#d?e&f.jpg", "a" * 200])
def test_names_may_hold_any_letter(blobs: BlobStore, name: str) -> None:
    blobs.put(name, b"x")
    assert blobs.get(name) == b"x"
    assert [blob.name for blob in blobs.list()] == [name]
    assert " " not in blobs.url(name)


@pytest.mark.parametrize("name", ["", "..", "../up", "a/../../up", "a/./b", "a//b", "a/", "a\0b"])
def test_names_that_could_lead_elsewhere_are_refused(blobs: BlobStore, name: str) -> None:
    for use in (blobs.get, blobs.open, blobs.exists, blobs.delete, lambda n: blobs.put(n, b"x")):
        with pytest.raises(BlobError, match="can't be the name"):
            use(name)


def test_many_threads_use_one_store(blobs: BlobStore) -> None:
    def write_and_read(i: int) -> bytes:
        blobs.put(f"many/{i:03d}", str(i).encode())
        return blobs.get(f"many/{i:03d}")

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(write_and_read, range(128))) == [str(i).encode() for i in range(128)]
    assert len(list(blobs.list("many/"))) == 128
