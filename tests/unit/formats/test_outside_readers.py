"""Exports, read by programs that people read them with."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from jsonschema import Draft202012Validator
from PIL import Image

from models.annotation import FinalKind
from models.dataset import DatasetRow
from models.label import Box, Boxes, ClassLabel, LabelSet, Polygon, Polygons, TaskType
from tenfold.formats import ExportRow, write
from tenfold.formats.records import Value

WIDTH, HEIGHT = 200, 100
CLASSES = ["can", 'say "cheese"', "Tier/Käfer, klein"]
DRAWN = Boxes(
    boxes=(
        Box(label=CLASSES[1], xmin=50, ymin=50, xmax=150, ymax=75),
        Box(label=CLASSES[2], xmin=0, ymin=0, xmax=100, ymax=50),
    )
)
OUTLINED = Polygons(
    polygons=(Polygon(label=CLASSES[2], points=((0, 0), (100, 0), (100, 50), (20, 80))),)
)


def export(name: str, value: Value, to: Path, images: str) -> None:
    """Write two images, the second one without anything, and the pictures beside them."""
    empty = type(value)() if isinstance(value, Boxes | Polygons) else value
    rows = [
        ExportRow(
            image=DatasetRow(
                sha256=f"{number:064x}",
                image_url=f"https://account.blob.core.windows.net/data/{path}",
                blob=f"images/{number}",
                width=WIDTH,
                height=HEIGHT,
                size=1,
                media_type="image/jpeg",
                paths=(path,),
            ),
            value=said,
            by=FinalKind.PERSON,
        )
        for number, (path, said) in enumerate([("a.jpg", value), ("b.jpg", empty)])
    ]
    write(name, rows, CLASSES, to)
    (to / images).mkdir(exist_ok=True)
    for path in ("a.jpg", "b.jpg"):
        Image.new("RGB", (WIDTH, HEIGHT)).save(to / images / path)


@contextmanager
def supervision() -> Iterator[Any]:
    """Load roboflow's supervision; it warns where OpenCV isn't there, and reads all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("supervision").DetectionDataset


def corners(found: Any) -> dict[str, tuple[list[str], Any]]:
    """Return the classes and boxes of each image that supervision found."""
    return {
        Path(path).name: ([found.classes[i] for i in drawn.class_id], drawn.xyxy)
        for path, _, drawn in found
    }


def check_drawn(found: Any) -> None:
    read = corners(found)
    names, boxes = read["a.jpg"]
    assert names == [CLASSES[1], CLASSES[2]]
    assert np.allclose(boxes, [[50, 50, 150, 75], [0, 0, 100, 50]], atol=1e-3)
    assert read["b.jpg"][0] == []


def test_supervision_reads_yolo(tmp_path: Path) -> None:
    export("yolo", DRAWN, tmp_path, "images")
    with supervision() as data:
        found = data.from_yolo(
            images_directory_path=str(tmp_path / "images"),
            annotations_directory_path=str(tmp_path / "labels"),
            data_yaml_path=str(tmp_path / "data.yaml"),
        )
        assert found.classes == CLASSES
        check_drawn(found)


def test_supervision_reads_outlines_of_yolo(tmp_path: Path) -> None:
    export("yolo", OUTLINED, tmp_path, "images")
    with supervision() as data:
        found = data.from_yolo(
            images_directory_path=str(tmp_path / "images"),
            annotations_directory_path=str(tmp_path / "labels"),
            data_yaml_path=str(tmp_path / "data.yaml"),
            force_masks=True,
        )
        (mask,) = next(drawn.mask for path, _, drawn in found if path.endswith("a.jpg"))
    assert mask.shape == (HEIGHT, WIDTH)
    assert mask[30, 50]
    assert not mask[30, 150]


def test_supervision_reads_coco(tmp_path: Path) -> None:
    export("coco", DRAWN, tmp_path, "images")
    with supervision() as data:
        check_drawn(
            data.from_coco(
                images_directory_path=str(tmp_path / "images"),
                annotations_path=str(tmp_path / "labels.json"),
            )
        )


MLTABLE = Draft202012Validator(
    {
        "type": "object",
        "required": ["paths", "transformations"],
        "properties": {
            "type": {"const": "mltable"},
            "paths": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "oneOf": [
                        {"type": "object", "required": [kind], "additionalProperties": False,
                         "properties": {kind: {"type": "string"}}}
                        for kind in ("file", "folder", "pattern")
                    ]
                },
            },
            "transformations": {
                "type": "array",
                "items": {
                    "oneOf": [
                        {
                            "type": "object",
                            "required": ["read_json_lines"],
                            "additionalProperties": False,
                            "properties": {
                                "read_json_lines": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "properties": {
                                        "encoding": {"enum": ["utf8", "iso88591", "latin1",
                                                              "ascii", "utf16", "windows1252"]},
                                        "invalid_lines": {"enum": ["error", "drop"]},
                                        "include_path_column": {"type": "boolean"},
                                    },
                                }
                            },
                        },
                        {
                            "type": "object",
                            "required": ["convert_column_types"],
                            "additionalProperties": False,
                            "properties": {
                                "convert_column_types": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["columns", "column_type"],
                                        "properties": {"column_type": {"const": "stream_info"}},
                                    },
                                }
                            },
                        },
                    ]
                },
            },
        },
    }
)  # fmt: skip
"""The fields of `MLTable` that its reference documents, as far as JSON lines of images use them."""

SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SHAPES = {
    TaskType.CLASSIFICATION: {"type": "string"},
    TaskType.MULTILABEL: {"type": "array", "items": {"type": "string"}},
    TaskType.BOXES: {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["label", "topX", "topY", "bottomX", "bottomY", "isCrowd"],
            "properties": {
                **dict.fromkeys(("topX", "topY", "bottomX", "bottomY"), SHARE),
                "label": {"type": "string"},
                "isCrowd": {"enum": [0, 1]},
            },
        },
    },
    TaskType.POLYGONS: {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["label", "isCrowd", "polygon"],
            "properties": {
                "polygon": {
                    "type": "array",
                    "items": {"type": "array", "minItems": 6, "items": SHARE},
                }
            },
        },
    },
}


def line_schema(task: TaskType) -> Draft202012Validator:
    """Return what AutoML for images documents of a line."""
    return Draft202012Validator(
        {
            "type": "object",
            "required": ["image_url", "label"],
            "properties": {
                "image_url": {"type": "string"},
                "image_details": {
                    "type": "object",
                    "properties": {
                        "format": {"type": "string"},
                        "width": {"type": "integer"},
                        "height": {"type": "integer"},
                    },
                },
                "label": _SHAPES[task],
            },
        }
    )


@pytest.mark.parametrize(
    ("task", "value"),
    [
        (TaskType.CLASSIFICATION, ClassLabel(label=CLASSES[2])),
        (TaskType.MULTILABEL, LabelSet(labels=(CLASSES[0], CLASSES[1]))),
        (TaskType.BOXES, DRAWN),
        (TaskType.POLYGONS, OUTLINED),
    ],
)
def test_an_mltable_has_the_fields_that_azure_documents(
    task: TaskType, value: Value, tmp_path: Path
) -> None:
    export("jsonl", value, tmp_path, "images")
    table = yaml.safe_load((tmp_path / "MLTable").read_text())
    MLTABLE.validate({key: item for key, item in table.items() if key != "$schema"})
    (named,) = table["paths"]
    lines = (tmp_path / named["file"]).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    for line in lines:
        line_schema(task).validate(json.loads(line))


def test_a_manifest_has_the_keys_that_sagemaker_documents(tmp_path: Path) -> None:
    export("ground-truth", DRAWN, tmp_path, "images")
    line = json.loads((tmp_path / "labels.manifest").read_text().splitlines()[0])
    assert line["source-ref"].endswith("/a.jpg")
    said, metadata = line["label"], line["label-metadata"]
    assert {"image_size", "annotations"} <= said.keys()
    assert {"objects", "class-map", "type", "human-annotated", "creation-date", "job-name"} <= (
        metadata.keys()
    )
    assert len(metadata["objects"]) == len(said["annotations"])
    assert {str(box["class_id"]) for box in said["annotations"]} == metadata["class-map"].keys()
