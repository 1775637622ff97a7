"""Scenes: cut-outs pasted on a background, with the exact truth about where they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageEnhance

from models.label import Box, Polygon
from tenfold.demo.material import Material
from tenfold.demo.outlines import Mask, box_of, outline_of

SIZE = (480, 360)
_OPAQUE = 127
_TRIES = 40
_EDGE = 4
"""Pixels between a thing and the edge of the scene."""


@dataclass(frozen=True, slots=True)
class Look:
    """How large things are and how much may hide them."""

    smallest: int
    largest: int
    """Side in pixels of a square as large: so a bus and an apple are equally easy to see."""
    enlarge: float = 3.0
    """Most that a small cut-out is enlarged: beyond it is a blur."""
    hidden: float = 0.1
    """Largest part of the smaller box that two boxes may share."""
    turn: float = 15.0
    """Degrees to either side."""


ONE_THING = Look(smallest=120, largest=210)
MANY_THINGS = Look(smallest=60, largest=130)
_LONGEST_SIDE = 320


@dataclass(frozen=True, slots=True)
class Planned:
    """A thing that a scene is to show: its class, and which of the class's cut-outs."""

    label: str
    cutout: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is in it."""

    image: Image.Image
    boxes: tuple[Box, ...]
    polygons: tuple[Polygon, ...]


def plan(
    material: Material, scenes: int, things: Sequence[int], seed: int
) -> list[tuple[Planned, ...]]:
    """Deal out classes and cut-outs so that each comes about equally often.

    Args:
        material: what there is.
        scenes: how many scenes.
        things: the numbers of things in a scene to draw from.
        seed: of the draw.
    """
    rng = np.random.default_rng([seed, 0])
    counts = rng.choice(things, scenes)
    names = list(material.cutouts)
    classes = _dealt(rng, len(names), int(counts.sum()))
    wanted = np.bincount(classes, minlength=len(names))
    which = [
        list(_dealt(rng, len(material.cutouts[name]), int(n)))
        for name, n in zip(names, wanted, strict=True)
    ]
    planned = iter([Planned(names[c], int(which[c].pop())) for c in classes])
    return [tuple(next(planned) for _ in range(count)) for count in counts]


def _dealt(rng: Generator, kinds: int, wanted: int) -> np.ndarray:
    """Return `wanted` numbers below `kinds`, each deck of all kinds shuffled by itself."""
    decks = [rng.permutation(kinds) for _ in range(-(-wanted // kinds))]
    return np.concatenate(decks)[:wanted] if decks else np.empty(0, dtype=np.int64)


def compose(material: Material, things: Sequence[Planned], look: Look, rng: Generator) -> Scene:
    """Paste things on a background; what finds no place is left out, but never the first."""
    canvas = _background(material, rng)
    owner = np.zeros((SIZE[1], SIZE[0]), dtype=np.uint8)
    placed: list[tuple[str, tuple[int, int, int, int]]] = []
    for thing in things:
        original = material.cutouts[thing.label][thing.cutout]
        cutout = _varied(original, look, rng, mirror=material.mirror)
        place = _place(cutout.size, [box for _, box in placed], look, rng)
        if place is None:
            continue
        canvas.paste(cutout, place, cutout)
        placed.append((thing.label, (*place, place[0] + cutout.width, place[1] + cutout.height)))
        xmin, ymin, xmax, ymax = placed[-1][1]
        opaque = np.asarray(cutout.getchannel("A")) > _OPAQUE
        owner[ymin:ymax, xmin:xmax][opaque] = len(placed)
    masks = [(label, owner == i) for i, (label, _) in enumerate(placed, start=1)]
    return Scene(
        image=_noisy(canvas, rng),
        boxes=tuple(_box(label, mask) for label, mask in masks),
        polygons=tuple(
            Polygon(label=label, points=tuple(map(tuple, outline_of(mask).tolist())))
            for label, mask in masks
        ),
    )


def _box(label: str, mask: Mask) -> Box:
    xmin, ymin, xmax, ymax = box_of(mask)
    return Box(label=label, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)


def _background(material: Material, rng: Generator) -> Image.Image:
    """Return a piece of a background in the scene's size and proportions, lit by chance."""
    whole = material.backgrounds[int(rng.integers(len(material.backgrounds)))]
    most = min(whole.width / SIZE[0], whole.height / SIZE[1])
    scale = most * rng.uniform(0.5, 1.0)
    width, height = SIZE[0] * scale, SIZE[1] * scale
    left, top = rng.uniform(0, whole.width - width), rng.uniform(0, whole.height - height)
    piece = whole.resize(
        SIZE, Image.Resampling.BILINEAR, box=(left, top, left + width, top + height)
    )
    if rng.random() < 0.5:  # noqa: PLR2004 -- every other one
        piece = piece.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _lit(piece, rng)


def _varied(cutout: Image.Image, look: Look, rng: Generator, *, mirror: bool) -> Image.Image:
    """Return a cut-out of a chance size, turned, mirrored and lit."""
    wanted = rng.uniform(look.smallest, look.largest) / math.sqrt(cutout.width * cutout.height)
    scale = min(wanted, look.enlarge, _LONGEST_SIDE / max(cutout.size))
    size = (max(1, round(cutout.width * scale)), max(1, round(cutout.height * scale)))
    varied = cutout.resize(size, Image.Resampling.BICUBIC)
    if mirror and rng.random() < 0.5:  # noqa: PLR2004 -- every other one
        varied = varied.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    angle = float(rng.uniform(-look.turn, look.turn))
    varied = varied.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    alpha = varied.getchannel("A")
    seen = alpha.point(lambda level: 255 if level > _OPAQUE else 0).getbbox()
    lit = _lit(varied.convert("RGB"), rng)
    lit.putalpha(alpha)
    return lit.crop(seen)


def _lit(image: Image.Image, rng: Generator) -> Image.Image:
    brighter = ImageEnhance.Brightness(image).enhance(float(rng.uniform(0.8, 1.15)))
    return ImageEnhance.Color(brighter).enhance(float(rng.uniform(0.8, 1.2)))


def _noisy(image: Image.Image, rng: Generator) -> Image.Image:
    """Add a camera's noise, so that pasted edges don't give the things away."""
    pixels = np.asarray(image, dtype=np.float32)
    noise = rng.normal(0, rng.uniform(1, 6), pixels.shape[:2]).astype(np.float32)
    return Image.fromarray(np.clip(pixels + noise[..., None], 0, 255).astype(np.uint8))


def _place(
    size: tuple[int, int],
    others: Sequence[tuple[int, int, int, int]],
    look: Look,
    rng: Generator,
) -> tuple[int, int] | None:
    """Return the left top corner of a place that hides little of the others, if any."""
    free = (SIZE[0] - size[0] - 2 * _EDGE, SIZE[1] - size[1] - 2 * _EDGE)
    if min(free) < 0:
        return None
    for _ in range(_TRIES):
        x, y = (_EDGE + int(rng.integers(room + 1)) for room in free)
        box = (x, y, x + size[0], y + size[1])
        if all(_shared(box, other) <= look.hidden for other in others):
            return x, y
    return None


def _shared(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> float:
    """Return the shared area of two boxes as part of the smaller one."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return max(0, width) * max(0, height) / smaller
