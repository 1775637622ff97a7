"""Labelers that take images, think, answer, and take the next, all at once through HTTP."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

Step = Callable[[], Awaitable[str | None]]


@dataclass
class Seen:
    """What labelers went through; times in seconds."""

    seconds: float = 0.0
    next_image: list[float] = field(default_factory=list)
    """Of each time that the server was asked for images."""
    submit: list[float] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    """Image → how many answers to it were acknowledged."""
    failed: int = 0

    @property
    def answers(self) -> int:
        """Acknowledged answers."""
        return self.answered.total()

    @property
    def twice(self) -> int:
        """Answers to an image that somebody had answered already."""
        return self.answers - len(self.answered)


@dataclass
class Labeler:
    """One of them: how to take an image and how to answer it."""

    take: Callable[[], Awaitable[str | None]]
    """Return the image's name; None: there is none."""
    answer: Callable[[str], Awaitable[bool]]
    """Return whether it was acknowledged."""
    in_hand: Callable[[], str | None] = lambda: None
    """Return the name of an image that came before; None: the server is to be asked."""


async def label(labelers: Sequence[Labeler], think: float, seconds: float) -> Seen:
    """Let all work for so long; each begins at a moment of its own within a thinking time."""
    seen = Seen()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for labeler in labelers:
            group.create_task(_work(labeler, think, began + seconds, seen))
    seen.seconds = time.perf_counter() - began
    return seen


async def _work(labeler: Labeler, think: float, until: float, seen: Seen) -> None:
    await asyncio.sleep(random.uniform(0, think))
    while time.perf_counter() < until:
        image = labeler.in_hand() or await _asked(labeler, seen)
        if image is None:
            seen.failed += 1
            await asyncio.sleep(0.05)
            continue
        if think:
            await asyncio.sleep(random.uniform(0.5, 1.5) * think)
        began = time.perf_counter()
        if await labeler.answer(image):
            seen.submit.append(time.perf_counter() - began)
            seen.answered[image] += 1
        else:
            seen.failed += 1


async def _asked(labeler: Labeler, seen: Seen) -> str | None:
    began = time.perf_counter()
    image = await labeler.take()
    seen.next_image.append(time.perf_counter() - began)
    return image


def percentile(times: Sequence[float], share: float) -> float:
    """Return the time that this share of them doesn't exceed; nan where there are none."""
    if not times:
        return float("nan")
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]
