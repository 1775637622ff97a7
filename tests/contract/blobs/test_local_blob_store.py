"""What is a directory's own: kill -9, file systems without links, left-overs."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tenfold.blobs.local import LocalBlobStore
from tenfold.errors import BlobError, BlobNotFoundError, TransientBlobError

_WRITER = """
import sys
from pathlib import Path
from tenfold.blobs.local import LocalBlobStore
blobs = LocalBlobStore(Path(sys.argv[1]))
print("ready", flush=True)
for i in range(10_000):
    blobs.put(f"blob-{i % 5}", bytes([i % 256]) * 3_000_000, replace=i % 2 == 0)
"""


def test_a_writer_that_is_killed_leaves_no_half_blob(tmp_path: Path) -> None:
    for attempt in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.1 + 0.07 * attempt)
            writer.send_signal(signal.SIGKILL)
        blobs = LocalBlobStore(tmp_path)
        listed = list(blobs.list())
        assert listed
        for blob in listed:
            data = blobs.get(blob.name)
            assert len(data) == 3_000_000
            assert len(set(data)) == 1


def test_what_a_killed_writer_left_is_swept_away_after_a_day(tmp_path: Path) -> None:
    LocalBlobStore(tmp_path).put("kept", b"x")
    old, new = tmp_path / ".writing" / "old", tmp_path / ".writing" / "new"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (0, 0))
    blobs = LocalBlobStore(tmp_path)
    assert not old.exists()
    assert new.exists()
    assert [blob.name for blob in blobs.list()] == ["kept"]


def test_a_blob_is_listed_only_once_it_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = LocalBlobStore(tmp_path)
    listed: list[list[str]] = []
    fsync = os.fsync

    def spying(descriptor: int) -> None:
        listed.append([blob.name for blob in blobs.list()])
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spying)
    blobs.put("a/b/name", b"x")
    assert listed == [[], [], [], ["a/b/name"]]  # two new folders, the file, its place


def test_half_written_files_are_no_blobs(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    (tmp_path / ".writing" / "half").write_bytes(b"half")
    assert list(blobs.list()) == []
    with pytest.raises(BlobError):
        blobs.get(".writing/half")


def test_a_file_system_without_hard_links_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    blobs = LocalBlobStore(tmp_path)
    assert blobs.put("name", b"first", replace=False)
    assert not blobs.put("name", b"second", replace=False)
    assert blobs.get("name") == b"first"


def test_a_full_disk_is_an_error_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    blobs = LocalBlobStore(tmp_path)
    blobs.put("name", b"first")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BlobError, match="No space left") as caught:
        blobs.put("name", b"second")
    assert not isinstance(caught.value, BlobNotFoundError | TransientBlobError)
    assert blobs.get("name") == b"first"
    assert list((tmp_path / ".writing").iterdir()) == []


def test_too_many_open_files_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    blobs = LocalBlobStore(tmp_path)
    blobs.put("name", b"x")
    monkeypatch.setattr(Path, "read_bytes", exhausted)
    with pytest.raises(TransientBlobError):
        blobs.get("name")


def test_a_url_is_a_file_url(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    blobs.put("a b.jpg", b"x")
    assert blobs.url("a b.jpg") == f"file://{tmp_path.resolve()}/a%20b.jpg"


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BlobError, match="file"):
        LocalBlobStore(tmp_path / "file")
