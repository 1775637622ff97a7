"""The two phases of learning: on four fifths of the tagged images, then on all of them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from models.networks.detector import DetectorHead
from tenfold.learning.boxes.bank import MOST_VERSIONS, Bank, Entry, Filler, capacity, grid
from tenfold.learning.boxes.files import CHECKPOINT, MEASURED, new_head, write_whole
from tenfold.learning.boxes.fitting import Fitting, Phase, batches
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.proposing import Detector
from tenfold.learning.boxes.tags import Tagged, held_out, repeats
from tenfold.learning.port import Report, TrainingInputs

SAVE_EVERY = 100
MOST_STEPS, ALL_STEPS = 400, 200
"""With 100 tagged images; they grow with the root of the number, as far as `MOST_GROWTH`."""
LEAST_GROWTH, MOST_GROWTH = 0.5, {"cpu": 1.5, "cuda": 4.0}
"""On a CPU a step takes half a second: people wait for minutes, not for a quarter of an hour."""
ALL_RATE = 1.5e-3


def growth(tags: int, device: str, most: Mapping[str, float] = MOST_GROWTH) -> float:
    """Return by how much training is longer than with 100 tagged images."""
    return float(np.clip(np.sqrt(tags / 100), LEAST_GROWTH, most[device]))


class Learner:
    """Trains one head in two phases; what it has done so far lies in files in `out`."""

    def __init__(
        self,
        inputs: TrainingInputs,
        tags: Sequence[Tagged],
        frozen: Frozen,
        side: int,
        *,
        out: Path,
        report: Report,
    ) -> None:
        self._tags, self._seed, self._out = tags, inputs.job.seed, out
        self._frozen, self._side = frozen, side
        self._repeats = repeats(tags, len(inputs.job.classes))
        filler = Filler(tags, inputs.blobs, frozen, side)
        fitting = capacity(side, frozen.channels, frozen.strides)
        self._banks = Banks(filler, len(tags), fitting, self._seed)
        factor = growth(len(tags), frozen.device)
        self._most = Phase("most", round(MOST_STEPS * factor))
        self._all = Phase("all", round(ALL_STEPS * factor), ALL_RATE)
        self._report = report
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            head = new_head(frozen, len(inputs.job.classes))
        self._fitting = Fitting(head, grid(side, frozen.strides), frozen.device)
        self._at = self._resume()

    def learn_most(self) -> Detector:
        """Return the detector that has seen all but the held-out images."""
        return Detector(self._frozen, self._measured(), self._side)

    def learn_all(self) -> Detector:
        """Return the detector after it has learned on with all images."""
        self._learn(self._all, range(len(self._tags)), self._most.steps)
        return Detector(self._frozen, self._fitting.averaged(), self._side)

    def _measured(self) -> DetectorHead:
        path = self._out / MEASURED
        if path.exists():
            head = copy.deepcopy(self._fitting.averaged())
            head.load_state_dict(torch.load(path, weights_only=True))
            return head
        measuring = set(held_out(self._tags))
        self._learn(self._most, [i for i in range(len(self._tags)) if i not in measuring], 0)
        head = copy.deepcopy(self._fitting.averaged())
        write_whole(path, head.state_dict())
        return head

    def _resume(self) -> tuple[str, int]:
        path = self._out / CHECKPOINT
        return self._fitting.load(path) if path.exists() else (self._most.name, 0)

    def _learn(self, phase: Phase, images: Sequence[int], before: int) -> None:
        first = self._at[1] if self._at[0] == phase.name else 0
        start = 0
        groups = self._banks.groups(images)
        for number, group in enumerate(groups):
            end = phase.steps * (number + 1) // len(groups)
            if first < end:
                bank = self._banks.fill(group, self._report)
                steps = range(max(first, start), end)
                draws = batches(self._places(bank, group), [self._seed, before, number])
                self._fitting.run(
                    phase, steps, bank, islice(draws, steps.start - start, None),
                    self._after(phase, before),
                )  # fmt: skip
            start = end

    def _places(self, bank: Bank, group: Sequence[int]) -> list[int]:
        wanted = set(group)
        return [
            place
            for place, entry in enumerate(bank.entries)
            if entry.image in wanted
            for _ in range(self._repeats[entry.image])
        ]

    def _after(self, phase: Phase, before: int) -> Callable[[int], None]:
        total = self._most.steps + self._all.steps

        def after(step: int) -> None:
            if step % SAVE_EVERY == 0 or step == phase.steps:
                self._fitting.save(self._out / CHECKPOINT, phase.name, step)
            self._report(before + step, total)

        return after


class Banks:
    """The banks of a training: one where all images fit into memory, else one after another."""

    def __init__(self, filler: Filler, images: int, entries: int, seed: int) -> None:
        """Take how many images there are and how many entries fit into memory."""
        self._filler, self._images, self._seed = filler, images, seed
        self._capacity = entries
        self._versions = int(np.clip(entries // images, 1, MOST_VERSIONS))
        self._bank: Bank | None = None

    def groups(self, images: Sequence[int]) -> list[tuple[int, ...]]:
        """Deal the images out so that each group fits."""
        count = -(-len(images) * self._versions // self._capacity)
        order = np.random.default_rng(self._seed).permutation(np.asarray(images))
        return [tuple(sorted(part.tolist())) for part in np.array_split(order, count)]

    def fill(self, group: Sequence[int], report: Report) -> Bank:
        """Return a bank that holds the group; the last one if it does."""
        if self._bank is None or not set(group) <= {entry.image for entry in self._bank.entries}:
            self._bank = None  # frees its memory first
            everything = self._images * self._versions <= self._capacity
            images = range(self._images) if everything else group
            entries = [Entry(image, v) for image in images for v in range(self._versions)]
            self._bank = self._filler.fill(entries, self._seed, report)
        return self._bank
