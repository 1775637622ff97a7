"""Jobs: what the GPU pool computes, described by names of blobs alone.

A job reads blobs and writes blobs. It holds no connection to the label store, so it runs anywhere.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from models.label import TaskType
from models.record import Record


class JobWait(Record):
    """Why work doesn't begin, and what lets it."""

    why: str
    """A sentence or two."""
    command: str = ""
    """What to type, where that helps."""


class DetectorKind(StrEnum):
    """What finds boxes."""

    HEAD = "head"
    """A small head on the frozen network's maps: a minute and a half for 100 images."""
    FASTER_RCNN = "faster-rcnn"
    """torchvision's Faster R-CNN, most of the network learning, too: several times as long."""


class Tuning(Record):
    """What a backbone's last blocks are trained on."""

    snapshot: str
    """Blob of `SnapshotRow` lines."""
    labels: int
    """Tags in it."""
    classes: tuple[str, ...]
    base: str
    """Prefix of the frozen network's features, which the tuned ones are put beside."""
    seed: int = 0


class EmbedJob(Record):
    """Features of every image of a dataset version; shards that are there already are kept."""

    kind: Literal["embed"] = "embed"
    project_id: str
    manifest: str
    """Blob of the dataset version's rows."""
    backbone: str
    views: int = 1
    """Versions of each image whose features are put side by side."""
    others: tuple[str, ...] = ()
    """Networks that take further views in turn with the backbone; none: it takes all of them."""
    first_view: str | None = None
    """Prefix of shards that hold the first view of some images, which needn't be taken again."""
    tuning: Tuning | None = None
    """Where the network's last blocks are fitted to the project's own tags first."""
    out: str
    """Prefix of the feature shards; `index.json` under it says what they hold."""


class TrainJob(Record):
    """A model version from a label snapshot."""

    kind: Literal["train"] = "train"
    project_id: str
    task: TaskType
    classes: tuple[str, ...]
    manifest: str
    snapshot: str
    """Blob of `SnapshotRow` lines."""
    features: str
    """Prefix of the feature shards."""
    backbone: str
    views: int = 1
    """Views of each image that these features were taken from."""
    others: tuple[str, ...] = ()
    """Networks that took some of the views."""
    tuning: Tuning | None = None
    """Of the network that they come from."""
    detector: DetectorKind = DetectorKind.HEAD
    """Of box projects."""
    previous: str | None = None
    """Prefix of the previous model's files."""
    seed: int = 0
    out: str
    """Prefix of the model's files; `metrics.json` under it is written last."""


class PrelabelJob(Record):
    """Pre-labels of the images that have no final label."""

    kind: Literal["prelabel"] = "prelabel"
    project_id: str
    task: TaskType
    classes: tuple[str, ...]
    manifest: str
    images: str
    """Blob with one image hash a line: what to pre-label."""
    features: str
    backbone: str
    model: str
    """Prefix of the model's files."""
    out: str
    """Prefix of the shards: `shard-00000.jsonl`, ... of `Prelabel` lines; `done.json` is last."""


Job = Annotated[EmbedJob | TrainJob | PrelabelJob, Field(discriminator="kind")]

job_adapter: TypeAdapter[EmbedJob | TrainJob | PrelabelJob] = TypeAdapter(Job)


class JobReport(Record):
    """What a job says of itself when it ends."""

    kind: str
    done: int
    """Images, or tagged images for training."""
    kept: int = 0
    """Images whose result was there already."""
    seconds: float
    device: str
    metrics: dict[str, float | int | str] = {}
