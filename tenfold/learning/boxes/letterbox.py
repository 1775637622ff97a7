"""Fitting an image into a square, plainly or varied, and boxes along with it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from tenfold.sources.decode import load_upright

ROOM = 1.5
"""Decoded images are kept at most this many times the square's side."""
GRAY = (127, 127, 127)
"""What surrounds the image: 0 after the network's normalization."""
ZOOM = (0.6, 1.5)
COLOR = 0.3
VISIBLE = 0.4
"""A box with less of its area in view is neither a thing nor background."""
MIN_SIDE = 2.0
"""A box with a shorter side in input pixels isn't learned."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an image lies in the square: input pixels = scale · image pixels + shift."""

    scale: float
    x: float
    y: float
    width: int
    """Of the image whose pixels the boxes are in."""
    height: int
    mirrored: bool = False

    def to_input(self, boxes: Floats) -> Floats:
        """Move boxes (N, 4) from image to input pixels."""
        upright = self._mirror(boxes) if self.mirrored else boxes
        moved = upright * self.scale + [self.x, self.y, self.x, self.y]
        return np.asarray(moved, dtype=np.float32)

    def to_image(self, boxes: Floats) -> Floats:
        """Move boxes (N, 4) from input to image pixels, clipped to the image."""
        moved = (boxes - [self.x, self.y, self.x, self.y]) / self.scale
        upright = self._mirror(moved) if self.mirrored else moved
        limit = [self.width, self.height, self.width, self.height]
        return np.asarray(np.clip(upright, 0, limit), dtype=np.float32)

    def _mirror(self, boxes: NDArray[np.floating]) -> Floats:
        return np.asarray(
            boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [self.width, 0, self.width, 0],
            dtype=np.float32,
        )


def decode(data: bytes, side: int) -> Image.Image:
    """Return the upright RGB image, no larger than `ROOM` · side."""
    most = round(side * ROOM)
    image = load_upright(data, most)
    image.thumbnail((most, most), Image.Resampling.BILINEAR)
    return image


def fit(width: int, height: int, side: int) -> Placement:
    """Place an image of these pixels as large as it goes, in the middle."""
    scale = side / max(width, height)
    return Placement(scale, (side - width * scale) / 2, (side - height * scale) / 2, width, height)


def vary(width: int, height: int, side: int, rng: np.random.Generator) -> Placement:
    """Place an image larger or smaller, somewhere, perhaps mirrored."""
    zoom = float(np.exp(rng.uniform(*np.log(ZOOM))))
    scale = side / max(width, height) * zoom
    room_x, room_y = side - width * scale, side - height * scale
    x, y = rng.uniform(0, 1, 2) * (room_x, room_y)
    return Placement(scale, float(x), float(y), width, height, bool(rng.random() < 0.5))  # noqa: PLR2004


def render(image: Image.Image, place: Placement, side: int) -> NDArray[np.uint8]:
    """Return the square (3, side, side) with the image at its place."""
    if place.mirrored:
        image = ImageOps.mirror(image)
    scale = place.scale * place.width / image.width
    if scale < 1:
        size = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
        image = image.resize(size, Image.Resampling.BILINEAR)
        scale = place.scale * place.width / image.width
    matrix = (1 / scale, 0, -place.x / scale, 0, 1 / scale, -place.y / scale)
    square = image.transform(
        (side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=GRAY
    )
    return np.asarray(square, dtype=np.uint8).transpose(2, 0, 1)


def recolor(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Change brightness, contrast and saturation by up to `COLOR` each."""
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhancer(image).enhance(1 + float(rng.uniform(-COLOR, COLOR)))
    return image


def visible(boxes: Floats, side: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Clip input boxes (N, 4) to the square; tell which of them are still to be learned."""
    clipped = np.clip(boxes, 0, side)
    size, whole = clipped[:, 2:] - clipped[:, :2], boxes[:, 2:] - boxes[:, :2]
    share = size.prod(axis=1) / np.maximum(whole.prod(axis=1), 1e-6)
    keep = (share >= VISIBLE) & (size.min(axis=1, initial=np.inf) >= MIN_SIDE)
    return clipped.astype(np.float32), keep
