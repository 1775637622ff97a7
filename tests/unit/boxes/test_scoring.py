import contextlib
import io
import math

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from models.label import Box
from tenfold.learning.boxes.scoring import average_precision, class_ap50


def random_boxes(rng: np.random.Generator, most: int, *, scored: bool) -> list[Box]:
    found = []
    for _ in range(int(rng.integers(0, most + 1))):
        x, y, w, h = rng.integers(0, 30), rng.integers(0, 30), *rng.integers(8, 24, 2)
        score = float(np.round(rng.random(), 2)) if scored else None
        found.append(
            Box(
                label="ab"[int(rng.integers(2))],
                xmin=float(x),
                ymin=float(y),
                xmax=float(x + w),
                ymax=float(y + h),
                score=score,
                crowd=not scored and bool(rng.random() < 0.15),
            )
        )
    return found


def xywh(box: Box) -> list[float]:
    return [box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin]


def coco_ap50(detected: list[list[Box]], truth: list[list[Box]], label: str | None) -> float:
    def category(box: Box) -> int:
        return 1 if label is None else "ab".index(box.label) + 1

    annotations = [
        {
            "id": 0,
            "image_id": image + 1,
            "category_id": category(box),
            "bbox": xywh(box),
            "area": xywh(box)[2] * xywh(box)[3],
            "iscrowd": int(box.crowd),
        }
        for image, boxes in enumerate(truth)
        for box in boxes
    ]
    for number, annotation in enumerate(annotations):
        annotation["id"] = number + 1
    results = [
        {
            "image_id": image + 1,
            "category_id": category(box),
            "bbox": xywh(box),
            "score": box.score,
        }
        for image, boxes in enumerate(detected)
        for box in boxes
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": image + 1} for image in range(len(truth))],
            "categories": [{"id": 1}, {"id": 2}],
            "annotations": annotations,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.catIds = [1 if label is None else "ab".index(label) + 1]
        evaluation.evaluate()
        evaluation.accumulate()
    return float(evaluation.eval["precision"][0, :, 0, 0, 2].mean())


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("label", ["a", "b", None])
def test_average_precision_is_that_of_pycocotools(seed: int, label: str | None) -> None:
    rng = np.random.default_rng(seed)
    truth = [random_boxes(rng, 6, scored=False) for _ in range(8)]
    detected = [random_boxes(rng, 8, scored=True) for _ in range(8)]
    for boxes, true in zip(detected, truth, strict=True):
        boxes.extend(box.model_copy(update={"score": 0.5, "crowd": False}) for box in true[::2])
    expected = coco_ap50(detected, truth, label)
    assert average_precision(detected, truth, label) == pytest.approx(expected, abs=1e-9)


def test_only_the_best_hundred_of_an_image_count() -> None:
    true = Box(label="a", xmin=0, ymin=0, xmax=10, ymax=10)
    wrong = Box(label="a", xmin=50, ymin=50, xmax=60, ymax=60, score=0.9)
    late = true.model_copy(update={"score": 0.1})
    assert average_precision([[wrong] * 99 + [late]], [[true]], "a") > 0
    assert average_precision([[wrong] * 100 + [late]], [[true]], "a") == 0


def test_a_difficult_box_is_neither_to_be_found_nor_wrong_to_find() -> None:
    true = Box(label="a", xmin=0, ymin=0, xmax=10, ymax=10)
    hard = Box(label="a", xmin=50, ymin=50, xmax=60, ymax=60, difficult=True)
    first = hard.model_copy(update={"score": 0.9, "difficult": False})
    second = true.model_copy(update={"score": 0.8})
    assert average_precision([[first, second]], [[true, hard]], "a") == 1
    assert average_precision([[second]], [[true, hard]], "a") == 1


def test_a_class_without_true_boxes_has_no_average_precision() -> None:
    true = Box(label="a", xmin=0, ymin=0, xmax=10, ymax=10)
    assert math.isnan(average_precision([[]], [[true]], "b"))
    assert class_ap50([[]], [[true]], ("a", "b")) == {"a": 0.0}
