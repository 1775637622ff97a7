"""Containers, and manifests that name blobs, as sources; on a real Azurite."""

import json
import uuid
from pathlib import Path

import pytest

from models.image import Quarantine, SourceEntry
from models.label import ClassLabel
from tenfold.blobs import names, open_blobs
from tenfold.blobs.azure import AzureBlobStore
from tenfold.blobs.azure_opening import open_azure
from tenfold.blobs.azurite import Azurite
from tenfold.errors import SourceError
from tenfold.settings import Settings
from tenfold.sources import Source, open_source, read

pytestmark = pytest.mark.azurite


class Account:
    """A container with raw images, and settings that reach it."""

    def __init__(self, azurite: Azurite) -> None:
        self.url = azurite.account_url
        self.container = f"test-{uuid.uuid4().hex[:12]}"
        self._connection = azurite.connection_string
        self.raw: AzureBlobStore = open_azure(self.container, "", self.settings("/unused"))
        for name in ("raw/b.jpg", "raw/a/1.jpg", "rawest.jpg", "raw/a-0.jpg"):
            self.raw.put(name, name.encode())

    def settings(self, blobs: str, account_url: str = "") -> Settings:
        return Settings(
            blobs=blobs, blob_connection_string=self._connection, blob_account_url=account_url
        )

    def source(self, path: str = "", blobs: str = "/tmp") -> Source:
        return open_source(f"az://{self.container}{path}", self.settings(blobs))


@pytest.fixture
def account(azurite: Azurite) -> Account:
    return Account(azurite)


def _paths(source: Source) -> list[str]:
    return [entry.path for entry in source.entries()]


@pytest.mark.parametrize("prefix", ["/raw", "/raw/"])
def test_a_prefix_is_a_folder(account: Account, prefix: str) -> None:
    source = account.source(prefix)
    entries = list(source.entries())
    assert [entry.path for entry in entries] == ["a-0.jpg", "a/1.jpg", "b.jpg"]
    assert [entry.size for entry in entries] == [len("raw/") + len(e.path) for e in entries]
    assert read(source, entries[1]) == b"raw/a/1.jpg"


def test_a_mark_changes_with_the_blob_and_only_then(account: Account) -> None:
    before = {entry.path: entry.mark for entry in account.source("/raw").entries()}
    account.raw.put("raw/b.jpg", b"changed")
    after = {entry.path: entry.mark for entry in account.source("/raw").entries()}
    assert [path for path in after if after[path] != before[path]] == ["b.jpg"]


def test_markers_of_folders_and_junk_are_passed_over(account: Account) -> None:
    for name in ("raw/folder", "raw/a/.DS_Store", "raw/.hidden/x.jpg"):
        account.raw.put(name, b"" if name == "raw/folder" else b"x")
    account.raw.put("raw/empty.jpg", b"")
    source = account.source("/raw")
    assert _paths(source) == ["a-0.jpg", "a/1.jpg", "b.jpg", "empty.jpg"]
    assert source.refused() == []


def test_images_of_the_projects_own_container_stay_in_place(account: Account) -> None:
    blobs = f"az://{account.container}"
    source = account.source("/raw", blobs)
    in_place = source.in_place(next(source.entries()))
    assert in_place == "raw/a-0.jpg"
    assert open_blobs(account.settings(blobs)).get(in_place) == b"raw/a-0.jpg"


def test_in_place_works_from_within_and_from_beside_the_stores_prefix(account: Account) -> None:
    for prefix, expected in (("raw", "a-0.jpg"), ("tenfold", "/raw/a-0.jpg")):
        blobs = f"az://{account.container}/{prefix}"
        source = account.source("/raw", blobs)
        in_place = source.in_place(next(source.entries()))
        assert in_place == expected
        assert open_blobs(account.settings(blobs)).get(in_place) == b"raw/a-0.jpg"


def test_images_of_another_container_are_to_be_copied(account: Account) -> None:
    for blobs in ("/tmp", f"az://{account.container}-other"):
        source = account.source("/raw", blobs)
        assert source.in_place(next(source.entries())) is None


@pytest.mark.parametrize("prefix", ["", "/tenfold"])
def test_the_projects_own_blobs_are_no_source(account: Account, prefix: str) -> None:
    blobs = f"az://{account.container}{prefix}"
    own = open_blobs(account.settings(blobs))
    sha256 = "ab" + "0" * 62
    for name in (
        names.image(sha256, "image/jpeg"),
        names.view(sha256, "thumb"),
        f"{names.dataset('0123456789abcdef', 1)}/manifest.jsonl",
    ):
        own.put(name, b"x")
    account.raw.put("images/cats/1.jpg", b"a person's own folder")
    assert _paths(account.source("", blobs)) == [
        "images/cats/1.jpg", "raw/a-0.jpg", "raw/a/1.jpg", "raw/b.jpg", "rawest.jpg",
    ]  # fmt: skip


def test_a_blob_that_vanished_is_missing(account: Account) -> None:
    source = account.source("/raw")
    entry = next(source.entries())
    account.raw.delete("raw/a-0.jpg")
    found = read(source, entry)
    assert not isinstance(found, bytes)
    assert found.reason is Quarantine.MISSING


def test_a_container_that_is_not_there_gets_a_sentence(account: Account) -> None:
    source = open_source("az://no-such-container/x", account.settings("/tmp"))
    with pytest.raises(SourceError, match="no-such-container"):
        _paths(source)
    with pytest.raises(SourceError, match=r"labels\.csv"):
        open_source("az://no-such-container/labels.csv", account.settings("/tmp"))


def test_a_manifest_in_the_container_names_blobs_beside_it(account: Account) -> None:
    text = "path,label,camera\na/1.jpg,cat,north\nnone.jpg,cat,south\nhttps://a/x.jpg,cat,south\n"
    account.raw.put("raw/labels.csv", text.encode())
    source = account.source("/raw/labels.csv", f"az://{account.container}")
    (entry,) = source.entries()
    assert (entry.path, entry.columns) == ("raw/a/1.jpg", {"camera": "north"})
    assert read(source, entry) == b"raw/a/1.jpg"
    assert source.in_place(entry) == "raw/a/1.jpg"
    assert list(source.labels()) == [("raw/a/1.jpg", ClassLabel(label="cat"))]
    assert {refused.path: refused.reason for refused in source.refused()} == {
        "none.jpg": Quarantine.MISSING,
        "https://a/x.jpg": Quarantine.OUTSIDE,
    }


def test_azures_own_export_names_blobs_from_the_containers_root(account: Account) -> None:
    lines = [
        {"image_url": f"AmlDatastore://workspaceblobstore/raw/{name}", "label": "cat"}
        for name in ("b.jpg", "a/1.jpg")
    ]
    account.raw.put("export/annotations.jsonl", "\n".join(map(json.dumps, lines)).encode())
    source = account.source("/export/annotations.jsonl")
    assert _paths(source) == ["raw/b.jpg", "raw/a/1.jpg"]
    assert [path for path, _ in source.labels()] == ["raw/b.jpg", "raw/a/1.jpg"]


def test_a_manifest_on_this_machine_may_name_blobs(account: Account, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    rows = [
        f"az://{account.container}/raw/b.jpg",
        f"{account.url}/{account.container}/raw/a/1.jpg",
        f"az://{account.container}/raw/none.jpg",
        f"az://{account.container}/../x.jpg",
    ]
    file.write_text("path,label\n" + "".join(f"{row},cat\n" for row in rows))
    settings = account.settings(f"az://{account.container}", account.url)
    source = open_source(str(file), settings)
    entries = list(source.entries())
    assert [entry.path for entry in entries] == rows[:3]
    found = [read(source, entry) for entry in entries]
    assert found[:2] == [b"raw/b.jpg", b"raw/a/1.jpg"]
    assert not isinstance(found[2], bytes)
    assert found[2].reason is Quarantine.MISSING
    assert source.in_place(entries[0]) == "raw/b.jpg"
    assert source.in_place(SourceEntry(path=rows[1])) == "raw/a/1.jpg"
    assert [refused.reason for refused in source.refused()] == [Quarantine.OUTSIDE]
