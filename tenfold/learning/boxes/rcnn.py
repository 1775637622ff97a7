"""The detector that takes longer: torchvision's Faster R-CNN, trained on the same tags."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.dataset import DatasetRow
from models.networks.faster_rcnn import faster_rcnn
from tenfold.blobs.port import BlobStore
from tenfold.learning.backbone import pretrained_lite0
from tenfold.learning.boxes import letterbox
from tenfold.learning.boxes.files import CHECKPOINT, MEASURED, to_cpu, write_whole
from tenfold.learning.boxes.fitting import WARM_UP, curve
from tenfold.learning.boxes.learning import growth
from tenfold.learning.boxes.proposing import FLOOR, THREADS, Candidates, prepare
from tenfold.learning.boxes.tags import Tagged, held_out, repeats
from tenfold.learning.decode import ahead
from tenfold.learning.port import Report, TrainingInputs

MOST_STEPS, ALL_STEPS = 223, 112
"""With 100 tagged images; they grow with the root of the number."""
MOST_GROWTH = {"cpu": 1.5, "cuda": 8.0}
BATCH, SAVE_EVERY, CLIP, DECAY = 4, 50, 5.0, 0.05
RATE, TRUNK_RATE = 1e-3, 2e-4


@dataclass(frozen=True, slots=True)
class RcnnDetector:
    """A trained Faster R-CNN; finds candidates as `proposing.Detector` does."""

    network: Any
    side: int
    device: str

    def candidates(
        self,
        rows: Sequence[DatasetRow],
        blobs: BlobStore,
        report: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Iterator[Candidates]:
        """Yield the candidates of each image, in order."""
        self.network.eval()
        squares = ahead(lambda row: prepare(row, blobs, self.side), rows, threads=THREADS, most=16)
        for done, (square, where) in enumerate(squares, 1):
            with torch.inference_mode():
                seen = self.network([_pixels(square, self.device)])[0]
            yield _in_image(seen, where)
            report(done, len(rows))

    def weights(self) -> dict[str, Any]:
        """Return a copy of the weights that can be saved anywhere."""
        return to_cpu(self.network)


def new_rcnn(classes: int, side: int, device: str) -> Any:
    """Return a Faster R-CNN whose network knows ImageNet and whose heads know nothing."""
    return faster_rcnn(pretrained_lite0(), classes, side).to(device)


def _pixels(square: NDArray[np.uint8], device: str) -> Tensor:
    return torch.from_numpy(square.copy()).to(device).float() / 255


def _in_image(seen: dict[str, Tensor], where: letterbox.Placement) -> Candidates:
    scores, boxes = seen["scores"].cpu().numpy(), where.to_image(seen["boxes"].cpu().numpy())
    kept = (scores >= FLOOR) & ((boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=np.inf) >= 1)
    labels = seen["labels"].cpu().numpy().astype(np.int64) - 1
    return Candidates(boxes[kept].astype(np.float32), scores[kept], labels[kept])


class RcnnLearner:
    """Trains one network in two phases, as `learning.Learner` does."""

    def __init__(
        self,
        inputs: TrainingInputs,
        tags: Sequence[Tagged],
        side: int,
        *,
        out: Path,
        report: Report,
    ) -> None:
        self._inputs, self._tags, self._side = inputs, tags, side
        self._out, self._report = out, report
        factor = growth(len(tags), inputs.device, MOST_GROWTH)
        self._most, self._all = round(MOST_STEPS * factor), round(ALL_STEPS * factor)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(inputs.job.seed)
            self._network = new_rcnn(len(inputs.job.classes), side, inputs.device)
        self._optimizer = _optimizer(self._network)
        self._done = self._resume()

    def learn_most(self) -> RcnnDetector:
        """Return the detector that has seen all but the held-out images."""
        path = self._out / MEASURED
        measuring = set(held_out(self._tags))
        if not path.exists():
            self._learn(0, self._most, [i for i in range(len(self._tags)) if i not in measuring])
            write_whole(path, self._network.state_dict())
        network = new_rcnn(len(self._inputs.job.classes), self._side, self._inputs.device)
        network.load_state_dict(torch.load(path, weights_only=True))
        return RcnnDetector(network, self._side, self._inputs.device)

    def learn_all(self) -> RcnnDetector:
        """Return the detector after it has learned on with all images."""
        self._learn(self._most, self._all, range(len(self._tags)))
        return RcnnDetector(self._network, self._side, self._inputs.device)

    def _resume(self) -> int:
        path = self._out / CHECKPOINT
        if not path.exists():
            return 0
        state = torch.load(path, map_location=self._inputs.device, weights_only=True)
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        return int(state["step"])

    def _learn(self, before: int, steps: int, images: Sequence[int]) -> None:
        times = repeats(self._tags, len(self._inputs.job.classes))
        places = np.repeat(np.asarray(images), [times[image] for image in images])
        self._network.train()
        for step in range(max(self._done, before), before + steps):
            for group in self._optimizer.param_groups:
                group["lr"] = group["initial_lr"] * curve(step - before, steps, WARM_UP)
            self._step(step, places)
            self._done = step + 1
            if self._done % SAVE_EVERY == 0 or self._done == before + steps:
                self._save()
            self._report(self._done, self._most + self._all)

    def _step(self, step: int, places: NDArray[np.int64]) -> None:
        """Take a step whose images and variations follow from its number alone."""
        rng = np.random.default_rng([self._inputs.job.seed, step])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._inputs.job.seed * 1_000_003 + step)
            samples = [self._sample(self._tags[i], rng) for i in rng.choice(places, BATCH)]
            images, targets = zip(*samples, strict=True)
            loss = sum(self._network(list(images), list(targets)).values())
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), CLIP)
            self._optimizer.step()

    def _sample(self, tag: Tagged, rng: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        where = letterbox.vary(tag.row.width, tag.row.height, self._side, rng)
        image = letterbox.decode(self._inputs.blobs.get(tag.row.blob), self._side)
        square = letterbox.render(letterbox.recolor(image, rng), where, self._side)
        clipped, seen = letterbox.visible(where.to_input(tag.boxes), self._side)
        device = self._inputs.device
        target = {
            "boxes": torch.from_numpy(clipped[seen].reshape(-1, 4)).to(device),
            "labels": torch.from_numpy(tag.labels[seen] + 1).to(device),
        }
        return _pixels(square, device), target

    def _save(self) -> None:
        state = {
            "step": self._done,
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        write_whole(self._out / CHECKPOINT, state)


def _optimizer(network: Any) -> torch.optim.AdamW:
    trunk = [one for one in network.backbone.network.parameters() if one.requires_grad]
    theirs = {id(one) for one in trunk}
    rest = [one for one in network.parameters() if one.requires_grad and id(one) not in theirs]
    groups = [
        {"params": trunk, "lr": TRUNK_RATE, "initial_lr": TRUNK_RATE},
        {"params": rest, "lr": RATE, "initial_lr": RATE},
    ]
    return torch.optim.AdamW(groups, weight_decay=DECAY)
