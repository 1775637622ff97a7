"""Final labels from a real store and blob folder, into folders and zip files."""

import csv
import hashlib
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from PIL import Image as Picture

from models.annotation import Answer
from models.image import Image, SourceEntry
from models.label import Box, Boxes, ClassLabel, TaskType
from models.person import Role
from models.prelabel import ModelVersion, Prelabel
from models.project import ProjectSettings, label_classes
from models.record import now
from models.round import RoundKind
from tenfold.blobs.opening import open_blobs_at
from tenfold.errors import ConflictError, FormatError
from tenfold.formats import HOLDS, read
from tenfold.formats.export import ExportReport, export_project, export_stream
from tenfold.formats.export_rows import What
from tenfold.formats.split import PARTS, Split
from tenfold.settings import Settings
from tenfold.store import open_store
from tenfold.task_types import task_kind

Columns = dict[str, str] | None


def jpeg(shade: int, orientation: int = 1) -> bytes:
    picture = Picture.new("RGB", (60, 40), (shade, 0, 0))
    picture.paste((0, 255, 0), (0, 0, 20, 20))
    exif = Picture.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


class Place:
    """A store, a blob folder and a project with labels."""

    def __init__(self, folder: Path, task: TaskType = TaskType.CLASSIFICATION) -> None:
        self.store = open_store(f"sqlite:///{folder / 'labels.db'}", lease_seconds=60)
        self.blobs = open_blobs_at(str(folder / "blobs"), Settings(home=folder))
        self.project = self.store.projects.create(
            ProjectSettings(
                name="p", task=task, source="/nowhere", classes=label_classes(["cat", 'd"o,g'])
            )
        )
        cycle = self.store.cycles.ensure(self.project.id)
        self.claim = self.store.cycles.claim(cycle.id, "run")
        self.person = self.store.people.ensure("Änne", Role.LABELER)

    def add(
        self,
        path: str,
        data: bytes,
        orientation: int = 1,
        columns: Columns = None,
        more_paths: tuple[str, ...] = (),
    ) -> str:
        sha = hashlib.sha256(data).hexdigest()
        sides = (40, 60) if orientation > 4 else (60, 40)
        image = Image(
            sha256=sha,
            width=sides[0],
            height=sides[1],
            size=len(data),
            media_type="image/jpeg",
            orientation=orientation,
            blob=f"images/{sha}.jpg",
            columns=columns or {},
            paths=(path,),
        )
        entries = [
            SourceEntry(path=one, mark="m", columns=columns or {}) for one in (path, *more_paths)
        ]
        self.store.images.add(self.claim, [image], {sha: entries}, [])
        self.blobs.put(image.blob, data)
        return sha

    def add_many(self, numbers: range) -> list[str]:
        shas = [hashlib.sha256(b"%d" % i).hexdigest() for i in numbers]
        images = [
            Image(
                sha256=sha, width=9, height=9, size=9, media_type="image/jpeg", blob=f"images/{sha}"
            )
            for sha in shas
        ]
        entries = {sha: [SourceEntry(path=f"{sha}.jpg")] for sha in shas}
        self.store.images.add(self.claim, images, entries, [])
        return shas

    def say(self, sha: str, value: Any) -> None:
        self.store.labeling.correct(self.person.id, self.project.id, sha, value)

    def export(self, name: str, to: Path, progress: Any = None, **options: Any) -> ExportReport:
        what = What(**options)
        return export_project(self.store, self.blobs, self.project, name, to, what, progress)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.store.close()


@pytest.fixture
def shaped(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path, TaskType.BOXES)
    sha = place.add("sub/side ways.jpg", jpeg(9, orientation=6), orientation=6)
    place.say(sha, Boxes(boxes=(Box(label="cat", xmin=20, ymin=0, xmax=40, ymax=20),)))
    other = place.add("b.jpg", jpeg(99))
    place.say(other, Boxes())
    place.add("unlabeled.jpg", jpeg(120))
    yield place
    place.store.close()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_label_says_whose_word_it_is(place: Place, tmp_path: Path) -> None:
    by_hand = place.add("a.jpg", jpeg(1), columns={"site": "Ulm"}, more_paths=("copy/a.jpg",))
    imported = place.add("b.jpg", jpeg(60))
    place.add("c.jpg", jpeg(150))
    place.say(by_hand, ClassLabel(label='d"o,g'))
    place.store.imports.from_source(place.claim, [(imported, ClassLabel(label="cat"))])

    seen = []
    report = place.export("csv", tmp_path / "out", progress=lambda *at: seen.append(at))

    rows = {row["path"]: row for row in rows_of(tmp_path / "out" / "labels.csv")}
    assert set(rows) == {"a.jpg", "b.jpg"}
    a = rows["a.jpg"]
    assert (a["label"], a["annotator"], a["site"]) == ('d"o,g', "Änne", "Ulm")
    assert a["sha256"] == by_hand
    assert a["url"].endswith(f"{by_hand}.jpg")
    assert json.loads(a["source_paths"]) == ["a.jpg", "copy/a.jpg"]
    assert (rows["b.jpg"]["by"], rows["b.jpg"]["annotator"]) == ("imported", "")
    assert (report.labels, report.unlabeled, report.sideways) == (2, 1, 0)
    assert sum(report.by.values()) == 2
    assert seen[-1][1] == 3
    assert {row.path: row.value for row in read(tmp_path / "out" / "labels.csv")} == {
        "a.jpg": ClassLabel(label='d"o,g'),
        "b.jpg": ClassLabel(label="cat"),
    }


def test_a_reviewed_label_carries_model_version_and_confidence(
    place: Place, tmp_path: Path
) -> None:
    shas = [place.add(f"{i}.jpg", jpeg(40 * i)) for i in range(4)]
    model = ModelVersion(
        id="m1",
        project_id=place.project.id,
        cycle_id=place.claim.cycle_id,
        number=1,
        task=TaskType.CLASSIFICATION,
        classes=place.project.class_names,
        snapshot_id="s",
        trained_on=1,
        blob="m",
        created_at=now(),
    )
    place.store.models.add(place.claim, model)
    proposed = [
        Prelabel(sha256=sha, value=ClassLabel(label="cat"), confidence=0.5 + i / 10)
        for i, sha in enumerate(shas)
    ]
    place.say(shas[0], ClassLabel(label="cat"))
    place.store.models.add_prelabels(place.claim, "m1", proposed)
    place.store.rounds.open(
        place.claim, RoundKind.REVIEW, shas[1:3], key="r", model_version="m1", needs_approval=False
    )
    for item in place.store.labeling.lease(place.project.id, place.person.id, count=2):
        answer = Answer(
            key=f"key-{item.sha256[:10]}", round_id=item.round_id, sha256=item.sha256,
            value=item.prelabel,
        )  # fmt: skip
        place.store.labeling.submit(place.person.id, answer)

    place.export("jsonl", tmp_path / "out")

    lines = [json.loads(x) for x in (tmp_path / "out" / "labels.jsonl").read_text().splitlines()]
    found = {line["sha256"]: (line["by"], line.get("confidence")) for line in lines}
    assert found[shas[1]] == ("reviewed", 0.6)
    assert found[shas[2]] == ("reviewed", 0.7)
    assert found[shas[0]][1] is None
    assert all(line["annotator"] == "Änne" for line in lines)
    human = place.export("csv", tmp_path / "human", include="human")
    assert human.labels == 3


@pytest.mark.parametrize(
    ("task", "name", "able"),
    [
        (TaskType.CLASSIFICATION, "yolo", "These can: coco, csv, jsonl."),
        (TaskType.CLASSIFICATION, "xls", "no format 'xls'"),
        (TaskType.POLYGONS, "csv", "These can: coco, yolo, jsonl."),
    ],
)
def test_a_format_that_cannot_hold_the_labels_is_refused_before_anything_is_written(
    tmp_path: Path, task: TaskType, name: str, able: str
) -> None:
    place = Place(tmp_path, task)
    with pytest.raises(FormatError, match=able):
        place.export(name, tmp_path / "out")
    with pytest.raises(FormatError, match=able):
        export_stream(place.store, place.blobs, place.project, name)
    assert not (tmp_path / "out").exists()
    place.store.close()


@pytest.mark.parametrize("task", list(TaskType))
def test_task_types_offer_just_the_formats_that_hold_their_labels(task: TaskType) -> None:
    assert set(task_kind(task).formats) == {name for name, tasks in HOLDS.items() if task in tasks}


def test_images_that_exif_turns_are_mentioned_unless_copied_upright(
    shaped: Place, tmp_path: Path
) -> None:
    assert "upright copies" in shaped.export("coco", tmp_path / "a").note
    report = shaped.export("coco", tmp_path / "b", upright_copies=True)
    assert (report.sideways, report.note) == (1, "")


@pytest.mark.parametrize("name", ["coco", "csv", "jsonl", "voc", "yolo"])
def test_upright_copies_are_where_the_labels_say_and_fit_the_boxes(
    shaped: Place, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    shaped.export(name, out, upright_copies=True)
    path = {"coco": out / "labels.json", "csv": out / "labels.csv"}.get(name, out)
    rows = {row.path.rsplit("/", 1)[-1]: row for row in read(path, name)}
    row = rows["side ways.jpg"]
    with Picture.open(out / row.path) as picture:
        assert picture.size == (row.width, row.height) == (40, 60)
        assert picture.getexif().get(0x0112, 1) == 1
        (box,) = row.value.boxes
        x, y = (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2
        assert picture.getpixel((int(x), int(y)))[1] > 200, "the green corner is in the box"
    assert rows["b.jpg"].value == Boxes()
    assert (out / rows["b.jpg"].path).read_bytes() == jpeg(99)


def test_the_zip_file_holds_the_same_bytes_and_is_the_same_each_time(
    shaped: Place, tmp_path: Path
) -> None:
    for name in ("coco", "csv", "jsonl", "voc", "yolo"):
        out = tmp_path / name
        shaped.export(name, out, upright_copies=True)

        def stream(name: str = name) -> Iterator[bytes]:
            return export_stream(
                shaped.store, shaped.blobs, shaped.project, name, What(upright_copies=True)
            )

        packed = b"".join(stream())
        assert packed == b"".join(stream())
        with ZipFile(io.BytesIO(packed)) as archive:
            assert archive.testzip() is None
            inside = {entry: archive.read(entry) for entry in archive.namelist()}
        inside.pop("README.txt")
        files = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if p.is_file()}
        assert inside == {entry: path.read_bytes() for entry, path in files.items()}


def test_the_first_bytes_of_a_zip_file_come_before_any_label_is_read(
    shaped: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> Iterator[None]:
        raise AssertionError("labels were read")
        yield

    monkeypatch.setattr(shaped.store.snapshots, "final_labels", fail)
    stream = export_stream(shaped.store, shaped.blobs, shaped.project, "voc")
    assert next(stream).startswith(b"PK")


def test_many_files_are_not_mixed_with_those_of_an_older_export(
    shaped: Place, tmp_path: Path
) -> None:
    for name in ("voc", "yolo"):
        shaped.export(name, tmp_path / name)
        with pytest.raises(ConflictError, match="is there already"):
            shaped.export(name, tmp_path / name)
    shaped.export("csv", tmp_path / "c")
    shaped.export("csv", tmp_path / "c")


@pytest.mark.parametrize(("name", "file"), [("csv", "labels.csv"), ("coco", "labels.json")])
def test_a_failed_export_leaves_no_half_file_and_keeps_the_older_one(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, file: str
) -> None:
    place.say(place.add("a.jpg", jpeg(1)), ClassLabel(label="cat"))
    place.export(name, tmp_path / "out")
    before = (tmp_path / "out" / file).read_bytes()

    def fail(_name: str) -> str:
        raise OSError("gone")

    monkeypatch.setattr(place.blobs, "url", fail)
    with pytest.raises(OSError, match="gone"):
        place.export(name, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == [file]
    assert (tmp_path / "out" / file).read_bytes() == before


def peak_of_an_export(place: Place) -> int:
    """Return the most bytes that were held meanwhile: the least of three times.

    What other threads of the process do, such as a server that ends, is counted, too.
    """
    peaks = []
    for _ in range(3):
        tracemalloc.start()
        for _part in export_stream(place.store, place.blobs, place.project, "coco"):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return min(peaks)


def test_memory_does_not_grow_with_the_images(tmp_path: Path) -> None:
    place = Place(tmp_path)
    peaks = []
    for numbers in (range(2200), range(2200, 6600)):
        shas = place.add_many(numbers)
        labels = [(sha, ClassLabel(label="cat")) for sha in shas]
        place.store.imports.from_source(place.claim, labels)
        peaks.append(peak_of_an_export(place))
    place.store.close()
    assert peaks[1] < peaks[0] * 1.5, peaks


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def paths_in(file: Path) -> set[str]:
    return {row["path"] for row in table(file)}


def filled(place: Place, count: int = 60) -> list[str]:
    shas = [
        place.add(f"{i}.jpg", jpeg(4 * i), columns={"patient": f"p{i // 6}"}) for i in range(count)
    ]
    for sha in shas:
        place.say(sha, ClassLabel(label="cat"))
    return shas


def test_a_split_export_holds_every_image_once_and_each_patient_in_one_part(
    place: Place, tmp_path: Path
) -> None:
    filled(place)
    split = Split((0.5, 0.25, 0.25), "patient")
    report = place.export("csv", tmp_path / "out", split=split)
    parts = {part: paths_in(tmp_path / "out" / part / "labels.csv") for part in PARTS}
    assert {part: len(paths) for part, paths in parts.items()} == report.parts
    assert sorted(path for paths in parts.values() for path in paths) == sorted(
        f"{i}.jpg" for i in range(60)
    )
    patients = [{int(path.split(".")[0]) // 6 for path in paths} for paths in parts.values()]
    assert not patients[0] & patients[1]
    assert not patients[1] & patients[2]
    assert len(patients[0] | patients[1] | patients[2]) == 10


def test_near_duplicates_of_a_split_are_in_one_folder(place: Place, tmp_path: Path) -> None:
    shas = filled(place, 40)
    near = tuple((shas[i], shas[i + 1]) for i in range(0, 40, 2))
    place.export("csv", tmp_path / "out", split=Split((0.5, 0.5, 0.0), near=near))
    train = paths_in(tmp_path / "out" / "train" / "labels.csv")
    assert 0 < len(train) < 40
    assert not (tmp_path / "out" / "test").exists()
    for i in range(0, 40, 2):
        assert (f"{i}.jpg" in train) == (f"{i + 1}.jpg" in train)


def test_a_split_by_a_column_that_no_image_has_is_refused_at_once(place: Place) -> None:
    filled(place, 1)
    what = What(split=Split((0.5, 0.5, 0.0), "video"))
    with pytest.raises(FormatError, match="patient"):
        export_stream(place.store, place.blobs, place.project, "csv", what)


def test_a_split_of_yolo_is_one_data_set_for_training(shaped: Place, tmp_path: Path) -> None:
    split = Split((0.5, 0.5, 0.0))
    shaped.export("yolo", tmp_path / "out", split=split)
    data = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    assert data["train"] == "train/images.txt"
    assert data["val"] == "validation/images.txt"
    assert data["names"] == {0: "cat", 1: 'd"o,g'}
    listed = [(tmp_path / "out" / data[key]).read_text().split("\n") for key in ("train", "val")]
    assert len([line for lines in listed for line in lines if line]) == 2
    with pytest.raises(ConflictError):
        shaped.export("yolo", tmp_path / "out", split=split)


@pytest.mark.parametrize("name", ["csv", "jsonl", "coco"])
def test_without_provenance_nobody_is_named_and_the_labels_read_the_same(
    place: Place, tmp_path: Path, name: str
) -> None:
    filled(place, 4)
    place.export(name, tmp_path / "plain", provenance=False)
    place.export(name, tmp_path / "told")
    plain = next(p for p in (tmp_path / "plain").glob("labels.*"))
    assert "Änne" not in plain.read_text()
    assert "adjudicated" not in plain.read_text()

    def rows(folder: str) -> list[Any]:
        found = read(tmp_path / folder / plain.name, task=TaskType.CLASSIFICATION)
        return sorted((row.path, row.value, row.columns) for row in found)

    assert rows("plain") == rows("told")
    assert rows("plain")[0][2] == {"patient": "p0"}


def test_pre_labels_stand_apart_from_final_labels(place: Place, tmp_path: Path) -> None:
    shas = [place.add(f"{i}.jpg", jpeg(40 * i)) for i in range(4)]
    place.store.datasets.next_version(place.claim)
    model = ModelVersion(
        id="m1",
        project_id=place.project.id,
        cycle_id=place.claim.cycle_id,
        number=1,
        task=place.project.task,
        classes=place.project.class_names,
        snapshot_id="s",
        trained_on=1,
        blob="b",
        created_at=now(),
    )
    place.store.models.add(place.claim, model)
    dog = ClassLabel(label='d"o,g')
    place.store.models.add_prelabels(
        place.claim, "m1", [Prelabel(sha256=sha, value=dog, confidence=0.7) for sha in shas]
    )
    place.say(shas[0], ClassLabel(label="cat"))
    place.store.projects.update("p", finish="review")
    report = place.export("csv", tmp_path / "out", include="prelabels")
    rows = table(tmp_path / "out" / "labels.csv")
    assert [row["sha256"] for row in rows] == sorted(shas)
    by = {row["sha256"]: (row["by"], row["label"], row["model_version"]) for row in rows}
    assert by[shas[0]][:2] == ("reviewed", "cat")
    assert by[shas[1]] == ("pre-label", 'd"o,g', "m1")
    assert report.by["pre-label"] == 3
    place.store.rounds.open_audit(place.claim, "m1", 2, key="a", seed=1, pool=shas[1:])
    held = place.export("csv", tmp_path / "blind", include="prelabels")
    assert held.by.get("pre-label", 0) == 1, "what an open audit holds is not told"
