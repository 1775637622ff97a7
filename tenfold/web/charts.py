"""Numbers for the drawings: SVG attributes only, since the page allows no inline styles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.prelabel import ModelVersion
from models.project import LabelClass
from tenfold.web.standing import Shares

CURVE_WIDTH, CURVE_HEIGHT = 320, 120
SCORES = ("accuracy", "validation_accuracy", "map50", "mAP50", "ap50", "f1", "agreement")
"""Metrics in [0, 1] that may be drawn, the first that a model version has."""


@dataclass(frozen=True, slots=True)
class Arc:
    """A piece of the ring; length and start in percent of its circumference."""

    name: str
    title: str
    images: int
    length: float
    start: float


@dataclass(frozen=True, slots=True)
class Donut:
    """The ring of a project's images."""

    arcs: list[Arc]
    share: float


def donut(shares: Shares) -> Donut:
    """Lay the states of the images around a ring, done ones first."""
    parts = (
        ("people", "By people", shares.people),
        ("imported", "Imported", shares.imported),
        ("accepted", "Accepted from the model", shares.accepted),
        ("skipped", "Skipped", shares.skipped),
        ("prelabeled", "Proposed, not decided", shares.prelabeled),
        ("unlabeled", "Not labeled", shares.unlabeled),
    )
    arcs, start = [], 0.0
    for name, title, images in parts:
        length = 100 * images / shares.images if shares.images else 0.0
        arcs.append(Arc(name, title, images, round(length, 3), round(start, 3)))
        start += length
    return Donut(arcs, shares.share)


@dataclass(frozen=True, slots=True)
class ClassBar:
    """One class: labels by people and by the machine, widths in percent of the longest bar."""

    name: str
    color: str
    people: int
    machine: int
    people_width: float
    machine_width: float


def class_bars(
    classes: Sequence[LabelClass], by_class: Mapping[str, Mapping[str, int]]
) -> list[ClassBar]:
    """Return a bar for each class, classes without labels included."""
    totals = [sum(by_class.get(each.name, {}).values()) for each in classes]
    longest = max([*totals, 1])
    return [_bar(each, by_class.get(each.name, {}), longest) for each in classes]


def _bar(each: LabelClass, counts: Mapping[str, int], longest: int) -> ClassBar:
    people, machine = counts.get("people", 0), counts.get("machine", 0)
    return ClassBar(
        each.name,
        each.color,
        people,
        machine,
        round(100 * people / longest, 2),
        round(100 * machine / longest, 2),
    )


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One model version on the learning curve, in pixels of the drawing."""

    x: float
    y: float
    model: ModelVersion
    score: float


@dataclass(frozen=True, slots=True)
class Curve:
    """How the models grew better with more tags."""

    metric: str
    points: list[CurvePoint]
    line: str
    """The `points` attribute of the polyline."""


def _score(model: ModelVersion) -> tuple[str, float] | None:
    for name in SCORES:
        value = model.metrics.get(name)
        if isinstance(value, int | float) and 0 <= value <= 1:
            return name, float(value)
    return None


def learning_curve(models: Sequence[ModelVersion]) -> Curve | None:
    """Return the curve of score over tagged images; None where no model says how good it is."""
    scored = [(model, score) for model in models if (score := _score(model)) is not None]
    if not scored:
        return None
    most = max(model.trained_on for model, _ in scored) or 1
    points = [
        CurvePoint(
            round(model.trained_on / most * CURVE_WIDTH, 1),
            round((1 - value) * CURVE_HEIGHT, 1),
            model,
            value,
        )
        for model, (_, value) in sorted(scored, key=lambda pair: pair[0].trained_on)
    ]
    line = " ".join(f"{point.x},{point.y}" for point in points)
    return Curve(scored[0][1][0].replace("_", " "), points, line)
