"""What Azure ML's data labeling exported, brought in and gone on with: a saved job, then labels."""

import json
from pathlib import Path

import pytest

from models.annotation import FinalKind
from tenfold.importing import Wanted, bring
from tests.e2e.conftest import Home, draw_images, expected_labels

pytestmark = [pytest.mark.e2e]


def saved_job(file: Path) -> Path:
    """Write the ARM body of a labeling job without ML assist, as the old service kept it."""
    media = {"mediaType": "Image", "annotationType": "Classification"}
    classes = {name: {"displayName": name} for name in ("blue", "red")}
    categories = {"colors": {"displayName": "Colors", "classes": classes}}
    properties = {"labelCategories": categories, "labelingJobMediaProperties": media}
    file.write_text(json.dumps({"name": "colors", "properties": properties}))
    return file


def exported(file: Path, images: list[str]) -> Path:
    """Write a COCO export: a class of each image, sizes of 0 and addresses of a datastore."""
    coco = {
        "images": [
            {
                "id": number,
                "width": 0.0,
                "height": 0.0,
                "file_name": f"set/{name}",
                "coco_url": f"AmlDatastore://workspaceblobstore/set/{name}",
                "absolute_url": f"https://old.blob.core.windows.net/azureml/set/{name}",
            }
            for number, name in enumerate(images)
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1 + ("red" in name)}
            for n, name in enumerate(images)
        ],
        "categories": [{"id": 1, "name": "blue"}, {"id": 2, "name": "red"}],
    }
    file.write_text(json.dumps(coco))
    return file


def test_an_imported_project_asks_only_about_what_has_no_tag(home: Home, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    draw_images(photos, 6)
    names = sorted(path.name for path in photos.iterdir())
    job = saved_job(tmp_path / "job.json")
    labels = exported(tmp_path / "labels.json", names[:4])
    bring(home.ctx, Wanted("moved", job, images=str(photos)))
    bring(home.ctx, Wanted("moved", labels))
    home.tenfold("run", "moved", "--timeout", "1")
    project = home.ctx.store.projects.get("moved")
    run, asked = home.suspended(project)
    assert (asked.size, asked.missing) == (2, 2)
    home.answer(project, only=asked)
    home.page.post(f"/api/rounds/{asked.id}/approve", json={}).raise_for_status()
    home.completed(run)
    assert home.labels(project) == expected_labels(photos)
    kinds = [row.by for row in home.ctx.store.snapshots.final_labels(project.id)]
    assert sorted(kinds) == [FinalKind.IMPORTED] * 4 + [FinalKind.PERSON] * 2
