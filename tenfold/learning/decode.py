"""From the bytes of an image to what a backbone takes, decoded ahead of it by a few threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")
Made = TypeVar("Made")


def square(data: bytes, side: int) -> NDArray[np.uint8]:
    """Decode an image upright and squash it to (side, side, 3) uint8 RGB.

    Large JPEGs are decoded at a reduced scale, which saves most of the time.

    Raises:
        OSError: the bytes are no whole image.
    """
    from PIL.Image import Resampling

    from tenfold.sources.views import load_upright

    upright = load_upright(data, 2 * side)
    return np.asarray(upright.resize((side, side), Resampling.BILINEAR), dtype=np.uint8)


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
