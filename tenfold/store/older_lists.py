"""What was said under an earlier list of classes, read with today's names.

Nothing that was said is rewritten: a project knows what the names mean now that its classes had.
"""

from dataclasses import dataclass

from models.annotation import Annotation, Answer
from models.label import LabelValue, classes_in
from models.project import Project
from tenfold.store.finals import Agrees
from tenfold.task_types import task_kind


def agreeing(project: Project) -> Agrees:
    """Return whether two values say the same, whatever their classes were called."""
    agrees = task_kind(project.task).agrees
    if not project.former_classes:
        return agrees
    return lambda one, other: agrees(project.today(one), project.today(other))


def with_todays_names(project: Project, said: Annotation) -> Annotation:
    """Return an annotation with the names that the classes have now."""
    if not project.former_classes:
        return said
    values = {
        name: value if value is None else project.today(value)
        for name, value in (("value", said.value), ("proposed", said.proposed))
    }
    return said.model_copy(update=values)


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, and what is to become of it."""

    answer: Answer
    gone: frozenset[str] = frozenset()
    """Classes that it names and that are gone since its list."""
    counts: bool = True
    """Whether it may be a label; otherwise it is kept, and its image is asked about again."""


def hear(project: Project, answer: Answer) -> Heard:
    """Read an answer that may have been made under an earlier list.

    One that can't be a label any more gets a comment, by which a reviewer finds it.
    """
    under = answer.classes_version or project.classes_version
    if under >= project.classes_version:
        return Heard(answer)
    gone = _gone(project, answer.value)
    counts = not gone and under >= project.counts_since
    if counts:
        return Heard(answer)
    why = f"no class {', '.join(sorted(gone))} any more" if gone else "labels were begun anew"
    said = f"Given under an earlier list of classes: {why}."
    comment = f"{answer.comment} ({said})" if answer.comment else said
    return Heard(answer.model_copy(update={"comment": comment}), gone, counts=False)


def _gone(project: Project, value: LabelValue | None) -> frozenset[str]:
    names = classes_in(value) if value is not None else set()
    return frozenset(name for name in names if project.former_classes.get(name, name) is None)
