"""What trains a model and pre-labels with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.dataset import DatasetRow, SnapshotRow
from models.job import PrelabelJob, TrainJob
from models.prelabel import Prelabel
from tenfold.blobs.port import BlobStore

Report = Callable[[int, int], None]
"""Called with what is done and how much there is."""

Metrics = dict[str, float | int | str]


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """What a trainer may read."""

    job: TrainJob
    rows: Sequence[DatasetRow]
    """The images that carry a label, in the order of `labels`."""
    labels: Sequence[SnapshotRow]
    blobs: BlobStore
    find_device: Callable[[], str]
    """What `device` asks, once it is needed."""
    previous: Path | None = None
    """Folder with the previous model's files."""

    @property
    def device(self) -> str:
        """`cpu` or `cuda`; who asks has torch loaded and its threads set."""
        return self.find_device()


@dataclass(frozen=True, slots=True)
class PrelabelInputs:
    """What a predictor may read: one shard of images."""

    job: PrelabelJob
    rows: Sequence[DatasetRow]
    blobs: BlobStore
    find_device: Callable[[], str]
    """What `device` asks, once it is needed."""

    @property
    def device(self) -> str:
        """`cpu` or `cuda`; who asks has torch loaded and its threads set."""
        return self.find_device()


class Trainer(Protocol):
    """Trains on tags, then proposes labels."""

    def train(self, inputs: TrainingInputs, out: Path, report: Report) -> Metrics:
        """Write the model's files into `out`, resuming from a checkpoint that lies there.

        Raises:
            ModelError: the tags don't suffice, with what is missing.
        """
        ...

    def prelabel(self, model: Path, inputs: PrelabelInputs, report: Report) -> Iterator[Prelabel]:
        """Yield one pre-label an image of `inputs.rows`, in their order, with its confidence."""
        ...
