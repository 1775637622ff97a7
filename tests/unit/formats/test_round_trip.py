"""What is written is read again, for every format and task, and other programs read the same."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from models.annotation import FinalKind
from models.dataset import DatasetRow
from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from models.project import FinishMode, ProjectSettings, label_classes
from tenfold.formats import HOLDS, ExportRow, detect, read, write
from tenfold.formats.labeling_job import read_labeling_job
from tenfold.formats.labeling_job_writer import write_labeling_job
from tenfold.formats.reading import READ_AS
from tenfold.formats.writing import SINGLE_FILES

Shape = Box | Polygon
Value = ClassLabel | LabelSet | Boxes | Polygons

CAN_HOLD = [(name, task) for name, tasks in HOLDS.items() for task in sorted(tasks)]
KEEPS_MARKS = {"csv", "jsonl", "coco", "azure-coco", "voc"}
FILES = {name: file for name, (file, _) in SINGLE_FILES.items() if name != "jsonl"}
"""Formats of one file; JSON lines have an MLTable beside them and are read as a folder."""
SAY_THEIR_TASK = {"coco", "azure-coco", "jsonl", "ground-truth", "label-studio", "predictions"}

ODD_NAMES = [
    "cat", "a,b", 'say "cheese"', "it's", "Käse", "猫", "🙂", "007", "0", "1e3", "true", "null",
    "with space", " leading", "trailing ", "a;b", "a\tb", "<b>&amp;</b>", "- dash", "# hash",
    "{x}", "a: b", "Animal/Cat", "=1+1", "~", "'", '"', "path", "label",
]  # fmt: skip
SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="￾￿"),
    min_size=1,
    max_size=12,
)
class_name = st.one_of(st.sampled_from(ODD_NAMES), text)
path_part = st.one_of(
    st.sampled_from(["a", "b c", "Übung", "x,y", 'q"q', "007", "a.b", "images", "labels"]),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8),
)
image_path = st.builds(
    lambda parts, suffix: "/".join(parts) + suffix,
    st.lists(path_part, min_size=1, max_size=3),
    st.sampled_from([".jpg", ".JPG", ".png", ".tar.jpeg"]),
)
columns = st.dictionaries(
    st.one_of(
        st.sampled_from(["by", "label", "column_x", "Image URL", "sha256", "task", "image_file"]),
        text.filter(lambda name: name == name.strip()),
    ),
    text,
    max_size=3,
)


@st.composite
def boxes(draw: DrawFn, labels: list[str], width: int, height: int) -> Box:
    sides = [
        sorted(draw(st.lists(st.floats(0, side), min_size=2, max_size=2, unique=True)))
        for side in (width, height)
    ]
    (xmin, xmax), (ymin, ymax) = sides
    if xmax - xmin < 1e-3 or ymax - ymin < 1e-3:
        xmin, ymin, xmax, ymax = 0, 0, width, height
    return Box(
        label=draw(st.sampled_from(labels)),
        xmin=xmin,
        ymin=ymin,
        xmax=xmax,
        ymax=ymax,
        difficult=draw(st.booleans()),
        crowd=draw(st.booleans()),
        score=draw(st.none() | st.floats(0, 1)),
    )


@st.composite
def polygons(draw: DrawFn, labels: list[str], width: int, height: int) -> Polygon:
    point = st.tuples(st.floats(0, width), st.floats(0, height))
    return Polygon(
        label=draw(st.sampled_from(labels)),
        points=tuple(draw(st.lists(point, min_size=3, max_size=7))),
        difficult=draw(st.booleans()),
        crowd=draw(st.booleans()),
    )


@st.composite
def values(draw: DrawFn, task: TaskType, labels: list[str], width: int, height: int) -> Value:
    match task:
        case TaskType.CLASSIFICATION:
            return ClassLabel(label=draw(st.sampled_from(labels)))
        case TaskType.MULTILABEL:
            return LabelSet(labels=tuple(draw(st.lists(st.sampled_from(labels), max_size=3))))
        case TaskType.BOXES:
            return Boxes(boxes=tuple(draw(st.lists(boxes(labels, width, height), max_size=4))))
    shapes = st.lists(polygons(labels, width, height), max_size=3)
    return Polygons(polygons=tuple(draw(shapes)))


@st.composite
def exports(draw: DrawFn, task: TaskType) -> tuple[list[str], list[ExportRow]]:
    labels = draw(st.lists(class_name, min_size=2, max_size=6, unique=True))
    paths = draw(st.lists(image_path, max_size=5, unique=True))
    rows = []
    for i, path in enumerate(paths):
        width, height = draw(st.integers(1, 5000)), draw(st.integers(1, 5000))
        image = DatasetRow(
            sha256=f"{i:064x}",
            image_url=f"https://blobs.example/images/{i}",
            blob=f"images/{i}",
            width=width,
            height=height,
            size=1,
            media_type="image/jpeg",
            paths=(path,),
            columns=draw(columns),
        )
        rows.append(
            ExportRow(
                image=image,
                value=draw(values(task, labels, width, height)),
                by=draw(st.sampled_from(FinalKind)),
                annotator=draw(st.none() | text),
                confidence=draw(st.none() | st.floats(0, 1)),
            )
        )
    return labels, rows


def numbers(shape: Shape) -> list[float]:
    if isinstance(shape, Box):
        return [shape.xmin, shape.ymin, shape.xmax, shape.ymax]
    return [part for point in shape.points for part in point]


def same(read_value: Any, written: Any, *, marks: bool) -> bool:
    """Whether two values are the same, shapes to a part in 1e9 of the numbers' size."""
    if isinstance(written, ClassLabel | LabelSet):
        return read_value == written
    name = "boxes" if isinstance(written, Boxes) else "polygons"
    found, wanted = getattr(read_value, name), getattr(written, name)
    if len(found) != len(wanted):
        return False
    for one, other in zip(found, wanted, strict=True):
        close = all(
            math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-8)
            for a, b in zip(numbers(one), numbers(other), strict=True)
        )
        fields = ("label", "difficult", "crowd", "score") if marks else ("label",)
        if not close or any(getattr(one, f) != getattr(other, f) for f in fields):
            return False
    return True


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """A new folder each time it is called: hypothesis runs many examples in one test."""
    count = iter(range(10**6))
    return lambda: tmp_path / str(next(count))


@pytest.mark.parametrize(("name", "task"), CAN_HOLD)
def test_labels_come_back_as_they_were_written(
    name: str, task: TaskType, fresh: Callable[[], Path]
) -> None:
    @SETTINGS
    @given(exports(task))
    def check(export: tuple[list[str], list[ExportRow]]) -> None:
        labels, rows = export
        folder = fresh()
        write(name, rows, labels, folder, task)
        path = folder / FILES.get(name, "")
        assert detect(path) == READ_AS.get(name, name) or not rows
        found = {row.path: row for row in read(path, READ_AS.get(name, name), task=task)}
        assert set(found) == {row.name for row in rows}
        for row in rows:
            again = found[row.name]
            assert same(again.value, row.value, marks=name in KEEPS_MARKS), (again.value, row.value)
            assert (again.width, again.height) == (row.image.width, row.image.height)
            assert again.columns == row.image.columns

    check()


@SETTINGS
@given(
    st.sampled_from(TaskType),
    st.lists(class_name, min_size=2, max_size=6, unique=True),
    st.text(st.characters(codec="utf-8")),
    st.booleans(),
)
def test_a_labeling_job_says_again_what_the_project_was(
    tmp_path: Path, task: TaskType, names: list[str], instructions: str, assisted: bool
) -> None:
    project = ProjectSettings(
        name="p",
        task=task,
        source="az://data/set",
        classes=label_classes(names),
        instructions=instructions,
        finish=FinishMode.REVIEW if assisted else FinishMode.MANUAL,
    )
    file = write_labeling_job(project, tmp_path / "job.json")
    assert detect(file) == "labeling-job"
    job = read_labeling_job(file)
    assert (job.name, job.task, job.classes) == ("p", task, tuple(names))
    assert (job.instructions, job.assisted) == (instructions, assisted)
    assert (job.dataset, job.refreshes) == ("az://data/set", True)


@pytest.mark.parametrize(("name", "task"), CAN_HOLD)
def test_without_a_task_the_file_itself_says_what_it_holds(
    name: str, task: TaskType, fresh: Callable[[], Path]
) -> None:
    @SETTINGS
    @given(exports(task))
    def check(export: tuple[list[str], list[ExportRow]]) -> None:
        labels, rows = export
        folder = fresh()
        write(name, rows, labels, folder, task)
        path = folder / FILES.get(name, "")
        said = name in SAY_THEIR_TASK
        for row in read(path):
            wanted = next(r.value for r in rows if r.name == row.path)
            if said or getattr(wanted, "boxes", getattr(wanted, "polygons", None)):
                assert type(row.value) is type(wanted)

    check()


@pytest.mark.parametrize(("name", "task"), CAN_HOLD)
def test_the_same_rows_give_the_same_bytes(
    name: str, task: TaskType, fresh: Callable[[], Path]
) -> None:
    @settings(SETTINGS, max_examples=10)
    @given(exports(task))
    def check(export: tuple[list[str], list[ExportRow]]) -> None:
        labels, rows = export
        one, other = fresh(), fresh()
        write(name, rows, labels, one, task)
        write(name, iter(rows), labels, other, task)
        files = {p.relative_to(one): p.read_bytes() for p in one.rglob("*") if p.is_file()}
        again = {p.relative_to(other): p.read_bytes() for p in other.rglob("*") if p.is_file()}
        assert files == again
        assert files

    check()


@pytest.mark.parametrize("task", [TaskType.BOXES, TaskType.POLYGONS])
def test_pycocotools_reads_the_same_shapes(task: TaskType, fresh: Callable[[], Path]) -> None:
    pytest.importorskip("pycocotools")
    from pycocotools.coco import COCO

    @SETTINGS
    @given(exports(task))
    def check(export: tuple[list[str], list[ExportRow]]) -> None:
        labels, rows = export
        (file,) = write("coco", rows, labels, fresh(), task)
        coco = COCO(str(file))
        names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
        assert list(names.values())[: len(labels)] == labels
        for image_id, row in zip(sorted(coco.getImgIds()), rows, strict=True):
            (image,) = coco.loadImgs(image_id)
            assert image["file_name"] == row.name
            found = coco.loadAnns(coco.getAnnIds(imgIds=image_id))
            shapes = row.value.boxes if task is TaskType.BOXES else row.value.polygons
            assert [names[a["category_id"]] for a in found] == [shape.label for shape in shapes]
            for annotation, shape in zip(found, shapes, strict=True):
                if isinstance(shape, Box):
                    x, y, w, h = annotation["bbox"]
                    assert np.allclose([x, y, x + w, y + h], numbers(shape), rtol=1e-9, atol=1e-9)
                else:
                    assert annotation["segmentation"] == [numbers(shape)]

    check()


# pycocotools 2.0.11 doesn't know numpy 2's copy keyword yet.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_fills_the_mask_that_was_drawn(tmp_path: Path) -> None:
    pytest.importorskip("pycocotools")
    from pycocotools.coco import COCO

    square = Polygon(label="a", points=((10, 20), (30, 20), (30, 50), (10, 50)))
    row = ExportRow(
        image=dataset_row(100, 80), value=Polygons(polygons=(square,)), by=FinalKind.PERSON
    )
    (file,) = write("coco", [row], ["a"], tmp_path)
    coco = COCO(str(file))
    mask = coco.annToMask(coco.loadAnns(coco.getAnnIds())[0])
    assert mask.shape == (80, 100)
    assert mask.sum() == 20 * 30
    assert mask[20:50, 10:30].all()


def dataset_row(width: int, height: int, path: str = "a.jpg", i: int = 0) -> DatasetRow:
    return DatasetRow(
        sha256=f"{i:064x}",
        image_url="file:///a.jpg",
        blob="images/a",
        width=width,
        height=height,
        size=1,
        media_type="image/jpeg",
        paths=(path,),
    )


def test_torchvision_reads_voc(tmp_path: Path) -> None:
    from PIL import Image

    VOCDetection = pytest.importorskip("torchvision.datasets").VOCDetection  # noqa: N806
    root = tmp_path / "VOCdevkit" / "VOC2012"
    value = Boxes(
        boxes=(
            Box(label="cat & dog", xmin=0, ymin=0, xmax=10, ymax=20, difficult=True),
            Box(label="cat & dog", xmin=4.5, ymin=6, xmax=7, ymax=80),
        )
    )
    row = ExportRow(image=dataset_row(100, 80, "sub/a b.jpg"), value=value, by=FinalKind.PERSON)
    write("voc", [row], ["cat & dog"], root)
    (root / "JPEGImages" / "sub").mkdir(parents=True)
    Image.new("RGB", (100, 80)).save(root / "JPEGImages" / "sub" / "a b.jpg")

    data = VOCDetection(str(tmp_path), year="2012", image_set="trainval")

    assert len(data) == 1
    image, target = data[0]
    assert image.size == (100, 80)
    first, second = target["annotation"]["object"]
    assert first["name"] == "cat & dog"
    assert first["difficult"] == "1"
    assert first["bndbox"] == {"xmin": "1", "ymin": "1", "xmax": "10", "ymax": "20"}
    assert second["bndbox"] == {"xmin": "5.5", "ymin": "7", "xmax": "7", "ymax": "80"}


def test_two_images_whose_names_differ_by_suffix_or_case_keep_their_own_labels(
    tmp_path: Path,
) -> None:
    paths = ["x/a.jpg", "x/a.png", "X/A.jpg"]
    rows = [
        ExportRow(
            image=dataset_row(10, 10, path, i),
            value=Boxes(boxes=(Box(label="c", xmin=i, ymin=0, xmax=i + 1, ymax=1),)),
            by=FinalKind.PERSON,
        )
        for i, path in enumerate(paths)
    ]
    for name in ("voc", "yolo"):
        write(name, rows, ["c"], tmp_path / name)
        found = {row.path: row.value.boxes[0].xmin for row in read(tmp_path / name)}
        assert found == pytest.approx({"x/a.jpg": 0, "x/a.png": 1, "X/A.jpg": 2})
        files = [p.relative_to(tmp_path).as_posix() for p in (tmp_path / name).rglob("*.*")]
        assert len({file.lower() for file in files}) == len(files), "also on macOS and Windows"


def test_a_box_of_one_pixel_written_as_coco_stays_one_pixel(tmp_path: Path) -> None:
    value = Boxes(boxes=(Box(label="a", xmin=0, ymin=0, xmax=1, ymax=1),))
    row = ExportRow(image=dataset_row(100, 80), value=value, by=FinalKind.PERSON)
    (file,) = write("coco", [row], ["a"], tmp_path)
    assert [found.value for found in read(file)] == [value]


def test_mltable_names_the_json_lines(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    row = ExportRow(image=dataset_row(10, 10), value=ClassLabel(label="a"), by=FinalKind.PERSON)
    write("jsonl", [row], ["a"], tmp_path)
    table = yaml.safe_load((tmp_path / "MLTable").read_text())
    assert table["paths"] == [{"file": "./labels.jsonl"}]
    line = json.loads((tmp_path / "labels.jsonl").read_text())
    assert line["image_url"] == "file:///a.jpg"
    assert line["label"] == "a"
    assert [r.path for r in read(tmp_path / "MLTable")] == ["a.jpg"]


def test_a_path_with_a_suffix_means_the_file(tmp_path: Path) -> None:
    row = ExportRow(image=dataset_row(10, 10), value=ClassLabel(label="a"), by=FinalKind.PERSON)
    for name, file in (("csv", "mine.csv"), ("coco", "mine.json"), ("jsonl", "mine.jsonl")):
        write(name, [row], ["a"], tmp_path / file)
        assert [r.value for r in read(tmp_path / file)] == [ClassLabel(label="a")]
    assert not list(Path(tmp_path).rglob("*.part"))
