"""Task types: one object each says all that differs between classes, sets, boxes and polygons.

They are found through the entry point group `tenfold.task_types`; an installed package can add
its own trainer and predictor under a task type's name.
"""

from tenfold.task_types.port import TaskKind
from tenfold.task_types.registry import task_kind

__all__ = ["TaskKind", "task_kind"]
