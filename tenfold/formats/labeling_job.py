"""A saved labeling job of Azure ML (its ARM body): a project without its labels."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.label import TaskType
from tenfold.errors import FormatError

CATEGORIES = "labelCategories"
_TASKS = {
    "classification": TaskType.CLASSIFICATION,
    "boundingbox": TaskType.BOXES,
    "objectdetection": TaskType.BOXES,
    "instancesegmentation": TaskType.POLYGONS,
}


@dataclass(frozen=True, slots=True)
class LabelingJob:
    """What a labeling job says of a project."""

    name: str
    task: TaskType
    classes: tuple[str, ...]
    """Classes within classes as `Animal/Cat`, as the old service exported them."""
    instructions: str
    assisted: bool
    """Whether ML assist was on."""
    refreshes: bool
    """Whether new images were taken in at intervals; tenfold always does so."""
    dataset: str
    """The data asset that the images were in, as the job names it."""


def read_labeling_job(file: Path) -> LabelingJob:
    """Return what a saved ARM body says: of the job itself, or of its `properties`.

    Raises:
        FormatError: it isn't one of images, naming what is missing.
    """
    try:
        body = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise FormatError(f"{file}: not JSON ({error}).") from None
    said = body.get("properties") if isinstance(body, dict) else None
    said = said if isinstance(said, dict) and CATEGORIES in said else body
    if not isinstance(said, dict) or not isinstance(said.get(CATEGORIES), dict):
        raise FormatError(f"{file}: no {CATEGORIES}.", "A saved labeling job has them.")
    classes = tuple(dict.fromkeys(_classes(said[CATEGORIES])))
    if not classes:
        raise FormatError(f"{file}: its {CATEGORIES} hold no class.")
    data = said.get("dataConfiguration") or said.get("datasetConfiguration") or {}
    return LabelingJob(
        name=str(body.get("name") or said.get("displayName") or file.stem),
        task=_task(file, said),
        classes=classes,
        instructions=_instructions(said),
        assisted=_is_on(said.get("mlAssistConfiguration"), "mlAssist", "mlAssistEnabled"),
        refreshes=_is_on(
            data,
            *("incrementalDataRefresh", "incrementalDataRefreshEnabled"),
            *("incrementalDatasetRefreshEnabled", "enableIncrementalDatasetRefresh"),
        ),
        dataset=str(data.get("dataId") or data.get("assetName") or ""),
    )


def _task(file: Path, said: dict[str, Any]) -> TaskType:
    media = said.get("labelingJobMediaProperties") or {}
    if str(media.get("mediaType", "Image")).lower() != "image":
        raise FormatError(f"{file}: it labels {media['mediaType']}, and tenfold only images.")
    kind = str(media.get("annotationType") or "Classification")
    task = _TASKS.get(kind.lower().replace(" ", ""))
    if task is None:
        raise FormatError(f"{file}: annotationType {kind!r} is none of {', '.join(_TASKS)}.")
    several = any(
        _is_on(category, "multiSelect", "multiSelectEnabled", "allowMultiSelect")
        for category in said[CATEGORIES].values()
    )
    return TaskType.MULTILABEL if several and task is TaskType.CLASSIFICATION else task


def _instructions(said: dict[str, Any]) -> str:
    """Return the instructions in Markdown: the job only names where they are."""
    uri = str((said.get("jobInstructions") or {}).get("uri") or "")
    text = str(said.get("description") or "")
    return "\n\n".join(part for part in (text, f"[Instructions]({uri})" if uri else "") if part)


def _is_on(holder: object, *names: str) -> bool:
    """Whether a switch is on; it was a truth value once and is a word now."""
    if not isinstance(holder, dict):
        return False
    return any(holder.get(name) in (True, "Enabled", "enabled", "true", "True") for name in names)


def _classes(categories: dict[str, Any]) -> Iterator[str]:
    """Yield the classes; with several categories each begins with its category's name."""
    for key, category in categories.items():
        inside = category.get("classes") if isinstance(category, dict) else None
        prefix = f"{category.get('displayName') or key}/" if len(categories) > 1 else ""
        yield from _leaves(inside or {}, prefix)


def _leaves(classes: dict[str, Any], prefix: str) -> Iterator[str]:
    for key, each in classes.items():
        name = f"{prefix}{(each or {}).get('displayName') or key}"
        inside = (each or {}).get("subclasses")
        if inside:
            yield from _leaves(inside, f"{name}/")
        else:
            yield name
