"""What a network said of images is remembered: most tests here have the same ones embedded."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tenfold.learning import embedding
from tenfold.learning.backbone import Backbone

Known = dict[tuple[str, bytes], Tensor]
"""Features by the network's name and a hash of the pixels."""


class Remembering(nn.Module):
    """A network that is asked about the same pixels only once."""

    def __init__(self, backbone: Backbone, known: Known) -> None:
        super().__init__()
        self._name, self._network, self._known = backbone.name, backbone.network, known

    def forward(self, pixels: Tensor) -> Tensor:
        content = np.ascontiguousarray(pixels.permute(0, 2, 3, 1).numpy())
        key = (self._name, hashlib.sha256(content).digest())
        if key not in self._known:
            self._known[key] = self._network(pixels)
        return self._known[key]


@pytest.fixture(scope="session")
def known() -> Known:
    return {}


@pytest.fixture
def _remembered(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have images embedded once by this process, where embedding isn't what a test is about."""
    load = embedding.load_backbone

    def remembering(name: str, device: str) -> Backbone:
        backbone = load(name, device)
        return replace(backbone, network=Remembering(backbone, known))

    if not torch.cuda.is_available():
        monkeypatch.setattr(embedding, "load_backbone", remembering)
