"""Manifests and labeled data sets as sources."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.image import Quarantine, SourceEntry
from models.label import Box, Boxes, ClassLabel, LabelSet, TaskType
from tenfold.errors import SourceError
from tenfold.settings import Settings
from tenfold.sources import Source, open_source, read
from tenfold.sources.files import RemoteFiles

Encode = Callable[..., bytes]


@pytest.fixture
def folder(tmp_path: Path, corners: Image.Image, encode: Encode) -> Path:
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    for name in ("a", "b", "c"):
        (root / "images" / f"{name}.jpg").write_bytes(encode(corners))
    return root


def _open(path: Path, task: TaskType | None = None) -> Source:
    return open_source(str(path), Settings(), task)


def _write(folder: Path, name: str, text: str) -> Path:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def test_a_csv_names_images_labels_and_columns(folder: Path) -> None:
    text = "path,label,camera\nimages/b.jpg,cat,north\nimages/a.jpg,,south\n"
    source = _open(_write(folder, "labels.csv", text))
    entries = list(source.entries())
    assert [(e.path, e.columns) for e in entries] == [
        ("images/b.jpg", {"camera": "north"}),
        ("images/a.jpg", {"camera": "south"}),
    ]
    assert read(source, entries[0]) == (folder / "images/b.jpg").read_bytes()
    assert entries[0].mark
    assert list(source.labels()) == [("images/b.jpg", ClassLabel(label="cat"))]
    assert source.refused() == []


def test_the_projects_task_says_what_labels_are(folder: Path) -> None:
    file = _write(folder, "labels.csv", "path,label\nimages/a.jpg,cat\nimages/b.jpg,dog\n")
    assert [value for _, value in _open(file, TaskType.MULTILABEL).labels()] == [
        LabelSet(labels=("cat",)),
        LabelSet(labels=("dog",)),
    ]


def test_rows_without_a_file_are_missing_and_rows_that_lead_out_are_outside(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "private.jpg").write_bytes(b"x")
    (folder / "images" / "link.jpg").symlink_to(tmp_path / "private.jpg")
    rows = ["images/a.jpg", "images/none.jpg", "../private.jpg", "/etc/passwd", "images/link.jpg",
            "https://example.com/x.jpg"]  # fmt: skip
    text = "path,label\n" + "".join(f"{row},cat\n" for row in rows)
    source = _open(_write(folder, "labels.csv", text))
    assert [entry.path for entry in source.entries()] == ["images/a.jpg"]
    assert {refused.path: refused.reason for refused in source.refused()} == {
        "images/none.jpg": Quarantine.MISSING,
        "../private.jpg": Quarantine.OUTSIDE,
        "/etc/passwd": Quarantine.OUTSIDE,
        "images/link.jpg": Quarantine.MISSING,
        "https://example.com/x.jpg": Quarantine.MISSING,
    }
    assert [path for path, _ in source.labels()] == ["images/a.jpg"]


def test_a_bad_row_is_set_aside_with_its_line_and_the_image_is_kept(folder: Path) -> None:
    text = (
        "path,label,xmin,ymin,xmax,ymax\n"
        "images/a.jpg,cat,1,2,30,40\n"
        "images/b.jpg,cat,9,9,1,1\n"
        "images/c.jpg,cat,one,2,3,4\n"
    )
    source = _open(_write(folder, "boxes.csv", text), TaskType.BOXES)
    assert [e.path for e in source.entries()] == ["images/a.jpg", "images/b.jpg", "images/c.jpg"]
    bad = source.refused()
    assert [refused.reason for refused in bad] == [Quarantine.BAD_ROW] * 2
    assert [refused.path for refused in bad] == [
        "boxes.csv: images/b.jpg",
        "boxes.csv: images/c.jpg",
    ]
    assert "boxes.csv:3" in bad[0].detail
    assert "boxes.csv:4" in bad[1].detail
    box = Box(label="cat", xmin=1, ymin=2, xmax=30, ymax=40)
    assert list(source.labels()) == [("images/a.jpg", Boxes(boxes=(box,)))]


def test_a_manifest_that_is_none_gets_a_sentence_with_the_file(folder: Path) -> None:
    for name, text in (("x.csv", "a,b\n1,2\n"), ("x.jsonl", "{nonsense\n"), ("x.json", "[1, 2")):
        with pytest.raises(SourceError, match=name):
            list(_open(_write(folder, name, text)).entries())


def test_a_coco_file_finds_its_images_in_a_folder_beside_it(folder: Path) -> None:
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 96, "height": 64}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 30, 40]}],
        "categories": [{"id": 7, "name": "cat"}],
    }
    source = _open(_write(folder, "coco.json", json.dumps(coco)))
    assert [entry.path for entry in source.entries()] == ["images/a.jpg"]
    box = Box(label="cat", xmin=1, ymin=2, xmax=31, ymax=42)
    assert list(source.labels()) == [("images/a.jpg", Boxes(boxes=(box,)))]


def test_azures_json_lines_find_their_images_and_relative_boxes_their_size(
    folder: Path, corners: Image.Image, encode: Encode
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (folder / "images" / "a.jpg").write_bytes(encode(corners, exif=exif))
    line = {
        "image_url": "AmlDatastore://workspaceblobstore/photos/2024/images/a.jpg",
        "label": [{"label": "cat", "topX": 0, "topY": 0, "bottomX": 0.5, "bottomY": 0.5}],
    }
    source = _open(_write(folder, "annotations.jsonl", json.dumps(line)))
    assert [entry.path for entry in source.entries()] == ["images/a.jpg"]
    ((_, value),) = source.labels()
    assert value == Boxes(boxes=(Box(label="cat", xmin=0, ymin=0, xmax=32, ymax=48),))


_XML = (
    "<annotation><filename>{name}</filename><object><name>cat</name><bndbox><xmin>2</xmin>"
    "<ymin>3</ymin><xmax>{xmax}</xmax><ymax>40</ymax></bndbox></object></annotation>"
)


def test_a_voc_folder_gives_its_labeled_and_its_unlabeled_images(folder: Path) -> None:
    (folder / "images").rename(folder / "JPEGImages")
    _write(folder, "Annotations/a.xml", _XML.format(name="a.jpg", xmax=30))
    _write(folder, "Annotations/b.xml", _XML.format(name="b.jpg", xmax=1))
    _write(folder, "Annotations/z.xml", _XML.format(name="z.jpg", xmax=30))
    source = _open(folder)
    assert [e.path for e in source.entries()] == [f"JPEGImages/{name}.jpg" for name in "abc"]
    assert {refused.path: refused.reason for refused in source.refused()} == {
        "label of JPEGImages/b.jpg": Quarantine.BAD_ROW,
        "z.jpg": Quarantine.MISSING,
    }
    box = Box(label="cat", xmin=1, ymin=2, xmax=30, ymax=40)
    assert list(source.labels()) == [("JPEGImages/a.jpg", Boxes(boxes=(box,)))]


def test_a_yolo_folder_gives_its_labeled_and_its_unlabeled_images(folder: Path) -> None:
    _write(folder, "data.yaml", "names: [cat, dog]\n")
    _write(folder, "labels/a.txt", "1 0.5 0.5 0.5 0.5\n")
    source = _open(folder)
    assert [e.path for e in source.entries()] == [f"images/{name}.jpg" for name in "abc"]
    box = Box(label="dog", xmin=24, ymin=16, xmax=72, ymax=48)
    assert list(source.labels()) == [("images/a.jpg", Boxes(boxes=(box,)))]
    assert source.refused() == []


def test_a_folder_with_some_other_xml_is_a_folder_of_images(folder: Path) -> None:
    _write(folder, "camera.xml", "<settings/>")
    source = _open(folder)
    assert [e.path for e in source.entries()][1:] == [f"images/{name}.jpg" for name in "abc"]


class Opened:
    """Notes which blobs of which containers are opened."""

    def __init__(self) -> None:
        self.blobs: list[tuple[str, str]] = []

    def __call__(self, container: str) -> Any:
        note = self.blobs

        class Store:
            def open(self, name: str) -> io.BytesIO:
                note.append((container, name))
                return io.BytesIO()

        return Store()


ACCOUNT = "https://labels.blob.core.windows.net"


@pytest.mark.parametrize("account", [ACCOUNT, f"{ACCOUNT}/", f"{ACCOUNT}?sv=1&sig=2"])
@pytest.mark.parametrize(
    "address",
    [
        "az://zoo/a b.jpg",
        f"{ACCOUNT}/zoo/a b.jpg",
        f"{ACCOUNT}/zoo/a%20b.jpg?sv=1&sig=3",
        "https://labels.privatelink.blob.core.windows.net/zoo/a%20b.jpg",
        "https://labels.z12.blob.storage.azure.net/zoo/a%20b.jpg",
        "https://labels-secondary.blob.core.windows.net/zoo/a%20b.jpg",
        "https://labels.dfs.core.windows.net/zoo/a%20b.jpg",
    ],
)
def test_a_blob_is_known_by_each_address_of_its_account(account: str, address: str) -> None:
    opened = Opened()
    files = RemoteFiles(account, opened)
    assert files.leads_to(address)
    assert isinstance(files.find(address), SourceEntry)
    files.open(address)
    assert opened.blobs == [("zoo", "a b.jpg")]


@pytest.mark.parametrize(
    "address",
    [
        "https://others.blob.core.windows.net/zoo/a.jpg",
        "https://labels.example.org/zoo/a.jpg",
        "zoo/a.jpg",
        "s3://labels/a.jpg",
    ],
)
@pytest.mark.parametrize("account", [ACCOUNT, ""])
def test_other_addresses_lead_to_no_blob(account: str, address: str) -> None:
    assert not RemoteFiles(account, Opened()).leads_to(address)


def test_each_annotation_that_isnt_understood_is_listed_though_the_file_is_one_line(
    folder: Path,
) -> None:
    flat = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 0, 0]}
    coco = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}],
        "annotations": [{"id": 7, **flat}, {"id": 8, **flat}, {"id": 9, **flat, "image_id": 2}],
        "categories": [{"id": 1, "name": "can"}],
    }
    (folder / "labels.json").write_text(json.dumps(coco))
    source = _open(folder / "labels.json")
    list(source.entries())
    assert [refused.path for refused in source.refused()] == [
        f"labels.json:1: annotation {number}" for number in (7, 8, 9)
    ]
