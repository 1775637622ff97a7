"""From the bytes of an image to what a backbone takes, decoded ahead of it by a few threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Item = TypeVar("Item")
Made = TypeVar("Made")

MOST_CUT = 0.25
"""Share of the longer side that may be left out: none of a square, both edges of 4:3."""


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at an image."""

    side: int
    """Pixels of a side."""
    mirrored: bool = False
    squashed: bool = False
    """The whole image, however long, instead of its middle."""
    closer: float = 1.0
    """Part of the middle's sides that is taken."""


VIEWS = (
    View(224),
    View(288, mirrored=True),
    View(320, squashed=True),
    View(224, mirrored=True, squashed=True),
    View(288, closer=0.7),
    View(320, mirrored=True),
)
"""In the order in which a single network takes them up. Each sees the image a little differently;
side by side their features need fewer tags than any one of them."""
MIXED = (
    View(224),
    View(260),
    View(240),
    View(288, mirrored=True),
    View(260, mirrored=True, squashed=True),
    View(240, mirrored=True, squashed=True),
)
"""The same where other networks take turns. They err differently at the same look already, so that
each begins with the size that it was trained at: as good as larger ones, and cheaper."""
GEM = "-gem"
"""Ends the name of a packaged network whose last map is pooled by a generalized mean: what is seen
in a few places counts for more than in the mean that it was trained with."""
OTHERS = {"efficientnet-lite0": (f"efficientnet-lite2{GEM}", f"efficientnet-lite1{GEM}")}
"""Networks that take further views in turn with a backbone; beside any other it takes all itself.
Their weights are installed with tenfold, too. Where theirs is pooled so, the backbone's is, too."""
WORK = {"efficientnet-lite1": 1.35, "efficientnet-lite2": 1.64}
"""Multiplications a pixel as multiples of EfficientNet-Lite0's, which others are taken for."""


def in_turn(backbone: str, others: Sequence[str], views: int) -> list[tuple[str, View]]:
    """Return which network takes which of the first views; the backbone takes the first."""
    first = f"{backbone}{GEM}" if others and others[0].endswith(GEM) else backbone
    networks, shown = (first, *others), MIXED if others else VIEWS
    return [(networks[place % len(networks)], view) for place, view in enumerate(shown[:views])]


def effort(network: str, view: View) -> float:
    """Return what a view costs, as a multiple of EfficientNet-Lite0 at 224 pixels."""
    return WORK.get(network.removesuffix(GEM), 1.0) * (view.side / VIEWS[0].side) ** 2


def look(image: "Image", view: View) -> NDArray[np.uint8]:
    """Bring an upright image to (side, side, 3) uint8 RGB."""
    from PIL.Image import Resampling

    width, height = image.size
    box = (0.0, 0.0, float(width), float(height)) if view.squashed else central_box(width, height)
    box = _closer(box, view.closer)
    scaled = image.resize((view.side, view.side), Resampling.BILINEAR, box=box)
    pixels = np.asarray(scaled, dtype=np.uint8)
    return np.ascontiguousarray(pixels[:, ::-1]) if view.mirrored else pixels


def _closer(
    box: tuple[float, float, float, float], part: float
) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    across, down = (right - left) * (1.0 - part) / 2.0, (bottom - top) * (1.0 - part) / 2.0
    return left + across, top + down, right - across, bottom - down


def looks(data: bytes, views: Sequence[View]) -> list[NDArray[np.uint8]]:
    """Decode an image once and return what each view shows of it.

    The middle is taken as far as `MOST_CUT` allows, and what is then still not square is
    squashed: up to 4:3 nothing is distorted. On photographs of clothes and on composed scenes
    that was worth 2 to 3 points of accuracy against squashing. Large JPEGs are decoded at a
    reduced scale, which saves most of the time.

    Raises:
        OSError: the bytes are no whole image.
    """
    from tenfold.sources.views import load_upright

    upright = load_upright(data, 2 * max(view.side for view in views))
    return [look(upright, view) for view in views]


def square(data: bytes, side: int) -> NDArray[np.uint8]:
    """Decode an image upright and bring its middle to (side, side, 3) uint8 RGB.

    Raises:
        OSError: the bytes are no whole image.
    """
    return looks(data, [View(side)])[0]


def central_box(width: int, height: int) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of what is taken of an image: as square as allowed."""
    kept = max(min(width, height), (1.0 - MOST_CUT) * max(width, height))
    across, down = (width - min(width, kept)) / 2, (height - min(height, kept)) / 2
    return across, down, width - across, height - down


def ahead(
    make: Callable[[Item], Made], items: Iterable[Item], *, threads: int, most: int
) -> Iterator[Made]:
    """Yield `make(item)` in order, computed by threads up to `most` items ahead of the reader."""
    waiting: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="decode")
    try:
        for item in items:
            waiting.append(pool.submit(make, item))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
