"""A project: what is to be labeled, with which classes, how well, and how it ends."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from models.label import LabelValue, TaskType, with_names
from models.record import Moment, Record

PALETTE = (
    "#1f77b4", "#d1495b", "#2a9d5c", "#8e5bd0", "#c77700", "#00838f",
    "#b5179e", "#5d6d1e", "#6d4c41", "#3949ab", "#00897b", "#ad1457",
)  # fmt: skip
"""Colors of label classes in their order; all reach 4.5:1 on white or carry white text."""

ProjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="lower case, digits, . _ -")
]


ComputeName = Annotated[str, Field(min_length=1, max_length=200)]


class FinishMode(StrEnum):
    """How a project comes to its end."""

    CERTIFIED = "certified"
    REVIEW = "review"
    MANUAL = "manual"


class Frame(StrEnum):
    """What the coordinates of imported shapes refer to, where EXIF rotates an image."""

    UPRIGHT = "upright"
    STORED = "stored"


class ProjectState(StrEnum):
    """Whether a project is worked on."""

    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"
    DELETED = "deleted"
    """Taken away; what is left of it is being removed."""


class LabelClass(Record):
    """One label class with its color on the page."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = PALETTE[0]


def _distinct(classes: tuple[LabelClass, ...]) -> tuple[LabelClass, ...]:
    names = [label_class.name for label_class in classes]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"label classes are named twice: {', '.join(repeated)}")
    return classes


LabelClasses = Annotated[tuple[LabelClass, ...], Field(min_length=1), AfterValidator(_distinct)]


def label_classes(names: list[str]) -> tuple[LabelClass, ...]:
    """Give each class name a color of the palette, in order."""
    return tuple(
        LabelClass(name=name, color=PALETTE[i % len(PALETTE)]) for i, name in enumerate(names)
    )


class ProjectSettings(Record):
    """What a person chooses when they make a project."""

    name: ProjectName
    task: TaskType
    source: Annotated[str, Field(min_length=1)]
    """Directory, `az://container/prefix`, `.zip`, or a CSV/JSONL/COCO/VOC manifest."""
    classes: LabelClasses
    instructions: str = ""
    """Markdown, shown to labelers."""
    finish: FinishMode | None = None
    """None: certified for classes, review for boxes and polygons."""
    error: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """ε: largest share of wrong labels to certify."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """1 − δ of the certificate."""
    certificate: Literal["walk", "look"] = "walk"
    """How it is certified: step by step with sealed coins, or by one audit of a frozen model."""
    each_class: bool = False
    """Whether the promise is kept in each class, by an audit of each; it implies one look."""
    first_round: Annotated[int, Field(ge=1)] | None = None
    """Images of the first manual round; None: chosen from the data."""
    overlap: Annotated[int, Field(ge=1, le=9)] = 1
    """How many people tag the same image of a manual or audit round, blind."""
    keep_busy: bool = True
    """Whether a backlog opens when a round closes, so that nobody waits for the machine."""
    second_look: bool = True
    """Whether people are asked once more about tags that a model contradicts, before the delivery.

    On, since no certificate measures what people got wrong, and a look takes seconds: a tenth of
    the tags at most, once a cycle. Where people do everything (finish mode manual) there is no
    model to contradict them, and nothing comes of it.
    """
    approve_all: bool = False
    """Whether every manual and review round waits for an approval, not only the first."""
    form_approval: bool = True
    """Whether a name typed into Prefect's form counts as an approval."""
    trains_on: ComputeName | None = None
    """Work pool, or on Azure cluster, that trains its models; None: where the settings say."""
    infers_on: ComputeName | None = None
    """The same for what reads every image: features and proposals."""
    import_frame: Frame = Frame.UPRIGHT
    """Frame of the shapes that a manifest came with."""
    seed: int = 0
    """Seed of every choice that the project makes."""

    @model_validator(mode="before")
    @classmethod
    def _each_class_by_one_look(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("each_class"):
            return {**given, "certificate": "look"}
        return given

    @model_validator(mode="after")
    def _each_class_of_one_class(self) -> Self:
        if self.each_class and self.task is not TaskType.CLASSIFICATION:
            raise ValueError(
                "a certificate of each class needs images of one class each; here a label can "
                "name several classes, and is right or wrong as a whole"
            )
        if self.each_class and self.finish_mode is not FinishMode.CERTIFIED:
            raise ValueError("a certificate of each class needs the finish mode certified")
        return self

    @model_validator(mode="after")
    def _single_class_needs_two(self) -> Self:
        if self.task is TaskType.CLASSIFICATION and len(self.classes) == 1:
            raise ValueError("classification needs at least two label classes")
        return self

    @property
    def finish_mode(self) -> FinishMode:
        """The finish mode, with the task type's default filled in."""
        if self.finish is not None:
            return self.finish
        by_class = self.task in (TaskType.CLASSIFICATION, TaskType.MULTILABEL)
        return FinishMode.CERTIFIED if by_class else FinishMode.REVIEW

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the label classes in their order."""
        return tuple(label_class.name for label_class in self.classes)


class Project(ProjectSettings):
    """A project as the label store knows it."""

    id: str
    state: ProjectState = ProjectState.ACTIVE
    classes_version: int = 1
    """Grows with every change of the classes; answers say which list they were made under."""
    former_classes: dict[str, str | None] = {}
    """Names that classes had → what they are called now; None: there is no such class any more.

    What was said under an earlier list stays as it was said, and is read with these names.
    """
    counts_since: int = 1
    """Answers made under an earlier list are kept, but are no labels: they were begun anew."""
    created_at: Moment

    def class_today(self, name: str) -> str:
        """Return the name that a class has now; one that is gone keeps its own."""
        return self.former_classes.get(name) or name

    def today(self, value: LabelValue) -> LabelValue:
        """Return a value with the names that its classes have now."""
        if not self.former_classes:
            return value
        return with_names(value, {old: new for old, new in self.former_classes.items() if new})
