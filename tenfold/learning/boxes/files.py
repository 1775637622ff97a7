"""A detector's files: `detector.json` says what it is, `detector.pt` holds the weights."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.job import DetectorKind
from models.networks.detector import DetectorHead
from models.record import Fraction, Record
from tenfold.errors import ModelError
from tenfold.learning.boxes.confidence import Confidence
from tenfold.learning.boxes.frozen import Frozen

CARD, WEIGHTS = "detector.json", "detector.pt"
CHECKPOINT, MEASURED = "checkpoint.pt", "measured.pt"
"""What only serves to go on after a stop."""


class Card(Record):
    """All of a detector but its weights."""

    version: int = 1
    classes: tuple[str, ...]
    backbone: str
    detector: DetectorKind = DetectorKind.HEAD
    side: int
    threshold: Fraction
    box_confidence: tuple[float, float, float]
    image_confidence: tuple[float, float]
    held_out: tuple[str, ...]
    """Hashes of the tagged images that the measured weights have not learned."""
    seed: int
    metrics: dict[str, float | int | str]

    @property
    def confidence(self) -> Confidence:
        """The chance that all boxes of an image are right."""
        return Confidence(self.box_confidence, self.image_confidence)


def save(folder: Path, card: Card, weights: dict[str, dict[str, Any]]) -> None:
    """Write both files; `weights` are `delivered` and `measured` state dicts."""
    torch.save(weights, folder / WEIGHTS)
    (folder / CARD).write_text(card.model_dump_json(indent=1), encoding="utf-8")


def read_card(folder: Path) -> Card:
    """Read what a detector is.

    Raises:
        ModelError: the folder holds no detector of this version of tenfold.
    """
    try:
        return Card.model_validate_json((folder / CARD).read_bytes())
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} holds no detector: {error}", "Train again.") from None


def load_head(folder: Path, card: Card, frozen: Frozen, which: str) -> DetectorHead:
    """Load a head, ready to predict: `delivered`, or `measured`, which knows no held-out image.

    Raises:
        ModelError: the weights are not there or don't fit.
    """
    head = new_head(frozen, len(card.classes))
    load_weights(folder, head, which)
    return head.to(frozen.device).to(memory_format=torch.channels_last).eval()


def load_weights(folder: Path, network: nn.Module, which: str) -> None:
    """Load `delivered` or `measured` weights into a network.

    Raises:
        ModelError: they are not there or don't fit.
    """
    try:
        weights = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
        network.load_state_dict(weights[which])
    except (OSError, KeyError, RuntimeError) as error:
        raise ModelError(f"The weights in {folder} don't fit: {error}", "Train again.") from None


def write_whole(path: Path, state: dict[str, Any]) -> None:
    """Write what a stopped training goes on from, whole or not at all."""
    fresh = path.with_suffix(".new")
    torch.save(state, fresh)
    fresh.replace(path)


def clean(folder: Path) -> None:
    """Remove what only serves to go on after a stop."""
    for name in (CHECKPOINT, MEASURED):
        (folder / name).unlink(missing_ok=True)


def new_head(frozen: Frozen, classes: int) -> DetectorHead:
    """Return a fresh head for the backbone's maps."""
    return DetectorHead(frozen.channels, frozen.strides, classes)


def to_cpu(network: nn.Module) -> dict[str, Any]:
    """Return a copy of the weights that can be saved anywhere."""
    return {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
