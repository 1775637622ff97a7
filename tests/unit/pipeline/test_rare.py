"""Classes with too few boxes are looked for."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from models.label import Box, Boxes, TaskType
from models.prelabel import Prelabel
from tenfold.pipeline.rare import before, rare_classes, rare_first


def shows(number: int, *labels: str, confidence: float = 0.5) -> Prelabel:
    boxes = tuple(Box(label=label, xmin=1, ymin=1, xmax=6, ymax=6) for label in labels)
    return Prelabel(sha256=f"{number:064x}", value=Boxes(boxes=boxes), confidence=confidence)


PRELABELS = [
    shows(0, "car"),
    shows(1, "car", "bus", confidence=0.2),
    shows(2, "bus", confidence=0.9),
    shows(3),
    shows(4, "bus", confidence=0.6),
]
CTX: Any = SimpleNamespace(
    store=SimpleNamespace(models=SimpleNamespace(prelabels=lambda _: iter(PRELABELS)))
)


def view(task: TaskType = TaskType.BOXES, model: object = SimpleNamespace(id="m")) -> Any:
    project = SimpleNamespace(task=task, class_names=("car", "bus"), today=lambda value: value)
    return SimpleNamespace(project=project, model=model)


def shas(*numbers: int) -> list[str]:
    return [f"{number:064x}" for number in numbers]


def test_images_that_seem_to_show_a_rare_class_come_first_the_likeliest_before() -> None:
    boxes = Counter(car=200, bus=3)
    assert rare_first(CTX, view(), boxes, shas(0, 1, 2, 3, 4), 10) == shas(2, 4, 1)
    assert rare_first(CTX, view(), boxes, shas(0, 1, 3), 10) == shas(1)


def test_at_most_half_of_a_round_is_spent_on_them() -> None:
    assert rare_first(CTX, view(), Counter(car=200), shas(0, 1, 2, 3, 4), 4) == shas(2, 4)


def test_common_classes_and_single_labels_are_not_looked_for() -> None:
    assert rare_first(CTX, view(), Counter(car=200, bus=90), shas(2), 4) == []
    assert rare_classes(view(TaskType.CLASSIFICATION).project, Counter()) == set()
    assert rare_first(CTX, view(model=None), Counter(), shas(2), 4) == []


def test_what_comes_first_is_not_repeated() -> None:
    assert before(["b"], ["a", "b", "c"]) == ["b", "a", "c"]
