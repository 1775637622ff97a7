"""`tenfold import`: a sample of each format through the command line, and out again."""

import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenfold.importing import taking_in
from tenfold.pipeline.context import open_context
from tests.unit.importing.conftest import SAMPLES, Run

CAN = {"a.png": ("can", [0.25, 0.5, 0.75, 0.75]), "b.png": ("cup", [0.0, 0.0, 0.5, 0.5])}
LEAF = {"a.png": ("leaf", [0, 0, 0.5, 0, 0.5, 0.5]), "b.png": ("stem", [0, 0, 1, 0, 1, 1])}
CLASSES = {"a.png": "can", "b.png": "cup"}
SEVERAL = {"a.png": ["can", "cup"], "b.png": ["cup"]}

FORMATS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "azure-coco.json": (
        "coco",
        "boxes",
        {
            "a.png": ("Animal/Cat", [0.25, 0.5, 0.75, 0.75]),
            "b.png": ("Animal/Dog", [0.0, 0.0, 0.5, 0.5]),
        },
    ),
    "azure-coco-several.json": (
        "coco",
        "multilabel",
        {"a.png": ['say "cheese"', "sunny"], "b.png": ['say "cheese"']},
    ),
    "azure.csv": ("csv", "classification", {"a.png": "cat", "b.png": "dog, small"}),
    "mltable": ("jsonl", "boxes", CAN),
    "automl-outlines.jsonl": ("jsonl", "polygons", LEAF),
    "automl-classes.jsonl": ("jsonl", "classification", CLASSES),
    "automl-several.jsonl": ("jsonl", "multilabel", SEVERAL),
    "sagemaker.manifest": ("jsonl", "boxes", CAN),
    "sagemaker-classes.manifest": ("jsonl", "classification", CLASSES),
    "sagemaker-several.manifest": ("jsonl", "multilabel", SEVERAL),
    "label-studio.json": ("label-studio", "boxes", CAN),
    "coco.json": ("coco", "polygons", LEAF),
    "voc": ("voc", "boxes", CAN),
    "yolo": ("yolo", "boxes", CAN),
    "plain.csv": ("csv", "classification", CLASSES),
}
"""Sample → format, task, and what is said of each image."""

Exported = Callable[..., dict[str, Any]]


def said(row: dict[str, Any]) -> Any:
    """Return a label as the table above has it."""
    label = row["label"]
    if isinstance(label, str) or not label or isinstance(label[0], str):
        return label
    (shape,) = label
    if "polygon" in shape:
        return shape["label"], pytest.approx(shape["polygon"][0])
    corners = [shape[corner] for corner in ("topX", "topY", "bottomX", "bottomY")]
    return shape["label"], pytest.approx(corners)


def sample(name: str, tmp_path: Path, photos: Path) -> Path:
    """Return a copy of a sample; YOLO has its images beside its text files."""
    source, copy = SAMPLES / name, tmp_path / name
    if source.is_file():
        shutil.copy(source, copy)
        return copy
    shutil.copytree(source, copy)
    if name == "yolo":
        (copy / "images").mkdir()
        for picture in ("a.png", "b.png"):
            shutil.copy(photos / picture, copy / "images" / picture)
    return copy


@pytest.mark.parametrize("name", FORMATS)
def test_a_sample_of_each_format_makes_a_project_and_comes_out_again(
    name: str, tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    format_name, task, wanted = FORMATS[name]
    path = sample(name, tmp_path, photos)

    dry = tenfold("import", "zoo", path, "--images", photos, "--dry-run")
    assert "Would come into zoo" in dry
    assert f" {format_name} " in dry
    assert f" {task} " in dry
    assert "zoo" not in tenfold("status")

    tenfold("import", "zoo", path, "--images", photos)
    found = exported("zoo")
    assert {key: said(row) for key, row in found.items()} == wanted
    assert {(row["by"], row["annotator"]) for row in found.values()} == {("imported", "imported")}
    assert {row["task"] for row in found.values()} == {task}


@pytest.mark.parametrize(
    ("name", "wanted"), [("predictions.jsonl", CAN), ("predictions-classes.jsonl", CLASSES)]
)
def test_predictions_come_in_as_proposals_that_people_are_asked_about(
    name: str, wanted: Any, tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    path = sample(name, tmp_path, photos)
    tenfold("import", "cans", path, "--images", photos)
    tenfold("import", "cans", path, "--images", photos)

    assert exported("cans") == {}
    found = exported("cans", "--include", "prelabels")
    assert {key: said(row) for key, row in found.items()} == wanted
    assert {row["by"] for row in found.values()} == {"pre-label"}
    assert found["a.png"]["confidence"] == pytest.approx(0.9 if wanted is CAN else 0.75)

    store = open_context().store
    project = store.projects.get("cans")
    cycle = store.cycles.current(project.id)
    assert cycle is not None
    (asked,) = store.rounds.list(cycle.id)
    assert (asked.kind.value, asked.size) == ("review", 2)
    assert cycle.flow_run_id is None, "the next flow run finds it free"


def test_a_saved_labeling_job_makes_its_project(tmp_path: Path, photos: Path, tenfold: Run) -> None:
    path = sample("labeling-job.json", tmp_path, photos)
    refused = tenfold("import", "zoo", path, code=1)
    assert "azureml://locations/L/workspaces/W/data/zoo/versions/1" in refused
    assert "--images" in refused

    tenfold("import", "zoo", path, "--images", photos)
    tenfold("import", "zoo", path)
    project = open_context().store.projects.get("zoo")
    assert project.class_names == ("Cat/Lion", "Cat/Tiger", "Bird")
    assert project.task.value == "boxes"
    assert project.finish_mode.value == "review"
    assert "Label every animal." in project.instructions
    assert "https://account.blob.core.windows.net/docs/zoo.md" in project.instructions


def test_what_is_missing_or_not_understood_is_listed_by_line(
    tmp_path: Path, photos: Path, tenfold: Run
) -> None:
    path, listed = sample("azure-coco.json", tmp_path, photos), tmp_path / "all.jsonl"
    told = tenfold("import", "zoo", path, "--images", photos, "--report", listed)
    assert "set/lost.png" in told
    assert f"{path}:16: annotation 3: a box without area, left out." in told
    assert f"{path}:17: annotation 4: image 8 isn't among the file's images." in told
    entries = [json.loads(line) for line in listed.read_text().splitlines()]
    assert [key for entry in entries for key in entry] == [
        *["not understood"] * 2,
        "missing",
    ]

    told = tenfold("import", "cups", sample("mltable", tmp_path, photos), "--images", photos)
    assert "annotations.jsonl:3: not a JSON object" in told
    told = tenfold(
        "import", "ls", sample("label-studio.json", tmp_path, photos), "--images", photos
    )
    assert "label-studio.json:6: brushlabels are not read." in told
    told = tenfold("import", "pets", sample("azure.csv", tmp_path, photos), "--images", photos)
    assert "azure.csv:4: the row names no image." in told


def test_an_image_that_is_not_there_is_listed_once(
    tmp_path: Path, photos: Path, tenfold: Run
) -> None:
    path = sample("azure-coco.json", tmp_path, photos)
    coco = json.loads(path.read_text())
    for image in coco["images"]:
        image.update(width=0.0, height=0.0)
    path.write_text(json.dumps(coco))
    told = tenfold("import", "zoo", path, "--images", photos)
    assert "set/lost.png" in told
    assert "Not understood (2)" in told
    assert "size is unknown" not in told


def test_what_makes_no_project_is_said_in_a_sentence(
    tmp_path: Path, photos: Path, tenfold: Run
) -> None:
    (tmp_path / "one.csv").write_text("Url,Label\nAmlDatastore://store/set/a.png,cat\n")
    refused = tenfold("import", "cats", tmp_path / "one.csv", "--images", photos, code=1)
    assert "needs at least two label classes" in refused
    assert "--classes" in refused
    told = tenfold(
        "import", "cats", tmp_path / "one.csv", "--images", photos, "--classes", "dog", "--dry-run"
    )
    assert "None of the images" not in told
    (photos / "a.png").rename(photos / "z.png")
    told = tenfold(
        "import", "cats", tmp_path / "one.csv", "--images", photos, "--classes", "dog", "--dry-run"
    )
    assert "None of the images was found" in told
    named = tenfold("import", "Cats", tmp_path / "one.csv", "--images", photos, code=2)
    assert "'Cats' can't be a project's name" in named


def test_twice_is_as_good_as_once(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    path = sample("plain.csv", tmp_path, photos)
    tenfold("import", "cans", path, "--images", photos)
    once = exported("cans")
    tenfold("import", "cans", path, "--images", photos)
    assert exported("cans") == once
    store = open_context().store
    project = store.projects.get("cans")
    assert all(
        len(store.labeling.history(project.id, image.sha256)) <= 1
        for image in store.images.iterate(project.id)
    )


def test_labels_come_into_a_project_that_is_there_and_a_persons_answer_stays(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    from models.label import ClassLabel
    from models.person import Role

    tenfold("new", "cans", "--source", photos, "--task", "classification", "--classes", "can,cup")
    path = sample("plain.csv", tmp_path, photos)
    told = tenfold("import", "cans", path)
    assert "there already" in told
    assert {key: row["label"] for key, row in exported("cans").items()} == CLASSES

    store = open_context().store
    project = store.projects.get("cans")
    sha = store.images.hashes(project.id, ["a.png"])["a.png"]
    ann = store.people.ensure("ann", Role.REVIEWER)
    store.labeling.correct(ann.id, project.id, sha, ClassLabel(label="cup"))
    tenfold("import", "cans", path)
    assert exported("cans")["a.png"]["label"] == "cup"


def test_classes_that_a_project_does_not_have_are_refused_with_the_command_that_adds_them(
    tmp_path: Path, photos: Path, tenfold: Run
) -> None:
    tenfold("new", "cans", "--source", photos, "--task", "classification", "--classes", "can,box")
    refused = tenfold("import", "cans", sample("plain.csv", tmp_path, photos), code=1)
    assert "tenfold classes cans --add 'cup'" in refused


def test_without_images_no_project_is_made(tmp_path: Path, photos: Path, tenfold: Run) -> None:
    refused = tenfold("import", "cans", sample("plain.csv", tmp_path, photos), code=1)
    assert "none of its 2 images was found (a.png, b.png" in refused
    assert "--images" in refused
    assert "cans" not in tenfold("status")


def test_images_beside_the_file_need_no_option(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    shutil.copy(SAMPLES / "plain.csv", photos / "plain.csv")
    tenfold("import", "cans", photos / "plain.csv")
    found = exported("cans")
    assert {key: row["label"] for key, row in found.items()} == CLASSES
    assert found["a.png"]["columns"] == {"site": "Ulm"}


def test_a_name_that_several_images_have_is_not_guessed(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    for folder in ("one", "two"):
        (photos / folder).mkdir()
        shutil.move(photos / f"{'a' if folder == 'one' else 'b'}.png", photos / folder / "x.png")
    path = tmp_path / "labels.csv"
    path.write_text("path,label\nx.png,can\nset/two/x.png,cup\nc.png,can\n")
    told = tenfold("import", "cans", path, "--images", photos)
    assert "Missing: no image of this path or name, or several (1):\n  x.png" in told
    store = open_context().store
    hashes = store.images.hashes(store.projects.get("cans").id, ["two/x.png"])
    assert exported("cans")["x.png"]["sha256"] == hashes["two/x.png"]


def test_format_task_and_first_classes_can_be_said(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    path = tmp_path / "labels.dat"
    path.write_text("Url;Label\nAmlDatastore://store/a.png;cup\nAmlDatastore://store/b.png;can\n")
    options = ("--format", "azure-csv", "--task", "multilabel", "--classes", "lid,can")
    tenfold("import", "cans", path, "--images", photos, *options)
    assert {key: said(row) for key, row in exported("cans").items()} == {
        "a.png": ["cup"],
        "b.png": ["can"],
    }
    assert open_context().store.projects.get("cans").class_names == ("lid", "can", "cup")


def test_a_saved_job_and_then_its_labels(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    job = json.loads((SAMPLES / "labeling-job.json").read_text())
    names = {"cat": {"displayName": "Cat"}, "dog": {"displayName": "Dog"}}
    animals = {"Animal": {"displayName": "Animal", "subclasses": names}}
    job["properties"]["labelCategories"]["animals"]["classes"] = animals
    (tmp_path / "job.json").write_text(json.dumps(job))
    tenfold("import", "zoo", tmp_path / "job.json", "--images", photos)
    tenfold("import", "zoo", sample("azure-coco.json", tmp_path, photos))
    found = exported("zoo")
    assert {key: said(row) for key, row in found.items()} == FORMATS["azure-coco.json"][2]


def test_an_import_that_was_killed_goes_on_and_one_during_a_flow_run_is_refused(
    tmp_path: Path, photos: Path, tenfold: Run, exported: Exported
) -> None:
    path = sample("plain.csv", tmp_path, photos)
    for name in ("killed", "running"):
        options = ("--task", "classification", "--classes", "can,cup")
        tenfold("new", name, "--source", photos, *options)
    store = open_context().store
    running = store.projects.get("running")
    killed = store.projects.get("killed")
    store.cycles.claim(store.cycles.ensure(running.id).id, str(uuid.uuid4()))
    claim = taking_in._claim(open_context(), killed)
    store.cycles.begin_step(claim, "ingest", "ingest")

    tenfold("import", "killed", path)
    assert {key: row["label"] for key, row in exported("killed").items()} == CLASSES
    refused = tenfold("import", "running", path, code=1)
    assert "The images of running are being taken in." in refused


def test_a_manifest_of_predictions_gives_images_and_no_label(
    photos: Path, tenfold: Run, exported: Exported
) -> None:
    scored = (SAMPLES / "predictions-classes.jsonl").read_text().replace("/data/run/", "")
    (photos / "scored.jsonl").write_text(scored)
    options = ("--task", "classification", "--classes", "can,cup")
    tenfold("new", "cans", "--source", photos / "scored.jsonl", *options)
    tenfold("import", "cans", SAMPLES / "predictions-classes.jsonl", "--as", "prelabels")
    assert exported("cans") == {}
    store = open_context().store
    version = store.imports.version(store.projects.get("cans").id)
    assert store.models.prelabel_count(version) == 2


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("hello\n", "notes.txt", "notes.txt: not a labels file that is known"),
        ('{"images": [{"id": 1, "file_name": "a.png"},\n {"id": 2 ', "x.json", "x.json:2: "),
        ('path,label\na.png,"can\n', "x.csv", "x.csv:2: unexpected end of data"),
        ("a,b\n1,2\n", "x.csv", "x.csv:1: no column says where the images are"),
        ("{no}\n{nor}\n", "x.jsonl", "x.jsonl:1: not a JSON object"),
    ],
)
def test_a_file_that_is_broken_is_refused_with_its_line(
    text: str, name: str, message: str, tmp_path: Path, photos: Path, tenfold: Run
) -> None:
    (tmp_path / name).write_text(text)
    refused = tenfold("import", "x", tmp_path / name, "--images", photos, code=1)
    assert message in refused
    assert open_context().store.projects.list() == []


def test_boxes_of_another_task_and_other_images_are_refused(
    tmp_path: Path, photos: Path, tenfold: Run
) -> None:
    tenfold("new", "cans", "--source", photos, "--task", "classification", "--classes", "can,cup")
    path = sample("plain.csv", tmp_path, photos)
    assert "not of boxes" in tenfold("import", "cans", path, "--task", "boxes", code=1)
    refused = tenfold("import", "cans", path, "--images", tmp_path, code=1)
    assert f"takes its images from {photos}" in refused
