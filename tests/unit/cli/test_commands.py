import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from tenfold.cli.app import app

HEAVY = ("torch", "torchvision", "prefect", "azure", "sklearn", "matplotlib", "numpy")


def tenfold(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TENFOLD_HOME": str(home), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-c", "from tenfold.cli import main; main()", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (32, 32), "red").save(folder / "red.png")
    return folder


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tenfold.cli.app import app; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    commands = (
        "demo up down status new import run resume plan certificate export person doctor classes "
        "rename archive delete erase invite assign"
    )
    for command in commands.split():
        assert f" {command} " in shown


def test_wrong_usage_exits_with_2(tmp_path: Path) -> None:
    assert tenfold(tmp_path, "new", "x").returncode == 2
    assert tenfold(tmp_path, "nonsense").returncode == 2


def test_a_project_is_made_once(tmp_path: Path, photos: Path) -> None:
    arguments = ("new", "birds", "--source", str(photos), "--task", "classification")
    made = tenfold(tmp_path / "home", *arguments, "--classes", "robin,wren")
    again = tenfold(tmp_path / "home", *arguments, "--classes", "robin,wren")
    assert made.returncode == 0
    assert again.returncode == 1
    assert "birds" in again.stderr
    assert "Traceback" not in again.stderr


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    refused = tenfold(
        tmp_path / "home", "new", "b", "--source", missing, "--task", "boxes", "--classes", "a"
    )
    assert refused.returncode == 1
    assert missing in refused.stderr
    assert "Traceback" not in refused.stderr


def test_one_class_is_too_few_for_classification(tmp_path: Path, photos: Path) -> None:
    refused = tenfold(
        tmp_path / "home",
        *("new", "b", "--source", str(photos), "--task", "classification", "--classes", "a"),
    )
    assert refused.returncode == 2
    assert "two label classes" in " ".join(refused.stderr.replace("│", "").split())


def test_an_unknown_project_is_refused_with_a_way_out(tmp_path: Path) -> None:
    refused = tenfold(tmp_path / "home", "status", "nobody")
    assert refused.returncode == 1
    assert "nobody" in refused.stderr


def test_a_wrong_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_PORT", "many")
    refused = tenfold(tmp_path / "home", "status")
    assert refused.returncode == 1
    assert "TENFOLD_PORT" in refused.stderr
