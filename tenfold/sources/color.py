"""Every way of storing color as plain RGB with 8 bits."""

import numpy as np
from PIL import Image

_WHITE = (255, 255, 255)
_WITH_ALPHA = {"RGBA", "LA", "PA", "RGBa", "La"}
_DEEP = {"I", "F"}


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a loaded image as RGB: alpha on white, deep gray scaled to 8 bits.

    Raises:
        ValueError: a color space that Pillow can't convert.
    """
    if image.mode == "RGB":
        return image if "transparency" not in image.info else _on_white(image)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        return _on_white(image)
    if image.mode.startswith("I;16") or image.mode in _DEEP:
        return _deep_gray(image).convert("RGB")
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    with_alpha = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGB", image.size, _WHITE)
    white.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return white


def _deep_gray(image: Image.Image) -> Image.Image:
    """Scale gray of more than 8 bits: whole numbers by the bits they use, others by their range.

    Cameras and microscopes store 10, 12 or 14 bits in 16; taken as 16 they would look black.
    """
    values = np.asarray(image, dtype=np.float64)
    values = np.where(np.isfinite(values), values, 0.0)
    low, high = min(0.0, float(values.min())), float(values.max())
    if image.mode == "F":
        top = max(high, 1.0) if low >= 0 and high <= 1 else high
    else:
        top = 2.0 ** max(8, int(high - low).bit_length()) - 1 + low
    scaled = (values - low) * (255.0 / max(top - low, 1e-12))
    return Image.fromarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))
