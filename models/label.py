"""What can be said of an image: one class, a set of classes, boxes, polygons."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, TypeAdapter, model_validator

from models.record import Record


class TaskType(StrEnum):
    """What people say of an image."""

    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    BOXES = "boxes"
    POLYGONS = "polygons"


class ClassLabel(Record):
    """Exactly one class."""

    kind: Literal["class"] = "class"
    label: str


class LabelSet(Record):
    """Any set of classes, the empty one included; kept sorted and without repeats."""

    kind: Literal["set"] = "set"
    labels: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _sort(cls, data: object) -> object:
        if isinstance(data, dict) and "labels" in data:
            return {**data, "labels": tuple(sorted(set(data["labels"])))}
        return data


class Box(Record):
    """A rectangle in pixels of the upright image; x to the right, y down, the far edge excluded."""

    label: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    difficult: bool = False
    crowd: bool = False

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if not (self.xmax > self.xmin and self.ymax > self.ymin):
            raise ValueError(
                f"a box needs xmin < xmax and ymin < ymax, got "
                f"({self.xmin}, {self.ymin}, {self.xmax}, {self.ymax})"
            )
        return self


class Boxes(Record):
    """Every thing of the label classes in the image; an empty list says that there is none."""

    kind: Literal["boxes"] = "boxes"
    boxes: tuple[Box, ...] = ()


class Polygon(Record):
    """One closed outline in pixels of the upright image, as x, y pairs."""

    label: str
    points: Annotated[tuple[tuple[float, float], ...], Field(min_length=3)]
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    difficult: bool = False
    crowd: bool = False


class Polygons(Record):
    """Every instance of the label classes in the image, outlined."""

    kind: Literal["polygons"] = "polygons"
    polygons: tuple[Polygon, ...] = ()


LabelValue = Annotated[ClassLabel | LabelSet | Boxes | Polygons, Field(discriminator="kind")]
"""What one annotation or pre-label says."""

label_value: TypeAdapter[ClassLabel | LabelSet | Boxes | Polygons] = TypeAdapter(LabelValue)
"""Parses and writes a label value: `label_value.validate_python(json_object)`."""


def classes_in(value: ClassLabel | LabelSet | Boxes | Polygons) -> set[str]:
    """Return the names of the label classes that a value uses."""
    match value:
        case ClassLabel():
            return {value.label}
        case LabelSet():
            return set(value.labels)
        case Boxes():
            return {box.label for box in value.boxes}
        case Polygons():
            return {polygon.label for polygon in value.polygons}


Shape = TypeVar("Shape", Box, Polygon)


def with_names(
    value: ClassLabel | LabelSet | Boxes | Polygons, names: Mapping[str, str]
) -> ClassLabel | LabelSet | Boxes | Polygons:
    """Return a value whose classes are called otherwise; those not among `names` stay."""
    match value:
        case ClassLabel():
            return ClassLabel(label=names.get(value.label, value.label))
        case LabelSet():
            return LabelSet(labels=tuple(names.get(name, name) for name in value.labels))
        case Boxes():
            return Boxes(boxes=tuple(_called(box, names) for box in value.boxes))
        case Polygons():
            return Polygons(polygons=tuple(_called(outline, names) for outline in value.polygons))


def _called(shape: Shape, names: Mapping[str, str]) -> Shape:
    return shape.model_copy(update={"label": names.get(shape.label, shape.label)})
