"""What scenes are made of: cut-out things by class, and backgrounds."""

import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tenfold.demo import packages
from tenfold.demo.packages import Fetched

_STAMPS = "usr/share/tuxpaint/stamps/"
_NATURE = "usr/share/backgrounds/mate/nature/"
_FOLDERS = {
    "mammal": ("animals/mammals/",),
    "bird": ("animals/birds/",),
    "fruit": ("food/fruit/",),
    "flower": ("plants/flowers/",),
    "vegetable": ("food/vegetables/",),
    "vehicle": ("vehicles/",),
}
CLASSES = tuple(_FOLDERS)

_NO_PHOTOGRAPHS = ("/cartoon/", "/toys/", "_mirror.png", "_flip.png")
_UNCLEAR = frozenset({
    "hedgehog.png",  # a drawing
    "tamarin_emperor.png",  # hardly to be recognized
    "avocado.png", "cherimoya.png", "mushroom.png",  # people differ about their class
    "sedan_police.png",  # only the paint of a car
    "wheel_tractor.png",  # a wheel
})  # fmt: skip
PLAIN_BACKGROUNDS = ("Aqua", "Blinds", "Dune", "GreenMeadow", "RainDrops", "Storm", "Wood")
"""Photographs without a flower or anything else of the six classes in them."""

LEAST_COLORS = 600
"""Drawings have fewer."""

LARGEST_CUTOUT = 360
_OPAQUE = 127
VERSION = "material-1"
"""Part of the cache's name: grows when the choice or the preparation changes."""


@dataclass(frozen=True, slots=True)
class Material:
    """Cut-outs (RGBA, cropped to what is seen) by class, and backgrounds (RGB)."""

    cutouts: Mapping[str, Sequence[Image.Image]]
    backgrounds: Sequence[Image.Image]
    licenses: str = ""
    note: str = ""
    mirror: bool = True
    """Whether a thing may be shown mirrored."""


def class_of(path: str) -> str | None:
    """Return the class of a file in the stamps package; None if it isn't used."""
    inside = path.removeprefix(_STAMPS)
    if inside == path or not path.endswith(".png") or Path(path).name in _UNCLEAR:
        return None
    if any(part in path for part in _NO_PHOTOGRAPHS):
        return None
    found = (name for name, folders in _FOLDERS.items() if inside.startswith(folders))
    return next(found, None)


def trim(image: Image.Image, longest: int = LARGEST_CUTOUT) -> Image.Image | None:
    """Return a cut-out cropped to its opaque part, at most `longest` pixels; None for a drawing."""
    rgba = image.convert("RGBA")
    pixels = np.asarray(rgba)
    opaque = pixels[..., 3] > _OPAQUE
    if not opaque.any() or len(np.unique(pixels[opaque][:, :3], axis=0)) <= LEAST_COLORS:
        return None
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    cropped = rgba.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    cropped.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return cropped


def from_packages(cache: Path, say: Callable[[str], None]) -> Material:
    """Return the photographs of the two packages, from the cache or from Debian's mirror.

    Raises:
        SourceError: the packages can't be had here.
    """
    folder = cache / VERSION
    if not (folder / "packages.json").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as temporary:
            picked = _pick(Path(temporary), say)
            settle(picked, folder)
    return _load(folder)


def settle(made: Path, folder: Path) -> None:
    """Move a finished folder to its place; where another process was first, keep its own."""
    try:
        made.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _pick(temporary: Path, say: Callable[[str], None]) -> Path:
    """Download both packages and keep the photographs alone, reduced to what scenes need."""
    say("downloading two Debian packages (208 MB, once)")
    stamps = packages.fetch(packages.STAMPS, temporary)
    nature = packages.fetch(packages.BACKGROUNDS, temporary)
    say("picking the photographs out of them")
    picked = temporary / "picked"
    picked.mkdir()
    licenses = [_pick_cutouts(stamps, picked), _pick_backgrounds(nature, picked)]
    (picked / "LICENSES.txt").write_text(_LICENSES + "\n\n".join(licenses), encoding="utf-8")
    said = [
        {"name": f.name, "version": f.version, "sha256": f.sha256, "checked against": f.checked}
        for f in (stamps, nature)
    ]
    (picked / "packages.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    return picked


def _copyright_path(fetched: Fetched) -> str:
    return f"usr/share/doc/{fetched.name}/copyright"


def _titled(fetched: Fetched, text: bytes) -> str:
    title = f"{fetched.name} {fetched.version} (Debian): its copyright file"
    return f"{title}\n{'=' * len(title)}\n\n{text.decode(errors='replace')}"


def _pick_cutouts(stamps: Fetched, picked: Path) -> str:
    """Keep the cut-outs, and return the package's copyright file."""
    said = _copyright_path(stamps)
    licenses = b""
    wanted = packages.files(stamps, lambda path: path == said or class_of(path) is not None)
    for path, data in wanted:
        name = class_of(path)
        if name is None:
            licenses = data
            continue
        cutout = trim(Image.open(io.BytesIO(data)))
        if cutout is not None:
            (picked / name).mkdir(exist_ok=True)
            flat = re.sub(r"[^A-Za-z0-9_-]", "_", path.removeprefix(_STAMPS).removesuffix(".png"))
            cutout.save(picked / name / f"{flat}.png")
    return _titled(stamps, licenses)


def _pick_backgrounds(nature: Fetched, picked: Path) -> str:
    """Keep the plain backgrounds, and return the package's copyright file."""
    (picked / "backgrounds").mkdir(exist_ok=True)
    said = _copyright_path(nature)
    licenses = b""
    wanted = {f"{_NATURE}{name}.jpg" for name in PLAIN_BACKGROUNDS} | {said}
    for path, data in packages.files(nature, wanted.__contains__):
        if path == said:
            licenses = data
            continue
        image = Image.open(io.BytesIO(data)).convert("RGB")
        image.thumbnail((1280, 960), Image.Resampling.LANCZOS)
        image.save(picked / "backgrounds" / f"{Path(path).stem}.png")
    return _titled(nature, licenses)


def _load(folder: Path) -> Material:
    def images(name: str, mode: str) -> list[Image.Image]:
        return [Image.open(path).convert(mode) for path in sorted((folder / name).glob("*.png"))]

    said = json.loads((folder / "packages.json").read_text(encoding="utf-8"))
    note = "; ".join(
        f"{p['name']} {p['version']}, checked against {p['checked against']}" for p in said
    )
    return Material(
        cutouts={name: images(name, "RGBA") for name in CLASSES},
        backgrounds=images("backgrounds", "RGB"),
        licenses=(folder / "LICENSES.txt").read_text(encoding="utf-8"),
        note=note,
    )


_LICENSES = """\
Where these pictures come from, and what may be done with them
==============================================================

Each scene is composed by tenfold from cut-out photographs of Debian's package
tuxpaint-stamps-default on background photographs of Debian's package mate-backgrounds.
Both packages are under the GNU General Public License, version 2 (or later, where their
copyright files say so); so are the scenes, which are derived from them. The class names,
boxes and outlines are computed, and free for any use.

The packages' own copyright files follow.

"""
