"""Images made for the tests."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

RED, GREEN, BLUE, YELLOW = (220, 20, 30), (20, 200, 40), (30, 40, 210), (230, 220, 30)


@pytest.fixture
def corners() -> Image.Image:
    """A 96 × 64 picture: red, green above blue, yellow, so that every turn can be told."""
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48], pixels[:32, 48:] = RED, GREEN
    pixels[32:, :48], pixels[32:, 48:] = BLUE, YELLOW
    return Image.fromarray(pixels)


@pytest.fixture
def encode() -> Callable[..., bytes]:
    """Write an image as bytes of a format."""

    def _encode(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
        out = BytesIO()
        if kind == "JPEG":
            options = {"quality": 95, "subsampling": 0, **options}
        image.save(out, kind, **options)
        return out.getvalue()

    return _encode
