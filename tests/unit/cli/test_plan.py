"""`tenfold plan`: prices beforehand, and what it came to."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from models.plan import Offer, Plan
from models.record import now
from tenfold.blobs import names
from tenfold.cli.app import app
from tenfold.pipeline.context import open_context
from tenfold.settings import get_settings


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    open_context.cache_clear()
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (32, 32), "red").save(folder / "red.png")
    options = ["--source", str(folder), "--task", "classification", "--classes", "robin,wren"]
    made = CliRunner().invoke(app, ["new", "birds", *options])
    assert made.exit_code == 0, made.output


def told(*, finished: bool = False, looks: int | None = 69, each_class: bool = False) -> None:
    ctx = open_context()
    project = ctx.store.projects.get("birds")
    own = Offer(error=0.05, wrong_allowed=50, least=57, looks=looks, minutes=4.0 if looks else None)
    plan = Plan(
        project_id=project.id,
        cycle_id="c",
        images=1000,
        confidence=0.95,
        looked=71 if finished else 10,
        seconds_each=6.0,
        offers=(own, Offer(error=0.01, wrong_allowed=10, least=239, looks=300, minutes=17.5)),
        foreseen=looks,
        finished=finished,
        each_class=each_class,
        made_at=now(),
    )
    ctx.blobs.put(names.plan(project.id), plan.model_dump_json().encode())


def shown(*options: str) -> Result:
    return CliRunner().invoke(app, ["plan", "birds", *options])


def test_prices_are_shown_for_several_promises() -> None:
    told()
    lines = shown().output.splitlines()
    assert lines[1].split() == [
        "5",
        "%",
        "about",
        "69",
        "6.9",
        "%",
        "about",
        "4",
        "57",
        "or",
        "more",
    ]
    assert lines[2].split() == [
        "1",
        "%",
        "about",
        "300",
        "30.0",
        "%",
        "about",
        "18",
        "239",
        "or",
        "more",
    ]
    assert "1000 images, 95% sure; 10 looked at so far." in lines[3]


def test_without_a_model_only_the_bound_is_known() -> None:
    told(looks=None)
    output = shown().output
    assert "not known yet" in output
    assert "57 or more" in output
    assert "The first round teaches a model" in output


def test_at_the_end_it_says_what_it_came_to() -> None:
    told(finished=True)
    output = shown().output
    assert "Finished: people looked at 71 of 1000 images." in output
    assert "The first model let expect 69." in output
    assert "about 69" not in output


def test_json_holds_the_plan() -> None:
    told()
    plan = json.loads(shown("--json").output)
    assert plan["offers"][0]["looks"] == 69
    assert plan["foreseen"] == 69


def test_a_project_without_a_plan_says_what_to_do() -> None:
    result = shown()
    assert result.exit_code == 1
    assert "tenfold run birds" in f"{result.output}{result.exception}"


def test_a_plan_of_each_class_says_so_and_how_it_is_estimated() -> None:
    told(each_class=True)
    output = " ".join(shown().output.split())
    assert "at most wrong in each class" in output
    assert "Estimated class by class" in output


def made(name: str, *options: str) -> Result:
    source = str(open_context().store.projects.get("birds").source)
    common = ["--source", source, "--classes", "robin,wren", *options]
    return CliRunner().invoke(app, ["new", name, *common])


def test_each_class_is_asked_for_and_implies_one_look() -> None:
    said = made("owls", "--task", "classification", "--each-class")
    assert said.exit_code == 0
    assert "by one look" in said.output
    project = open_context().store.projects.get("owls")
    assert (project.each_class, project.certificate) == (True, "look")


@pytest.mark.parametrize("task", ["multilabel", "boxes", "polygons"])
def test_each_class_of_images_with_several_is_refused_with_the_reason(task: str) -> None:
    said = made("owls", "--task", task, "--each-class", "--finish", "certified")
    assert said.exit_code != 0
    assert "one class each" in " ".join(said.output.replace("│", " ").split())


def test_each_class_without_a_certificate_is_refused() -> None:
    said = made("owls", "--task", "classification", "--each-class", "--finish", "review")
    assert said.exit_code != 0
    assert "finish mode certified" in " ".join(said.output.replace("│", " ").split())
