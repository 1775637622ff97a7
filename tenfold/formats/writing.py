"""Which format can hold what, and writing it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from models.label import Boxes, ClassLabel, LabelSet, Polygons, TaskType
from tenfold.errors import ConflictError, FormatError
from tenfold.formats import (
    coco_writer,
    csv_writer,
    ground_truth_writer,
    jsonl_writer,
    label_studio_writer,
    predictions_writer,
)
from tenfold.formats.records import ExportRow
from tenfold.formats.sinks import FolderSink, Sink
from tenfold.formats.voc_writer import write_voc
from tenfold.formats.yolo_writer import write_yolo

Writer = Callable[[Iterable[ExportRow], Sequence[str], Sink, TaskType], Iterator[None]]

WRITERS: dict[str, Writer] = {
    "coco": coco_writer.write_coco,
    "voc": write_voc,
    "yolo": write_yolo,
    "csv": csv_writer.write_csv,
    "jsonl": jsonl_writer.write_jsonl,
    "azure-coco": coco_writer.write_azure_coco,
    "ground-truth": ground_truth_writer.write_ground_truth,
    "label-studio": label_studio_writer.write_label_studio,
    "predictions": predictions_writer.write_predictions,
}

HOLDS: dict[str, frozenset[TaskType]] = {
    "coco": frozenset(TaskType),
    "voc": frozenset({TaskType.BOXES}),
    "yolo": frozenset({TaskType.BOXES, TaskType.POLYGONS}),
    "csv": frozenset({TaskType.CLASSIFICATION, TaskType.MULTILABEL, TaskType.BOXES}),
    "jsonl": frozenset(TaskType),
    "azure-coco": frozenset(TaskType),
    "ground-truth": frozenset({TaskType.CLASSIFICATION, TaskType.MULTILABEL, TaskType.BOXES}),
    "label-studio": frozenset(TaskType),
    "predictions": frozenset(TaskType),
}
"""The task types whose labels a format can hold."""

SINGLE_FILES = {
    "csv": (csv_writer.FILE, ".csv"),
    "jsonl": (jsonl_writer.FILE, ".jsonl"),
    "coco": (coco_writer.FILE, ".json"),
    "azure-coco": (coco_writer.FILE, ".json"),
    "ground-truth": (ground_truth_writer.FILE, ".manifest"),
    "label-studio": (label_studio_writer.FILE, ".json"),
    "predictions": (predictions_writer.FILE, ".jsonl"),
}
"""Formats whose labels are one file: its name, and the suffix of a path that means the file."""

_OWN_FOLDERS = {"voc": ("Annotations",), "yolo": ("labels",)}
TASKS: dict[type, TaskType] = {
    ClassLabel: TaskType.CLASSIFICATION,
    LabelSet: TaskType.MULTILABEL,
    Boxes: TaskType.BOXES,
    Polygons: TaskType.POLYGONS,
}


def check_holds(name: str, task: TaskType) -> None:
    """Refuse a format that can't hold a task's labels.

    Raises:
        FormatError: naming the formats that can.
    """
    able = ", ".join(one for one, tasks in HOLDS.items() if task in tasks)
    if name not in HOLDS:
        raise FormatError(f"There is no format {name!r}.", f"For {task.value}: {able}.")
    if task not in HOLDS[name]:
        raise FormatError(f"{name} can't hold {task.value} labels.", f"These can: {able}.")


def folder_sink(name: str, to: Path) -> FolderSink:
    """Return a sink for a folder, or for the one file that a path with a suffix means.

    Raises:
        ConflictError: an export of many files lies there already.
    """
    single = SINGLE_FILES.get(name)
    if single and to.suffix.lower() == single[1] and not to.is_dir():
        return FolderSink(to.parent, {single[0]: to.name})
    refuse_older(name, to)
    return FolderSink(to)


def refuse_older(name: str, to: Path) -> None:
    """Refuse a folder in which an export of many files lies already.

    Raises:
        ConflictError: it does.
    """
    for own in _OWN_FOLDERS.get(name, ()):
        if (to / own).exists():
            raise ConflictError(f"{to / own} is there already.", "Choose another folder.")


def write(
    format: str,  # noqa: A002 -- the word that people use
    rows: Iterable[ExportRow],
    classes: Sequence[str],
    to: Path,
    task: TaskType | None = None,
) -> list[Path]:
    """Write labels in one pass, in constant memory; the same rows give the same bytes.

    Args:
        format: one of `WRITERS`.
        rows: the labels, in the order in which they are to stand.
        classes: the label classes in the order of their numbers.
        to: a folder; or, for the formats of one file, a file with its suffix.
        task: what the labels are; None: what the first one is.

    Returns:
        The files and folders that were written directly in the folder.

    Raises:
        FormatError: the format can't hold such labels.
        ConflictError: an export of many files lies there already.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    known = task or (TASKS[type(first.value)] if first else TaskType.CLASSIFICATION)
    check_holds(format, known)
    sink = folder_sink(format, to)
    every = chain([first], iterator) if first else iterator
    for _ in WRITERS[format](every, classes, sink, known):
        pass
    return list(sink.top)
