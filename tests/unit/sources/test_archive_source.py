"""A .zip archive as a source, hostile ones included."""

import struct
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from models.image import Quarantine, SourceEntry
from tenfold.errors import SourceError
from tenfold.settings import Settings
from tenfold.sources import Source, open_source, read

Encode = Callable[..., bytes]


def _zip(file: Path, content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file


def _open(file: Path) -> Source:
    return open_source(str(file), Settings())


def test_nested_files_come_in_order(tmp_path: Path, corners: Image.Image, encode: Encode) -> None:
    data = encode(corners)
    names = ["z.jpg", "a/b/2.jpg", "a/1.jpg", "a/", "__MACOSX/a/._1.jpg", "a/.DS_Store"]
    source = _open(_zip(tmp_path / "photos.zip", dict.fromkeys(names, data)))
    entries = list(source.entries())
    assert [entry.path for entry in entries] == ["a/1.jpg", "a/b/2.jpg", "z.jpg"]
    assert all(read(source, entry) == data for entry in entries)
    assert source.refused() == []


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x.jpg", "a/../../x.jpg", "/etc/x.jpg", "..\\x.jpg", "C:\\x.jpg"]
)
def test_paths_that_leave_the_archive_are_set_aside(tmp_path: Path, name: str) -> None:
    file = _zip(tmp_path / "x.zip", {"good.jpg": b"x", name: b"evil"})
    source = _open(file)
    assert [entry.path for entry in source.entries()] == ["good.jpg"]
    (refused,) = source.refused()
    assert refused.reason is Quarantine.OUTSIDE
    with pytest.raises(FileNotFoundError):
        source.open(SourceEntry(path=refused.path))


def test_a_bomb_is_set_aside_and_not_unpacked(tmp_path: Path) -> None:
    file = _zip(tmp_path / "x.zip", {"bomb.bmp": b"\0" * 60_000_000, "small.bmp": b"\0" * 1000})
    assert file.stat().st_size < 100_000
    source = _open(file)
    assert [entry.path for entry in source.entries()] == ["small.bmp"]
    (refused,) = source.refused()
    assert refused.reason is Quarantine.TOO_LARGE
    assert "60,000,000" in refused.detail
    with pytest.raises(FileNotFoundError):
        source.open(SourceEntry(path="bomb.bmp"))


def test_a_bomb_that_lies_of_its_size_unpacks_no_more_than_it_says(tmp_path: Path) -> None:
    file = _zip(tmp_path / "x.zip", {"bomb.bmp": b"\0" * 10_000_000})
    data = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 1000)
    file.write_bytes(data)
    source = _open(file)
    found = read(source, next(source.entries()))
    assert not isinstance(found, bytes)
    assert found.reason is Quarantine.BROKEN


def test_a_damaged_file_in_an_archive_is_set_aside_alone(tmp_path: Path) -> None:
    file = _zip(tmp_path / "x.zip", {"a.jpg": b"A" * 500, "b.jpg": b"B" * 500}, zipfile.ZIP_STORED)
    file.write_bytes(file.read_bytes().replace(b"A" * 500, b"A" * 499 + b"!"))
    source = _open(file)
    damaged, whole = (read(source, entry) for entry in source.entries())
    assert not isinstance(damaged, bytes)
    assert damaged.reason is Quarantine.BROKEN
    assert whole == b"B" * 500


def test_an_encrypted_file_says_so(tmp_path: Path) -> None:
    file = _zip(tmp_path / "x.zip", {"a.jpg": b"secret"})
    data = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    file.write_bytes(data)
    source = _open(file)
    assert list(source.entries()) == []
    assert "encrypted" in source.refused()[0].detail


def test_what_is_no_archive_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(SourceError, match=r"x\.zip"):
        _open(tmp_path / "x.zip")


def test_many_threads_read_one_archive(tmp_path: Path) -> None:
    content = {f"{i:03d}.jpg": bytes([i]) * 50_000 for i in range(100)}
    source = _open(_zip(tmp_path / "x.zip", content))
    entries = list(source.entries())
    with ThreadPoolExecutor(8) as pool:
        read_back = list(pool.map(lambda entry: read(source, entry), entries))
    assert read_back == list(content.values())
