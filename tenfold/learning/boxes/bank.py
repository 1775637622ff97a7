"""The frozen maps of tagged images, each in several versions, computed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from models.networks.detector import locations
from tenfold.blobs.port import BlobStore
from tenfold.learning.boxes import letterbox
from tenfold.learning.boxes.assignment import Assignment, Grid, assign
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.tags import Tagged
from tenfold.learning.decode import ahead

BUDGET = 700_000_000
"""Bytes that the maps may take."""
MOST_VERSIONS = 5
BATCH = 8
THREADS = 2

PLAIN = 0
"""The version without variation."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one tagged image."""

    image: int
    version: int


@dataclass(frozen=True, slots=True)
class Bank:
    """E entries: their maps and what their locations learn."""

    entries: Sequence[Entry]
    maps: list[Tensor]
    """float16 (E, C, H, W) each."""
    label: Tensor
    """int16 (E, L)."""
    box: Tensor
    """float32 (E, L, 4)."""


def capacity(side: int, channels: Sequence[int], strides: Sequence[int]) -> int:
    """Return how many entries fit into memory, in half precision."""
    values = sum(
        count * (side // stride) ** 2 for count, stride in zip(channels, strides, strict=True)
    )
    return max(BUDGET // (2 * values), 64)


def grid(side: int, strides: Sequence[int]) -> Grid:
    """Return the locations of a square input."""
    sizes = [(-(-side // stride), -(-side // stride)) for stride in strides]
    return Grid(*locations(sizes, strides))


Square = tuple[NDArray[np.uint8], Assignment]


class Filler:
    """Makes banks."""

    def __init__(self, tags: Sequence[Tagged], blobs: BlobStore, frozen: Frozen, side: int) -> None:
        self._tags, self._blobs, self._frozen, self._side = tags, blobs, frozen, side
        self._grid = grid(side, frozen.strides)

    def fill(self, entries: Sequence[Entry], seed: int, report: Callable[[int, int], None]) -> Bank:
        """Compute the maps and targets of the entries; images are decoded once each.

        The entries of one image stand together.
        """
        bank = self._empty(entries)
        of_image = [tuple(group) for _, group in groupby(entries, lambda entry: entry.image)]
        squares = ahead(partial(self._squares, seed), of_image, threads=THREADS, most=8)
        waiting: list[Square] = []
        done = 0
        for group in squares:
            waiting.extend(group)
            while len(waiting) >= BATCH or (waiting and done + len(waiting) == len(entries)):
                done += self._store(bank, done, waiting[:BATCH])
                del waiting[:BATCH]
                report(done, len(entries))
        return bank

    def _store(self, bank: Bank, start: int, squares: Sequence[Square]) -> int:
        places = slice(start, start + len(squares))
        pixels = np.stack([pixels for pixels, _ in squares])
        for store, maps in zip(bank.maps, self._frozen.maps(pixels), strict=True):
            store[places] = maps.to(store.dtype)
        bank.label[places] = torch.stack([learned.label for _, learned in squares]).short()
        bank.box[places] = torch.stack([learned.box for _, learned in squares])
        return len(squares)

    def _empty(self, entries: Sequence[Entry]) -> Bank:
        count, places = len(entries), len(self._grid.centers)
        sides = [-(-self._side // stride) for stride in self._frozen.strides]
        maps = [
            torch.empty(
                (count, channels, edge, edge),
                dtype=torch.float16,
                device=self._frozen.device,
                memory_format=torch.channels_last,
            )
            for channels, edge in zip(self._frozen.channels, sides, strict=True)
        ]
        label = torch.empty((count, places), dtype=torch.int16)
        return Bank(entries, maps, label, torch.empty((count, places, 4)))

    def _squares(self, seed: int, entries: Sequence[Entry]) -> list[Square]:
        """Render the versions of one image, each with what its locations learn."""
        tag = self._tags[entries[0].image]
        image = letterbox.decode(self._blobs.get(tag.row.blob), self._side)
        return [self._square(seed, entry, tag, image) for entry in entries]

    def _square(self, seed: int, entry: Entry, tag: Tagged, image: Image.Image) -> Square:
        width, height = tag.row.width, tag.row.height
        if entry.version == PLAIN:
            where = letterbox.fit(width, height, self._side)
        else:
            rng = np.random.default_rng([seed, int(tag.row.sha256[:12], 16), entry.version])
            where = letterbox.vary(width, height, self._side, rng)
            image = letterbox.recolor(image, rng)
        return letterbox.render(image, where, self._side), self._learned(tag, where)

    def _learned(self, tag: Tagged, where: letterbox.Placement) -> Assignment:
        boxes, seen = letterbox.visible(where.to_input(tag.boxes), self._side)
        ignored, _ = letterbox.visible(where.to_input(tag.ignored), self._side)
        return assign(
            self._grid,
            torch.from_numpy(boxes[seen]),
            torch.from_numpy(tag.labels[seen]),
            torch.from_numpy(np.concatenate([ignored, boxes[~seen]])),
        )
