"""Finding task types by entry point."""

from functools import cache
from importlib.metadata import entry_points

from models.label import TaskType
from tenfold.errors import NotFoundError
from tenfold.task_types.port import TaskKind

GROUP = "tenfold.task_types"


@cache
def task_kind(task: TaskType) -> TaskKind:
    """Return the one object of a task type.

    Where two packages name the same task type, the one that isn't tenfold's own wins.

    Raises:
        NotFoundError: no package offers it.
    """
    found = [point for point in entry_points(group=GROUP) if point.name == task.value]
    if not found:
        raise NotFoundError(f"No task type {task.value!r} is installed.", "Run `pip install -e .`.")
    found.sort(key=lambda point: point.value.startswith("tenfold."))
    kind: TaskKind = found[0].load()()
    return kind
