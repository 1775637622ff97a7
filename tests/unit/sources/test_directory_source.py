"""A directory as a source."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from models.image import Quarantine, SourceEntry
from tenfold.errors import SourceError
from tenfold.settings import Settings
from tenfold.sources import Source, open_source, read

Encode = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, corners: Image.Image, encode: Encode) -> Path:
    """Five images in nested folders, and what operating systems leave behind."""
    root = tmp_path / "photos"
    for path in ("b.jpg", "a/2.jpg", "a/1.jpg", "a-b/1.jpg", "a/deep/er/3.jpg"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(encode(corners))
    for junk in (".DS_Store", "a/Thumbs.db", ".git/config", "__MACOSX/a/._1.jpg"):
        (root / junk).parent.mkdir(parents=True, exist_ok=True)
        (root / junk).write_bytes(b"junk")
    return root


def _open(path: Path) -> Source:
    return open_source(str(path), Settings())


def _paths(source: Source) -> list[str]:
    return [entry.path for entry in source.entries()]


def test_files_come_in_the_order_of_their_paths(folder: Path) -> None:
    expected = ["a-b/1.jpg", "a/1.jpg", "a/2.jpg", "a/deep/er/3.jpg", "b.jpg"]
    source = _open(folder)
    assert _paths(source) == expected == sorted(expected)
    assert source.refused() == []


def test_bytes_are_those_of_the_file(folder: Path) -> None:
    source = _open(folder)
    for entry in source.entries():
        data = read(source, entry)
        assert data == (folder / entry.path).read_bytes()
        assert entry.size == len(data)


def test_a_mark_changes_when_the_file_does(folder: Path) -> None:
    before = {entry.path: entry.mark for entry in _open(folder).entries()}
    assert {entry.path: entry.mark for entry in _open(folder).entries()} == before
    os.utime(folder / "b.jpg", (1, 1))
    after = {entry.path: entry.mark for entry in _open(folder).entries()}
    assert [path for path in after if after[path] != before[path]] == ["b.jpg"]


def test_a_link_that_leaves_the_source_is_set_aside(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    (folder / "a" / "link.jpg").symlink_to(secret)
    (folder / "out").symlink_to(tmp_path, target_is_directory=True)
    source = _open(folder)
    assert "a/link.jpg" not in _paths(source)
    refused = {refused.path: refused.reason for refused in source.refused()}
    assert refused == {"a/link.jpg": Quarantine.OUTSIDE, "out": Quarantine.OUTSIDE}
    for path in ("a/link.jpg", "out/secret.jpg", "../secret.jpg", str(secret)):
        with pytest.raises(FileNotFoundError):
            source.open(SourceEntry(path=path))


def test_a_folder_beside_with_a_longer_name_is_outside(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "photos-private").mkdir()
    (tmp_path / "photos-private" / "x.jpg").write_bytes(b"x")
    (folder / "link.jpg").symlink_to(tmp_path / "photos-private" / "x.jpg")
    source = _open(folder)
    assert "link.jpg" not in _paths(source)
    assert source.refused()[0].reason is Quarantine.OUTSIDE


def test_links_inside_are_followed_and_circles_do_no_harm(folder: Path) -> None:
    (folder / "c.jpg").symlink_to("b.jpg")
    (folder / "a" / "round").symlink_to(folder, target_is_directory=True)
    source = _open(folder)
    assert _paths(source)[-1] == "c.jpg"
    assert len(_paths(source)) == 6
    assert read(source, SourceEntry(path="c.jpg")) == (folder / "b.jpg").read_bytes()


def test_a_link_to_nowhere_is_missing(folder: Path) -> None:
    (folder / "gone.jpg").symlink_to("never-there.jpg")
    source = _open(folder)
    assert "gone.jpg" not in _paths(source)
    assert source.refused()[0].reason is Quarantine.MISSING


def test_the_source_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert len(_paths(_open(link))) == 5


def test_what_is_no_regular_file_is_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    source = _open(folder)
    assert "pipe.jpg" not in _paths(source)
    assert source.refused()[0].path == "pipe.jpg"
    with pytest.raises(FileNotFoundError):
        source.open(SourceEntry(path="pipe.jpg"))


def test_a_name_that_is_no_text_is_set_aside(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    source = _open(folder)
    assert len(_paths(source)) == 5
    (refused,) = source.refused()
    assert refused.path == r"caf\xe9.jpg"
    assert "UTF-8" in refused.detail


def test_refused_is_of_the_last_listing_only(folder: Path) -> None:
    (folder / "gone.jpg").symlink_to("never-there.jpg")
    source = _open(folder)
    _paths(source)
    _paths(source)
    assert len(source.refused()) == 1


def test_a_file_that_vanished_is_missing(folder: Path) -> None:
    source = _open(folder)
    entry = next(source.entries())
    (folder / entry.path).unlink()
    found = read(source, entry)
    assert not isinstance(found, bytes)
    assert found.reason is Quarantine.MISSING


def test_a_file_that_cant_be_read_is_set_aside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    found = read(_open(folder), SourceEntry(path="b.jpg"))
    assert not isinstance(found, bytes)
    assert found.reason is Quarantine.BROKEN
    assert "Permission denied" in found.detail


def test_a_file_of_too_many_bytes_is_set_aside_unread(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "huge.tif").open("wb") as file:
        file.truncate(600 * 1024 * 1024)
    source = _open(folder)
    assert "huge.tif" not in _paths(source)
    assert source.refused()[0].reason is Quarantine.TOO_LARGE


@pytest.mark.parametrize("uri", ["/no/such/folder", "no-such.csv", "s3://bucket/x", "http://a/b"])
def test_a_source_that_is_not_there_gets_a_sentence(uri: str) -> None:
    with pytest.raises(SourceError, match=r"\.$"):
        open_source(uri, Settings())


def test_a_file_of_no_known_kind_gets_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "holiday.mp4"
    file.write_bytes(b"\0\0\0\x18ftypisom")
    with pytest.raises(SourceError, match="neither a directory"):
        open_source(str(file), Settings())


def test_a_folder_that_cant_be_read_gets_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _open(folder)

    def denied(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(SourceError, match="photos can't be read: Permission denied"):
        _paths(source)


def test_listing_holds_one_folder_at_a_time(tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / f"{i:02d}").mkdir()
        (tmp_path / f"{i:02d}" / "x.jpg").write_bytes(b"x")
    entries = _open(tmp_path).entries()
    assert next(entries).path == "00/x.jpg"
    (tmp_path / "19" / "later.jpg").write_bytes(b"x")
    assert [entry.path for entry in entries][-2:] == ["19/later.jpg", "19/x.jpg"]
