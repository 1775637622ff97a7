"""A tree of folders named by class becomes a set that the bench reads."""

import csv
import random
from pathlib import Path, PurePath

import pytest
from PIL import Image

from benchmarks.class_folders import class_of, gather, small
from benchmarks.labeled_set import write_set


def picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    dice = random.Random(number)
    color = tuple(dice.randrange(256) for _ in range(3))
    Image.new("RGB", (800, 600), color).save(path)


@pytest.mark.parametrize(
    ("path", "level", "label"),
    [
        ("train/Fruit/Apple/1.jpg", None, "Apple"),
        ("train/Fruit/Apple/1.jpg", 2, "Fruit"),
        ("train/1.jpg", 2, None),
        ("1.jpg", None, None),
    ],
)
def test_a_folder_names_the_class(path: str, level: int | None, label: str | None) -> None:
    assert class_of(PurePath(path), level) == label


def test_each_image_is_written_once_and_small(tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    for number in range(6):
        picture(tree / "train" / ("cat" if number % 2 else "dog") / f"{number}.png", number)
    picture(tree / "test" / "cat" / "again.png", 1)
    picture(tree / "icons" / "cat" / "7.png", 7)
    (tree / "train" / "cat" / "broken.jpg").write_bytes(b"no image")
    found = gather(tree, ["train", "test"], level=2)
    assert write_set(out, small(found), 90) == 6
    with (out / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["label"] for row in rows) == ["cat"] * 3 + ["dog"] * 3
    with Image.open(out / rows[0]["path"]) as written:
        assert max(written.size) == 400
    assert gather(tree, ["train", "test"], level=2) == found
