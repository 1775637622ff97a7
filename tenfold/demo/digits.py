"""The other way: scikit-learn's hand-written digits, where Debian's packages can't be had."""

from functools import lru_cache

import numpy as np
from PIL import Image

from tenfold.demo.material import Material

_SIDE = 96
_LICENSES = """\
Where these pictures come from, and what may be done with them
==============================================================

The digits are those of scikit-learn's load_digits (BSD 3-clause license): the test set of the
UCI ML hand-written digits datasets, https://archive.ics.uci.edu/dataset/80. They were enlarged
from 8 x 8 pixels and pasted on computed backgrounds.
"""


@lru_cache(maxsize=1)
def from_digits() -> Material:
    """Return 1,797 hand-written digits as cut-outs of ten classes, on computed backgrounds."""
    from sklearn.datasets import load_digits

    data = load_digits()
    cutouts: dict[str, list[Image.Image]] = {str(digit): [] for digit in range(10)}
    for i, (pixels, digit) in enumerate(zip(data.images, data.target, strict=True)):
        cutouts[str(digit)].append(_inked(np.asarray(pixels), np.random.default_rng(i)))
    return Material(
        cutouts=cutouts,
        backgrounds=[_paper(np.random.default_rng([1, i])) for i in range(12)],
        licenses=_LICENSES,
        note="scikit-learn's hand-written digits",
        mirror=False,
    )


def _inked(pixels: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Return a digit (8, 8) of 0 to 16 as dark ink whose alpha is the stroke."""
    levels = Image.fromarray(np.clip(pixels * 16, 0, 255).astype(np.uint8))
    alpha = levels.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    ink = Image.new("RGB", alpha.size, tuple(int(part) for part in rng.integers(0, 110, 3)))
    ink.putalpha(alpha)
    seen = alpha.point(lambda level: 255 if level > 127 else 0).getbbox()  # noqa: PLR2004
    return ink.crop(seen)


def _paper(rng: np.random.Generator) -> Image.Image:
    """Return a light surface with slow changes of shade, 640 × 480."""
    rough = rng.uniform(165, 250, (5, 6, 3)).astype(np.uint8)
    return Image.fromarray(rough).resize((640, 480), Image.Resampling.BICUBIC)
