"""What a task type must say of itself."""

from collections.abc import Sequence
from typing import Protocol

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.learning.port import Trainer

Value = ClassLabel | LabelSet | Boxes | Polygons


class TaskKind(Protocol):
    """All that differs between task types. Light to import: torch only inside `trainer`."""

    task: TaskType
    editor: str
    """Name of the page's editor module: `classes` or `shapes`."""
    formats: Sequence[str]
    """Export formats that can hold its labels."""

    def check(self, value: Value, classes: Sequence[str], width: int, height: int) -> Value:
        """Return the value in its normal form (boxes clipped to the image).

        Raises:
            InvalidAnswerError: another kind of value, an unknown class, a box off the image.
        """
        ...

    def agrees(self, proposed: Value, truth: Value) -> bool:
        """Whether a proposal counts as right when a person says `truth`."""
        ...

    def corrections(self, proposed: Value | None, truth: Value) -> int:
        """Count what a person must do to turn the proposal (or nothing) into the truth."""
        ...

    def trainer(self) -> Trainer:
        """Return what trains and pre-labels; imports torch or scikit-learn now."""
        ...
