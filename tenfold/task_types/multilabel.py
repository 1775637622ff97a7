"""Any set of classes an image, the empty one included."""

from collections.abc import Sequence

from models.label import LabelSet, TaskType
from tenfold.errors import InvalidAnswerError
from tenfold.learning.port import Trainer
from tenfold.task_types.classes import check_known
from tenfold.task_types.port import Value


class Multilabel:
    """A set of classes for every image; right is the same set."""

    task = TaskType.MULTILABEL
    editor = "classes"
    formats = (
        *("csv", "jsonl", "coco"),
        *("azure-coco", "ground-truth", "label-studio", "predictions"),
    )

    def check(self, value: Value, classes: Sequence[str], width: int, height: int) -> Value:
        """Return the value, its classes sorted and without repeats.

        Raises:
            InvalidAnswerError: another kind of value, or an unknown class.
        """
        del width, height
        if not isinstance(value, LabelSet):
            raise InvalidAnswerError("This project takes a set of classes an image.")
        check_known(value.labels, classes)
        return value

    def agrees(self, proposed: Value, truth: Value) -> bool:
        """Whether both are the same set."""
        return proposed == truth

    def corrections(self, proposed: Value | None, truth: Value) -> int:
        """Count the classes to add or to take away."""
        before = set(proposed.labels) if isinstance(proposed, LabelSet) else set()
        after = set(truth.labels) if isinstance(truth, LabelSet) else set()
        return len(before ^ after)

    def trainer(self) -> Trainer:
        """Return one logistic regression a class on the backbone's features."""
        from tenfold.learning.multilabel import MultilabelTrainer

        return MultilabelTrainer()
