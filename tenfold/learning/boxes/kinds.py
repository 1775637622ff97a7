"""The two kinds of detectors behind one interface: the small head, and Faster R-CNN."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from models.dataset import DatasetRow
from models.job import DetectorKind
from tenfold.blobs.port import BlobStore
from tenfold.learning.boxes.files import Card, load_head, load_weights
from tenfold.learning.boxes.frozen import Frozen
from tenfold.learning.boxes.learning import Learner
from tenfold.learning.boxes.proposing import Candidates, Detector
from tenfold.learning.boxes.rcnn import RcnnDetector, RcnnLearner, new_rcnn
from tenfold.learning.boxes.tags import Tagged
from tenfold.learning.port import Report, TrainingInputs


class Finds(Protocol):
    """A detector that is ready to look at images."""

    def candidates(
        self, rows: Sequence[DatasetRow], blobs: BlobStore, report: Callable[[int, int], None] = ...
    ) -> Iterator[Candidates]:
        """Yield the candidates of each image, in order."""
        ...

    def weights(self) -> dict[str, Any]:
        """Return a copy of the weights that can be saved anywhere."""
        ...


class Learns(Protocol):
    """What trains a detector; it goes on from what lies in its folder."""

    def learn_most(self) -> Finds:
        """Return a detector that has seen all but the held-out images."""
        ...

    def learn_all(self) -> Finds:
        """Return it after it has learned on with all images."""
        ...


def open_learner(
    inputs: TrainingInputs, tags: Sequence[Tagged], side: int, out: Path, report: Report
) -> Learns:
    """Return what trains the kind of detector that the job names."""
    if inputs.job.detector == DetectorKind.FASTER_RCNN:
        return RcnnLearner(inputs, tags, side, out=out, report=report)
    return Learner(inputs, tags, Frozen(inputs.device), side, out=out, report=report)


def load_detector(folder: Path, card: Card, device: str, which: str = "delivered") -> Finds:
    """Load a detector: `delivered`, or `measured`, which knows no held-out image.

    Raises:
        ModelError: the weights are not there or don't fit.
    """
    if card.detector == DetectorKind.HEAD:
        frozen = Frozen(device)
        return Detector(frozen, load_head(folder, card, frozen, which), card.side)
    network = new_rcnn(len(card.classes), card.side, device)
    load_weights(folder, network, which)
    return RcnnDetector(network, card.side, device)
