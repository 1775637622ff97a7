"""`tenfold classes`, `rename`, `archive` and `delete`."""

from pathlib import Path

import pytest
from PIL import Image

from tests.unit.cli.test_commands import tenfold


@pytest.fixture
def home(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (32, 32), "red").save(photos / "red.png")
    made = tenfold(
        tmp_path / "home",
        *("new", "birds", "--source", str(photos), "--task", "classification"),
        *("--classes", "robin,wren,finch"),
    )
    assert made.returncode == 0, made.stderr
    return tmp_path / "home"


def test_a_project_is_renamed_archived_and_deleted(home: Path) -> None:
    assert tenfold(home, "rename", "birds", "fowl").returncode == 0
    assert tenfold(home, "archive", "fowl").returncode == 0
    assert "fowl" not in tenfold(home, "status").stdout
    deleted = tenfold(home, "delete", "fowl", "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert "What goes: 0 images" in deleted.stdout
    assert "stays" in deleted.stdout
    assert tenfold(home, "status", "fowl").returncode == 1


def test_classes_are_changed_once_it_is_said_what_it_comes_to(home: Path) -> None:
    changed = tenfold(
        home,
        *("classes", "birds", "--rename", "wren=jenny", "--add", "owl"),
        *("--color", "robin=#112233", "--yes"),
    )
    assert changed.returncode == 0, changed.stderr
    assert "wren is called jenny" in changed.stdout
    assert tenfold(home, "classes", "birds").stdout.split() == ["robin", "jenny", "finch", "owl"]
    merged = tenfold(home, "classes", "birds", "--merge", "jenny,finch=small", "--yes")
    assert merged.returncode == 0, merged.stderr
    assert tenfold(home, "classes", "birds").stdout.split() == ["robin", "small", "owl"]
    unknown = tenfold(home, "classes", "birds", "--rename", "eagle=kite", "--yes")
    assert unknown.returncode == 2
