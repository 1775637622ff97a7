"""Demo data: a folder of images, as untidy as real ones, and the right answers beside it."""

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from models.label import Box, Polygon
from tenfold.demo.digits import from_digits
from tenfold.demo.material import Material, from_packages, settle
from tenfold.demo.scenes import MANY_THINGS, ONE_THING, SIZE, Scene, compose, plan
from tenfold.errors import SourceError

Task = Literal["classification", "boxes"]
Kind = Literal["scenes", "digits"]
Report = Callable[[int, int], None]

_QUALITY = 88
_SIDEWAYS = 6
"""EXIF orientation: to be turned by 90 degrees to the right for showing."""
_SIDEWAYS_EVERY = 97
_EXIF_ORIENTATION = 0x0112
_VERSION = 1
"""Grows when the same seed gives other pictures."""


@dataclass(frozen=True, slots=True)
class DemoData:
    """A source of images, and what is right for each."""

    source: Path
    """Folder with the images, to be given to a project as its source."""
    answers: Path
    """CSV whose paths are relative to `source`."""
    outlines: Path
    """JSON lines with the outlines of all things."""
    kind: Kind
    classes: tuple[str, ...]
    images: int
    """Different images that can be read; a copy and two unreadable files lie among them."""
    note: str
    """What this is and where it comes from, in words for people."""


def prepare(
    task: Task,
    images: int,
    to: Path,
    seed: int = 0,
    report: Report = lambda _done, _total: None,
    *,
    kind: Kind | Literal["auto"] = "auto",
    cache: Path | None = None,
) -> DemoData:
    """Make the demo's images, or return them where they were made before.

    Args:
        task: `classification` (one thing a scene) or `boxes` (one to four).
        images: how many different images.
        to: folder under which a folder of this task, count and seed is made.
        seed: the same one gives the same images.
        report: told how many images are done.
        kind: `scenes` of photographs from Debian packages, `digits` of scikit-learn; `auto`
            takes the digits only where the packages can't be had.
        cache: where the photographs are kept; by default under TENFOLD_HOME.

    Raises:
        SourceError: `scenes` were asked for and can't be had.
    """
    kinds: Sequence[Kind] = ("scenes", "digits") if kind == "auto" else (kind,)
    for one in kinds:
        folder = to / f"{one}-{task}-{images}-seed{seed}-v{_VERSION}"
        if (folder / "demo.json").is_file():
            return _read(folder)
    report(0, images)
    material, made, why = _material(kind, cache or _default_cache())
    folder = to / f"{made}-{task}-{images}-seed{seed}-v{_VERSION}"
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix="making-") as temporary:
        made_in = Path(temporary) / "demo"
        _make(made_in, material, task, images, seed, report)
        _describe(made_in, material, made, task, images, why)
        settle(made_in, folder)
    return _read(folder)


def _default_cache() -> Path:
    from tenfold.settings import get_settings

    return get_settings().home_dir / "cache"


def _material(kind: str, cache: Path) -> tuple[Material, Kind, str]:
    if kind == "digits":
        return from_digits(), "digits", ""
    try:
        return from_packages(cache, lambda _text: None), "scenes", ""
    except SourceError as error:
        if kind == "scenes":
            raise
        return from_digits(), "digits", str(error)


def _make(
    folder: Path, material: Material, task: Task, images: int, seed: int, report: Report
) -> None:
    source = folder / "images"
    source.mkdir(parents=True)
    one = task == "classification"
    planned = plan(material, images, (1,) if one else (1, 2, 3, 4), seed)
    look = ONE_THING if one else MANY_THINGS

    def make(i: int) -> tuple[tuple[Box, ...], tuple[Polygon, ...]]:
        scene = compose(material, planned[i], look, np.random.default_rng([seed, 1, i]))
        _save(scene, source / _name(i), sideways=i % _SIDEWAYS_EVERY == _SIDEWAYS_EVERY // 2)
        return scene.boxes, scene.polygons

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        truth = []
        for done, made in enumerate(pool.map(make, range(images)), start=1):
            truth.append(made)
            report(done, images)
    named = [(_name(i), *made) for i, made in enumerate(truth)]
    named += _untidy(source, named)
    _write_answers(folder / "answers.csv", task, named)
    _write_outlines(folder / "outlines.jsonl", named)


Named = tuple[str, tuple[Box, ...], tuple[Polygon, ...]]


def _name(i: int) -> str:
    return f"scene-{i:05d}.jpg"


def _save(scene: Scene, path: Path, *, sideways: bool) -> None:
    """Write a JPEG; sideways as phones do it: turned pixels, and an EXIF tag that says so."""
    if not sideways:
        scene.image.save(path, quality=_QUALITY)
        return
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = _SIDEWAYS
    turned = scene.image.transpose(Image.Transpose.ROTATE_90)
    turned.save(path, quality=_QUALITY, exif=exif)


def _untidy(source: Path, named: Sequence[Named]) -> list[Named]:
    """Add what real folders have: a copy, a broken file, and a file that is no image."""
    name, boxes, polygons = named[len(named) // 2]
    whole = (source / name).read_bytes()
    (source / f"copy-of-{name}").write_bytes(whole)
    (source / "broken.jpg").write_bytes(whole[: len(whole) // 3])
    (source / "notes.txt").write_text("No image: a note that somebody left here.\n")
    return [(f"copy-of-{name}", boxes, polygons)]


def _write_answers(path: Path, task: Task, named: Sequence[Named]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        if task == "classification":
            rows.writerow(["path", "label"])
            rows.writerows([name, boxes[0].label] for name, boxes, _ in named)
            return
        rows.writerow(["path", "label", "xmin", "ymin", "xmax", "ymax"])
        for name, boxes, _ in named:
            for box in boxes:
                sides = (box.xmin, box.ymin, box.xmax, box.ymax)
                rows.writerow([name, box.label, *(int(side) for side in sides)])


def _write_outlines(path: Path, named: Sequence[Named]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for name, _, polygons in named:
            row = {
                "image_url": name,
                "image_details": {"format": "jpeg", "width": SIZE[0], "height": SIZE[1]},
                "label": [
                    {"label": polygon.label, "isCrowd": 0, "polygon": [list(_parts(polygon))]}
                    for polygon in polygons
                ],
            }
            stream.write(json.dumps(row) + "\n")


def _parts(polygon: Polygon) -> Iterator[float]:
    for x, y in polygon.points:
        yield x / SIZE[0]
        yield y / SIZE[1]


def _describe(
    folder: Path, material: Material, kind: Kind, task: Task, images: int, why: str
) -> None:
    (folder / "LICENSES.txt").write_text(material.licenses, encoding="utf-8")
    note = _NOTES[kind].format(images=images, things=_THINGS[task], material=material.note)
    about = {
        "kind": kind,
        "task": task,
        "images": images,
        "classes": list(material.cutouts),
        "note": f"{why} Instead: {note}" if why else note,
    }
    (folder / "demo.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


_THINGS = {"classification": "one thing", "boxes": "one to four things"}
_NOTES = {
    "scenes": "{images} composed scenes: {things} each, cut-out photographs pasted on background "
    "photographs ({material}). They are artificial, and many scenes share a cut-out: figures "
    "from them show that the pipeline works, not how well it does on your images.",
    "digits": "{images} pictures with {things} each: {material}, enlarged from 8 x 8 pixels. "
    "Figures from them show that the pipeline works, not how well it does on your images.",
}


def _read(folder: Path) -> DemoData:
    about = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    return DemoData(
        source=folder / "images",
        answers=folder / "answers.csv",
        outlines=folder / "outlines.jsonl",
        kind=about["kind"],
        classes=tuple(about["classes"]),
        images=about["images"],
        note=about["note"],
    )
