"""A project as the ARM body of a labeling job of Azure ML: all but its labels."""

import json
from pathlib import Path
from typing import Any

from models.label import TaskType
from models.project import FinishMode, ProjectSettings
from tenfold.formats.labeling_job import CATEGORIES

_KINDS = {
    TaskType.CLASSIFICATION: "Classification",
    TaskType.MULTILABEL: "Classification",
    TaskType.BOXES: "BoundingBox",
    TaskType.POLYGONS: "InstanceSegmentation",
}


def labeling_job(project: ProjectSettings) -> dict[str, Any]:
    """Return the body; classes within classes keep their full names."""
    several = project.task is TaskType.MULTILABEL
    return {
        "name": project.name,
        "properties": {
            "jobType": "Labeling",
            "displayName": project.name,
            "description": project.instructions,
            "dataConfiguration": {"dataId": project.source, "incrementalDataRefresh": "Enabled"},
            CATEGORIES: {
                "classes": {
                    "displayName": "Classes",
                    "multiSelect": _switch(several),
                    "classes": {
                        f"c{number}": {"displayName": name, "subclasses": {}}
                        for number, name in enumerate(project.class_names, start=1)
                    },
                }
            },
            "labelingJobMediaProperties": {
                "mediaType": "Image",
                "annotationType": _KINDS[project.task],
            },
            "mlAssistConfiguration": {
                "mlAssist": _switch(project.finish_mode is not FinishMode.MANUAL)
            },
        },
    }


def write_labeling_job(project: ProjectSettings, to: Path) -> Path:
    """Write the body into a folder, or as the one file that a path with a suffix means."""
    file = to if to.suffix.lower() == ".json" else to / "labeling-job.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(labeling_job(project), ensure_ascii=False, indent=1)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def _switch(on: bool) -> str:
    return "Enabled" if on else "Disabled"
