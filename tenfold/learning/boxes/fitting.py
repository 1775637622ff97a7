"""Training the head: steps, weight averaging, checkpoints."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.networks.detector import DetectorHead, sides_to_xyxy
from tenfold.learning.backbone import half_precision
from tenfold.learning.boxes.assignment import Grid
from tenfold.learning.boxes.bank import Bank
from tenfold.learning.boxes.files import write_whole
from tenfold.learning.boxes.losses import detection_loss

BATCH = 8
RATE = 3e-3
DECAY = 0.05
AVERAGE = 0.98
WARM_UP = 30
CLIP = 5.0


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training with one learning-rate curve."""

    name: str
    steps: int
    rate: float = RATE


class Fitting:
    """A head, its averaged copy and its optimizer; can be saved and taken up again."""

    def __init__(self, head: DetectorHead, grid: Grid, device: str) -> None:
        self.head = head.to(device).to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.head, multi_avg_fn=_average())
        self.device = device
        self._centers = grid.centers.to(device)
        self._optimizer = AdamW(_groups(self.head), lr=RATE)
        self._half = half_precision(device)
        self._scaler = torch.amp.GradScaler(device, enabled=self._half is torch.float16)

    def run(
        self,
        phase: Phase,
        steps: range,
        bank: Bank,
        draws: Iterator[NDArray[np.int64]],
        after: Callable[[int], None],
    ) -> None:
        """Take `steps` of a phase; `draws` yields the bank's entries of each batch."""
        self.head.train()
        for step in steps:
            for group in self._optimizer.param_groups:
                group["lr"] = phase.rate * curve(step, phase.steps, min(WARM_UP, phase.steps))
            self._step(bank, torch.from_numpy(next(draws)))
            after(step + 1)

    def _step(self, bank: Bank, chosen: Tensor) -> None:
        maps = [store[chosen.to(store.device)].float() for store in bank.maps]
        label = bank.label[chosen].to(self.device, torch.int64)
        target = bank.box[chosen].to(self.device, torch.float32)
        with torch.autocast(self.device, self._half, enabled=self._half is not None):
            logits, sides = self.head(maps)
        boxes = sides_to_xyxy(self._centers, sides.float())
        loss = detection_loss(logits.float(), boxes, label, target)
        self._optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self.head.parameters(), CLIP)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self.average.update_parameters(self.head)

    def averaged(self) -> DetectorHead:
        """Return the averaged head, ready to predict."""
        return cast("DetectorHead", self.average.module).eval()

    def save(self, path: Path, phase: str, step: int) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "phase": phase,
            "step": step,
            "head": self.head.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
        }
        write_whole(path, state)

    def load(self, path: Path) -> tuple[str, int]:
        """Take a checkpoint up; return its phase and steps."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.head.load_state_dict(state["head"])
        self.average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        return state["phase"], state["step"]


def batches(
    places: Sequence[int], seed: Sequence[int], size: int = BATCH
) -> Iterator[NDArray[np.int64]]:
    """Yield batches of places for ever, each place as often as any other, in random order."""
    rng = np.random.default_rng(seed)
    waiting = np.empty(0, dtype=np.int64)
    while True:
        while len(waiting) < size:
            waiting = np.concatenate([waiting, rng.permutation(np.asarray(places))])
        yield waiting[:size]
        waiting = waiting[size:]


def _average() -> Callable[..., Any]:
    return cast("Callable[..., Any]", get_ema_multi_avg_fn(AVERAGE))  # type: ignore[no-untyped-call]


def curve(step: int, steps: int, warm_up: int) -> float:
    """Return the share of the learning rate at a step: a rise, then half a cosine."""
    warm = min((step + 1) / warm_up, 1.0)
    return warm * (1 + math.cos(math.pi * step / steps)) / 2


def _groups(head: DetectorHead) -> list[dict[str, object]]:
    """Decay the filters, not the biases, norms and scales."""
    filters = [one for one in head.parameters() if one.ndim > 1]
    others = [one for one in head.parameters() if one.ndim <= 1]
    return [{"params": filters, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
