"""What tenfold's exports in other tools' formats say beyond what these can."""

from typing import Any

from models.label import TaskType
from tenfold.formats.jsonl_writer import provenance
from tenfold.formats.records import ExportRow


def own_part(row: ExportRow, task: TaskType) -> dict[str, Any]:
    """Return path, size and task of a row, its columns, and whose word the label is."""
    return {
        "path": row.name,
        "width": row.image.width,
        "height": row.image.height,
        "task": task.value,
        **provenance(row),
    }
