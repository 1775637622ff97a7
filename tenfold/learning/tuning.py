"""Fitting the last blocks of the backbone to a project's own tags.

What the early blocks make of the tagged images, in several versions of each, is computed once; only
the blocks at the coarsest stride are trained, with batch normalization frozen. Whether that pays is
asked of tags that were held out.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.networks.efficientnet_lite import LATE, EfficientNetLite0, normalize
from tenfold.errors import ModelError
from tenfold.learning.backbone import SIDE, pretrained_lite0, tuned_lite0
from tenfold.learning.decode import View, look
from tenfold.learning.jobs import chunks
from tenfold.learning.linear import Labels, fit_head, folds, unit
from tenfold.learning.port import Report
from tenfold.sources.views import load_upright

VERSIONS = 6
"""Of each tagged image: as it is, and five random crops with other light, some mirrored."""
STEPS, BATCH = 300, 32
RATE, LAST_RATE, DECAY = 3e-4, 3e-3, 0.01
SMOOTHING, DROPOUT = 0.1, 0.3
MOST = 2_000
"""Tags that are learned from at most."""
LEAST_PART = 0.65
"""Smallest part of an image's sides that a crop shows."""
LIGHT, SHIFT = 0.2, 15.0
"""Largest change of the channels' strength, and of their level."""
MIRRORED = 0.5
"""Share of the crops."""
CHUNK = 16
STRENGTH = 30.0
"""Inverse regularization of the regression that judges."""

Pixels = NDArray[np.uint8]
Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Tagged images as the last blocks see them."""

    maps: Tensor
    """(VERSIONS, n, 112, 14, 14) in half precision, the unchanged images first."""
    labels: Labels
    """(n,) class numbers."""
    classes: int

    def some(self, kept: NDArray[np.bool_]) -> "Tagged":
        """Return those of the mask (n,)."""
        rows = torch.from_numpy(np.flatnonzero(kept))
        return Tagged(self.maps[:, rows], self.labels[kept], self.classes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What held-out tags say of features, frozen and with tuned ones beside them."""

    frozen_loss: float
    tuned_loss: float
    """Mean negative log probability of the true class."""
    frozen_right: float
    tuned_right: float

    @property
    def pays(self) -> bool:
        """Whether tuning told the held-out tags better."""
        return self.tuned_loss < self.frozen_loss and self.tuned_right >= self.frozen_right


def see(data: Iterable[bytes], labels: Labels, classes: int, seed: int, device: str) -> Tagged:
    """Decode tagged images and compute what the last blocks begin with.

    Args:
        data: n encoded images.
        labels: (n,) class numbers below `classes`.
        classes: C.
        seed: of the crops.
        device: `cpu` or `cuda`.
    """
    network = pretrained_lite0().to(device)
    rng = np.random.default_rng(seed)
    parts = []
    for part in chunks(data, CHUNK):
        shown = [_versions(one, rng) for one in part]
        rows = [torch.from_numpy(np.stack(version)) for version in zip(*shown, strict=True)]
        parts.append(torch.stack([_early(network, pixels, device) for pixels in rows]))
    return Tagged(torch.cat(parts, dim=1), labels, classes)


def _early(network: EfficientNetLite0, pixels: Tensor, device: str) -> Tensor:
    entering = pixels.permute(0, 3, 1, 2).to(device, memory_format=torch.channels_last)
    with torch.no_grad():
        return network.early(normalize(entering)).half()


def _versions(data: bytes, rng: np.random.Generator) -> list[Pixels]:
    upright = load_upright(data, 2 * SIDE)
    pixels = np.asarray(upright)
    crops = [_crop(pixels, rng) for _ in range(VERSIONS - 1)]
    return [look(upright, View(SIDE)), *crops]


def _crop(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    from PIL import Image

    height, width = pixels.shape[:2]
    across, down = width * rng.uniform(LEAST_PART, 1.0), height * rng.uniform(LEAST_PART, 1.0)
    left, top = rng.uniform(0, width - across), rng.uniform(0, height - down)
    box = (left, top, left + across, top + down)
    image = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box)
    light = rng.uniform(1 - LIGHT, 1 + LIGHT, 3)
    shown = np.asarray(image, dtype=np.float64) * light + rng.uniform(-SHIFT, SHIFT)
    mirrored = shown[:, ::-1] if rng.random() < MIRRORED else shown
    return np.clip(mirrored, 0, 255).astype(np.uint8)


def tune(tagged: Tagged, seed: int, report: Report) -> Weights:
    """Train the last blocks together with a linear classifier; return the blocks' weights.

    Args:
        tagged: what to learn from.
        seed: of batches and dropout.
        report: is told steps done and all steps.
    """
    torch.manual_seed(seed)
    device = tagged.maps.device
    network = pretrained_lite0().to(device)
    trained = [*network.blocks[LATE:].parameters(), *network.head.parameters()]
    with torch.no_grad():
        first = network.late(tagged.maps[0][: 4 * BATCH].float())
    center, scale = first.mean(dim=0), first.std(dim=0, correction=0) + 1e-3
    last = nn.Linear(first.shape[1], tagged.classes).to(device)
    groups = [
        {"params": trained, "lr": RATE},
        {"params": list(last.parameters()), "lr": LAST_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [RATE, LAST_RATE], total_steps=STEPS)
    truth = torch.from_numpy(tagged.labels.astype(np.int64)).to(device)
    rng = np.random.default_rng(seed)
    for step in range(STEPS):
        rows = torch.from_numpy(rng.integers(len(truth), size=BATCH))
        versions = torch.from_numpy(rng.integers(len(tagged.maps), size=BATCH))
        features = network.late(tagged.maps[versions, rows].float())
        told = last(functional.dropout((features - center) / scale, DROPOUT))
        loss = functional.cross_entropy(told, truth[rows], label_smoothing=SMOOTHING)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        report(step + 1, STEPS)
    return network.late_state()


def examine(tagged: Tagged, base: NDArray[np.floating], seed: int, report: Report) -> Verdict:
    """Tune without a fifth of the tags and ask of it, with and without the tuned features.

    Args:
        tagged: n tagged images.
        base: (n, D) their frozen features.
        seed: of the split and the tuning.
        report: is told steps done and all steps.
    """
    held = folds(tagged.labels, seed) == 0
    held &= np.isin(tagged.labels, tagged.labels[~held])
    if not held.any() or held.all():
        return Verdict(0.0, 0.0, 0.0, 0.0)
    weights = tune(tagged.some(~held), seed, report)
    tuned = late_features(tagged, weights)
    frozen_points, both = centered([base]), centered([base, tuned])
    frozen_loss, frozen_right = _judged(frozen_points, tagged, held)
    tuned_loss, tuned_right = _judged(both, tagged, held)
    return Verdict(frozen_loss, tuned_loss, frozen_right, tuned_right)


def late_features(tagged: Tagged, weights: Mapping[str, Tensor]) -> NDArray[np.float32]:
    """Return the tuned features (n, 1280) of the unchanged images."""
    network = tuned_lite0(weights).to(tagged.maps.device)
    with torch.no_grad():
        parts = [network.late(part.float()) for part in torch.split(tagged.maps[0], CHUNK)]
    found: NDArray[np.float32] = torch.cat(parts).cpu().numpy()
    return found


def centered(parts: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Return features (n, D) side by side, each part of length 1, less their mean."""
    joined = np.hstack([unit(np.asarray(part, dtype=np.float64)) for part in parts])
    return unit(joined - joined.mean(axis=0))


def _judged(
    points: NDArray[np.float64], tagged: Tagged, held: NDArray[np.bool_]
) -> tuple[float, float]:
    head = fit_head(points[~held], tagged.labels[~held], tagged.classes, STRENGTH)
    logs, truth = head.log_probabilities(points[held]), tagged.labels[held]
    right = float((logs.argmax(axis=1) == truth).mean())
    return float(-logs[np.arange(len(truth)), truth].mean()), right


def to_bytes(weights: Weights) -> bytes:
    """Return weights as a file's bytes."""
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    return buffer.getvalue()


def from_bytes(data: bytes) -> Weights:
    """Read weights; nothing in them is run.

    Raises:
        ModelError: the bytes are no weights.
    """
    try:
        found: Weights = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:
        raise ModelError(
            f"The tuned network's file is broken: {error}.", "Delete it; it is made again."
        ) from error
    return found
