"""Files that people bring: tolerant where it is clear what is meant, exact where it isn't."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import FormatError
from tenfold.formats import LabeledPath, detect, json_stream, read, read_answers, sniff


def rows(path: Path, **options: Any) -> list[LabeledPath]:
    return list(read(path, **options))


def csv(tmp_path: Path, text: str, name: str = "labels.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_csv_with_class_boxes_and_further_columns(tmp_path: Path) -> None:
    path = csv(tmp_path, "path,label,xmin,ymin,xmax,ymax,site\na.jpg,cat,1,2,3.5,4,Ulm\n")
    (row,) = rows(path)
    (box,) = row.value.boxes
    assert (box.label, box.xmin, box.ymin, box.xmax, box.ymax) == ("cat", 1, 2, 3.5, 4)
    assert row.columns == {"site": "Ulm"}


def test_rows_of_one_image_may_lie_anywhere(tmp_path: Path) -> None:
    text = "path,label,xmin,ymin,xmax,ymax\nb,x,0,0,1,1\na,x,0,0,1,1\nb,y,0,0,2,2\n"
    found = rows(csv(tmp_path, text))
    assert [row.path for row in found] == ["b", "a"]
    assert [box.label for box in found[0].value.boxes] == ["x", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffPath,Label\r\na.jpg,cat\r\n",
        "image;class\na.jpg;cat\n",
        "filename\tcategory\n./a.jpg\tcat\n",
        '"Url", "Label"\n"AmlDatastore://store/a.jpg", "cat"\n',
        "path, label\na.jpg, cat\n\n",
    ],
)
def test_usual_kinds_of_csv_mean_the_same(tmp_path: Path, text: str) -> None:
    assert [(row.path, row.value) for row in rows(csv(tmp_path, text))] == [
        ("a.jpg", ClassLabel(label="cat"))
    ]


def test_an_empty_label_says_nothing(tmp_path: Path) -> None:
    path = csv(tmp_path, "path,label\na.jpg,\nb.jpg,cat\n")
    assert [row.value for row in rows(path)] == [None, ClassLabel(label="cat")]
    assert rows(path, task=TaskType.MULTILABEL)[0].value is None


def test_several_labels_an_image_are_a_set_unless_one_is_wanted(tmp_path: Path) -> None:
    path = csv(tmp_path, "path,label\na.jpg,cat\na.jpg,dog\nb.jpg,cat\n")
    assert [row.value for row in rows(path)] == [
        LabelSet(labels=("cat", "dog")),
        LabelSet(labels=("cat",)),
    ]
    with pytest.raises(FormatError, match=r"labels\.csv:3: a second class"):
        rows(path, task=TaskType.CLASSIFICATION)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("name,label\na,b\n", r"labels\.csv:1: no column says where the images are"),
        ("path,label\n,cat\n", r"labels\.csv:2: the row names no image"),
        ('path,label\na,"cat\n', r"labels\.csv:2: unexpected end"),
        (
            "path,label,xmin,ymin,xmax,ymax\na,b,1,1,2,2\na,b,1,1,x,2\n",
            r"csv:3: a side .* no number",
        ),
        ("path,label,xmin,ymin,xmax,ymax\na,b,5,1,5,2\n", r"csv:2: .*xmin < xmax"),
        ("path,label,xmin,ymin,xmax,ymax\na,b,1,1,nan,2\n", r"csv:2: .*finite"),
    ],
)
def test_a_wrong_csv_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        rows(csv(tmp_path, text))


def test_a_csv_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="UTF-8"):
        rows(csv(tmp_path, "path,label\na,Käse\n", encoding="latin-1"))


def test_one_bad_label_need_not_stop_the_others(tmp_path: Path) -> None:
    path = csv(tmp_path, "path,label,xmin,ymin,xmax,ymax\na,x,5,1,5,2\nb,x,0,0,1,1\n")
    bad = []
    found = rows(path, on_bad=lambda path, error: bad.append((path, str(error))))
    assert [row.value is None for row in found] == [True, False]
    assert [path for path, _ in bad] == ["a"]
    assert ":2:" in bad[0][1]


AZURE_COCO = {
    "images": [
        {
            "id": 1,
            "width": 0.0,
            "height": 0.0,
            "file_name": "sub/a.jpg",
            "coco_url": "AmlDatastore://store/sub/a.jpg",
            "absolute_url": "https://account/sub/a.jpg",
            "date_captured": "2024-01-01",
        }
    ],
    "annotations": [
        {"id": 1, "category_id": 3, "image_id": 1, "area": 0.1, "bbox": [0.25, 0.5, 0.5, 0.25]}
    ],
    "categories": [{"id": 3, "name": "Animal/Cat"}],
}


def write_json(tmp_path: Path, content: Any, name: str = "labels.json") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(content, indent=1))
    return path


def test_azure_coco_is_relative_and_takes_sizes_from_the_images(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    Image.new("RGB", (200, 100)).save(tmp_path / "sub" / "a.jpg")
    (row,) = rows(write_json(tmp_path, AZURE_COCO))
    (box,) = row.value.boxes
    assert (box.label, box.xmin, box.ymin, box.xmax, box.ymax) == ("Animal/Cat", 50, 50, 150, 75)
    assert (row.path, row.width, row.height) == ("sub/a.jpg", 200, 100)


def test_relative_boxes_of_a_sideways_image_are_in_its_upright_frame(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (100, 200)).save(tmp_path / "sub" / "a.jpg", exif=exif)
    (row,) = rows(write_json(tmp_path, AZURE_COCO))
    assert (row.width, row.height) == (200, 100)


def test_relative_boxes_without_a_size_are_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"labels\.json:3: sub/a\.jpg: its size is unknown"):
        rows(write_json(tmp_path, AZURE_COCO))
    assert rows(write_json(tmp_path, AZURE_COCO), size_of=lambda _path: (10, 10))[0].width == 10


def test_coco_in_pixels_where_one_box_is_small_stays_in_pixels(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 7, "width": 50, "height": 40, "file_name": "a.jpg"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 1},
            {"image_id": 7, "category_id": 1, "bbox": [2, 3, 10, 20], "segmentation": []},
        ],
        "categories": [{"id": 1, "name": "x"}],
    }
    (row,) = rows(write_json(tmp_path, content))
    assert [(b.xmin, b.xmax, b.crowd) for b in row.value.boxes] == [(0, 1, True), (2, 12, False)]


def test_coco_without_boxes_holds_classes_of_images(tmp_path: Path) -> None:
    content = {
        "images": [{"id": i, "width": 5, "height": 5, "file_name": f"{i}.jpg"} for i in range(3)],
        "annotations": [{"image_id": i, "category_id": 1} for i in (0, 2)],
        "categories": [{"id": 1, "name": "x"}],
    }
    path = write_json(tmp_path, content)
    assert [row.value for row in rows(path)] == [ClassLabel(label="x"), None, ClassLabel(label="x")]
    content["annotations"].append({"image_id": 0, "category_id": 2})
    content["categories"].append({"id": 2, "name": "y"})
    path = write_json(tmp_path, content)
    assert rows(path)[0].value == LabelSet(labels=("x", "y"))


def test_outlines_of_coco_can_be_taken_as_boxes(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 0, "width": 50, "height": 50, "file_name": "a.jpg"}],
        "annotations": [
            {
                "image_id": 0,
                "category_id": 1,
                "bbox": [1, 2, 10, 20],
                "segmentation": [[1, 2, 11, 2, 11, 22], [3, 3, 4, 3, 4, 4]],
            }
        ],
        "categories": [{"id": 1, "name": "x"}],
    }
    path = write_json(tmp_path, content)
    assert len(rows(path)[0].value.polygons) == 2
    (box,) = rows(path, task=TaskType.BOXES)[0].value.boxes
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == (1, 2, 11, 22)
    content["annotations"][0]["segmentation"] = {"counts": "abc", "size": [50, 50]}
    with pytest.raises(FormatError, match="run lengths"):
        rows(write_json(tmp_path, content), task=TaskType.POLYGONS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", r"json:1: expected one of \{"),
        ('{"images": [\n{"id": 1}\n]}', r"json:2: each of images needs id and file_name"),
        ('{"images": [\n{"id": 1,\n}]}', r"json:2: "),
        ('{"images": [], "annotations": [{"image_id": 1}]}', "needs image_id and category_id"),
        ('{"annotations": []}', "no list of images"),
        ('{"images": [', "json:1: "),
        (
            (
                '{"images": [{"id": 1, "file_name": "a"}],\n"annotations": [\n'
                '{"image_id": 1, "category_id": 9}]}'
            ),
            r"json:3: category 9 isn't among",
        ),
    ],
)
def test_a_wrong_coco_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        rows(path)


def test_a_coco_file_larger_than_the_reading_window_is_read_whole(tmp_path: Path) -> None:
    n = 5000
    content = {
        "images": [
            {"id": i, "file_name": f"{i:05d}.jpg", "width": 9, "height": 9, "note": "x" * 50}
            for i in range(n)
        ],
        "annotations": [
            {"image_id": i, "category_id": 1, "bbox": [1, 1, 5, 1 + i % 7]} for i in range(n)
        ],
        "categories": [{"id": 1, "name": "x"}],
    }
    path = tmp_path / "big.json"
    path.write_text(json.dumps(content))
    found = rows(path)
    assert [row.path for row in found] == [f"{i:05d}.jpg" for i in range(n)]
    assert all(row.value.boxes[0].ymax == 2 + i % 7 for i, row in enumerate(found))


def jsonl(tmp_path: Path, *lines: Any) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def test_automl_json_lines_of_every_kind(tmp_path: Path) -> None:
    box = {"label": "x", "topX": 0.1, "topY": 0.2, "bottomX": 0.5, "bottomY": 0.6, "isCrowd": 0}
    details = {"format": "jpg", "width": "400px", "height": "200px"}
    url = "azureml://subscriptions/S/resourcegroups/R/workspaces/W/datastores/D/paths/sub/a.jpg"
    assert rows(jsonl(tmp_path, {"image_url": url, "label": "x"}))[0].path == "sub/a.jpg"
    found = rows(
        jsonl(
            tmp_path,
            {"image_url": "AmlDatastore://D/1.jpg", "label": "x"},
            {"image_url": "2.jpg", "label": ["x", "y"]},
            {"image_url": "3.jpg", "image_details": details, "label": [box]},
            {"image_url": "4.jpg", "image_details": details, "label": box},
            {
                "image_url": "5.jpg",
                "image_details": {"width": 10, "height": 10},
                "label": [{"label": "x", "isCrowd": 1, "polygon": [[0, 0, 1, 0, 1, 0.5]]}],
            },
            {"image_url": "6.jpg"},
        )
    )
    assert found[0].value == ClassLabel(label="x")
    assert found[1].value == LabelSet(labels=("x", "y"))
    assert isinstance(found[2].value, Boxes)
    assert found[2].value == found[3].value
    corner = found[2].value.boxes[0]
    assert (corner.xmin, corner.ymin, corner.xmax, corner.ymax) == pytest.approx((40, 40, 200, 120))
    assert isinstance(found[4].value, Polygons)
    assert found[4].value.polygons[0].points == ((0, 0), (10, 0), (10, 5))
    assert found[4].value.polygons[0].crowd
    assert found[5].value is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"label": "x"}, r"jsonl:2: no image_url"),
        ({"image_url": "a", "label": [{"label": "x", "topX": 0}]}, r"jsonl:2: the size of a"),
        ({"image_url": "a", "label": 5}, r"jsonl:2: label is neither"),
        ({"image_url": "a", "label": []}, r"jsonl:2: an empty list"),
        (
            {
                "image_url": "a",
                "image_details": {"width": 1, "height": 1},
                "label": [{"label": "x"}],
            },
            r"jsonl:2: a box needs the numbers topX",
        ),
    ],
)
def test_a_wrong_json_line_is_refused_with_its_number(
    tmp_path: Path, line: Any, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        rows(jsonl(tmp_path, {"image_url": "a", "label": "x"}, line))


VOC = """<annotation><folder>f</folder><filename>a.jpg</filename>
<size><width>50</width><height>40</height><depth>3</depth></size>
<object><name>dog</name><difficult>1</difficult>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>50</xmax><ymax>40</ymax></bndbox></object>
</annotation>"""


def test_voc_counts_from_one_and_includes_both_ends(tmp_path: Path) -> None:
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "Annotations" / "a.xml").write_text(VOC)
    (tmp_path / "JPEGImages" / "a.jpg").write_bytes(b"")
    (row,) = rows(tmp_path)
    (box,) = row.value.boxes
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == (0, 1, 50, 40)
    assert box.difficult
    assert (row.path, row.width, row.height) == ("JPEGImages/a.jpg", 50, 40)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VOC.replace("</annotation>", ""), r"a\.xml:5: not XML"),
        ("<a/>", "root should be <annotation>"),
        (VOC.replace("<name>dog</name>", ""), r"object 1: <name> is missing"),
        (VOC.replace("<xmax>50</xmax>", "<xmax>z</xmax>"), r"object 1: <xmax> .* no number"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + VOC, "entities are not read"),
    ],
)
def test_a_wrong_voc_file_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(FormatError, match=message):
        rows(tmp_path)


def yolo(tmp_path: Path, text: str, names: str = "[cat, dog]") -> Path:
    (tmp_path / "data.yaml").write_text(f"path: .\nnames: {names}\n")
    for folder in ("images", "labels"):
        (tmp_path / folder / "train").mkdir(parents=True)
    Image.new("RGB", (100, 50)).save(tmp_path / "images" / "train" / "a.png")
    Image.new("RGB", (100, 50)).save(tmp_path / "images" / "train" / "b.png")
    (tmp_path / "labels" / "train" / "a.txt").write_text(text)
    return tmp_path


def test_yolo_boxes_and_images_without_a_text_file(tmp_path: Path) -> None:
    a, b = rows(yolo(tmp_path, "1 0.5 0.5 0.2 0.4\n"))
    (box,) = a.value.boxes
    assert (a.path, box.label) == ("images/train/a.png", "dog")
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx((40, 15, 60, 35))
    assert b.value is None


def test_yolo_outlines_and_numbered_names(tmp_path: Path) -> None:
    a, _ = rows(yolo(tmp_path, "0 0 0 1 0 1 1\n", names="{0: cat, 1: 007}"))
    assert a.value.polygons[0].points == ((0, 0), (100, 0), (100, 50))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.5 0.5 0.2 0.4\n2 0 0 1 1\n", r"a\.txt:2: class 2, but there are 2 names"),
        ("x 0 0 1 1\n", r"a\.txt:1: expected a class number"),
        ("0 0 0\n", r"a\.txt:1: a box needs four numbers"),
    ],
)
def test_a_wrong_yolo_file_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        rows(yolo(tmp_path, text))


def test_formats_are_told_apart(tmp_path: Path) -> None:
    assert detect(csv(tmp_path, "path,label\n")) == "csv"
    assert sniff(tmp_path) is None
    (tmp_path / "a.bin").write_bytes(b"")
    with pytest.raises(FormatError, match="not a labels file"):
        detect(tmp_path / "a.bin")
    with pytest.raises(FormatError, match="no such file"):
        detect(tmp_path / "missing.csv")
    with pytest.raises(FormatError, match="no format 'xls'"):
        rows(tmp_path / "a.bin", format="xls")


def test_answers_are_found_by_longer_and_shorter_paths(tmp_path: Path) -> None:
    path = csv(
        tmp_path, "path,label\nimages/x/a.jpg,cat\nb.jpg,dog\nimages/y/c.jpg,cat\nc.jpg,dog\n"
    )
    answers = read_answers(path, TaskType.CLASSIFICATION)
    assert answers.get("images/x/a.jpg") == answers.get("x/a.jpg") == ClassLabel(label="cat")
    assert answers.get("photos/b.jpg") == ClassLabel(label="dog")
    assert answers.get("c.jpg") == ClassLabel(label="dog")
    assert answers.get("other/a.jpg") is None
    assert answers.get("z/c.jpg") is None
    assert answers.known(["a.jpg", "b.jpg", "nothing.jpg"]) == 2
    assert answers.classes == ("cat", "dog")


def test_an_image_without_a_row_has_no_boxes(tmp_path: Path) -> None:
    path = csv(tmp_path, "path,label,xmin,ymin,xmax,ymax\na.jpg,x,0,0,1,1\nb.jpg,,,,,\n")
    answers = read_answers(path, "boxes")
    assert answers.get("b.jpg") == answers.get("z.jpg") == Boxes()
    with pytest.raises(FormatError, match="which can't be labels of a polygons project"):
        read_answers(path, "polygons")


def test_ground_truth_manifests(tmp_path: Path) -> None:
    classes = {"0": "cat", "1": "dog"}
    one = {"type": "groundtruth/image-classification", "class-name": "dog", "confidence": 0.9}
    many = {"type": "groundtruth/image-classification-multilabel", "class-map": classes}
    shapes = {"type": "groundtruth/object-detection", "class-map": classes}
    boxes = {
        "annotations": [{"class_id": 1, "left": 1, "top": 2, "width": 3, "height": 4}],
        "image_size": [{"width": 50, "height": 40, "depth": 3}],
    }
    path = jsonl(
        tmp_path,
        {"source-ref": "s3://bucket/sub/a%20b.jpg", "job": 1, "job-metadata": one},
        {"source-ref": "s3://bucket/b.jpg", "job": [0, 1], "job-metadata": many},
        {"source-ref": "s3://bucket/c.jpg", "job": boxes, "job-metadata": shapes},
        {"source-ref": "s3://bucket/d.jpg"},
    )
    a, b, c, d = rows(path.rename(tmp_path / "output.manifest"))
    assert (a.path, a.value) == ("sub/a b.jpg", ClassLabel(label="dog"))
    assert b.value == LabelSet(labels=("cat", "dog"))
    (box,) = c.value.boxes
    assert (box.label, box.xmin, box.ymin, box.xmax, box.ymax) == ("dog", 1, 2, 4, 6)
    assert (c.width, c.height) == (50, 40)
    assert d.value is None
    other = {"type": "groundtruth/semantic-segmentation"}
    with pytest.raises(FormatError, match=r"jsonl:1: labels of the kind semantic-segmentation"):
        rows(jsonl(tmp_path, {"source-ref": "a", "job": 1, "job-metadata": other}))


def test_label_studio_exports(tmp_path: Path) -> None:
    def task(image: str, *results: Any, cancelled: bool = False) -> dict[str, Any]:
        annotation = {"result": list(results), "was_cancelled": cancelled}
        return {"data": {"image": image, "site": "Ulm"}, "annotations": [annotation]}

    size = {"original_width": 200, "original_height": 100}
    box = {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 0, "rectanglelabels": ["x"]}
    outline = {"points": [[0, 0], [50, 0], [50, 50]], "polygonlabels": ["x"]}
    tasks = [
        task("/data/upload/1/a.jpg", {"type": "choices", "value": {"choices": ["cat"]}}),
        task("/data/local-files/?d=sub/b.jpg", {"type": "rectanglelabels", "value": box, **size}),
        task("https://h/c.jpg?sig=1", {"type": "polygonlabels", "value": outline, **size}),
        task("d.jpg", cancelled=True),
        {"data": {"image": "e.jpg"}, "annotations": []},
    ]
    path = write_json(tmp_path, tasks)
    assert detect(path) == "label-studio"
    a, b, c, d, e = rows(path)
    assert (a.path, a.value, a.columns) == (
        "data/upload/1/a.jpg",
        ClassLabel(label="cat"),
        {"site": "Ulm"},
    )
    (found,) = b.value.boxes
    assert b.path == "sub/b.jpg"
    assert (found.xmin, found.ymin, found.xmax, found.ymax) == pytest.approx((20, 20, 120, 60))
    assert (c.path, c.value.polygons[0].points) == ("c.jpg", ((0, 0), (100, 0), (100, 50)))
    assert d.value is None
    assert e.value is None
    box["rotation"] = 30
    with pytest.raises(FormatError, match="turned boxes are not read"):
        rows(write_json(tmp_path, tasks))
    with pytest.raises(FormatError, match=r"labels\.json:2: a task needs data"):
        rows(write_json(tmp_path, ["a"]))


def test_formats_by_their_looks(tmp_path: Path) -> None:
    assert detect(write_json(tmp_path, [])) == "label-studio"
    assert rows(tmp_path / "labels.json") == []
    assert detect(write_json(tmp_path, {"images": []})) == "coco"


@pytest.mark.parametrize("window", [1, 2, 3, 7])
def test_json_is_read_the_same_through_windows_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", window)
    numbers = [12345, -6.75e10, "a]b", {"x": [1, 22, 333]}, None]
    path = write_json(tmp_path, numbers)
    assert [item for item, _ in json_stream.items(path)] == numbers
    wrapped = write_json(tmp_path, {"info": {"n": 10}, "n": 98765, "images": numbers, "none": []})
    found = [(key, item) for key, item, _ in json_stream.elements(wrapped)]
    assert found[:2] == [("info", {"n": 10}), ("n", 98765)]
    assert found[2:-1] == [("images", number) for number in numbers]
    assert found[-1][0] == "none"


@pytest.mark.parametrize(
    ("label", "asked"),
    [
        ('"cat"', []),
        ('["cat", "sunny"]', []),
        (
            '[{"label": "cat", "topX": 0, "topY": 0, "bottomX": 1, "bottomY": 1}]',
            ["set/a.jpg", "https://h/set/a.jpg"],
        ),
    ],
)
def test_an_images_size_is_asked_for_only_where_shapes_need_it(
    tmp_path: Path, label: str, asked: list[str]
) -> None:
    file, names = tmp_path / "labels.jsonl", []
    file.write_text(f'{{"image_url": "https://h/set/a.jpg", "label": {label}}}\n')

    def size_of(name: str) -> tuple[int, int] | None:
        names.append(name)
        return (20, 10) if name.startswith("https://") else None

    (row,) = read(file, size_of=size_of)
    assert row.value is not None
    assert names == asked
