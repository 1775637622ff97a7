"""One class an image."""

from collections.abc import Sequence

from models.label import ClassLabel, TaskType
from tenfold.errors import InvalidAnswerError
from tenfold.learning.port import Trainer
from tenfold.task_types.classes import check_known
from tenfold.task_types.port import Value


class Classification:
    """Exactly one class for every image; right is the same class."""

    task = TaskType.CLASSIFICATION
    editor = "classes"
    formats = (
        *("csv", "jsonl", "coco"),
        *("azure-coco", "ground-truth", "label-studio", "predictions"),
    )

    def check(self, value: Value, classes: Sequence[str], width: int, height: int) -> Value:
        """Return the value.

        Raises:
            InvalidAnswerError: another kind of value, or an unknown class.
        """
        del width, height
        if not isinstance(value, ClassLabel):
            raise InvalidAnswerError("This project takes exactly one class an image.")
        check_known([value.label], classes)
        return value

    def agrees(self, proposed: Value, truth: Value) -> bool:
        """Whether both name the same class."""
        return proposed == truth

    def corrections(self, proposed: Value | None, truth: Value) -> int:
        """Return 0 where the proposal is right, else 1."""
        return 0 if proposed == truth else 1

    def trainer(self) -> Trainer:
        """Return logistic regression on the backbone's features."""
        from tenfold.learning.classification import ClassificationTrainer

        return ClassificationTrainer()
