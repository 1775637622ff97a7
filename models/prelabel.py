"""Pre-labels and the model versions that make them."""

from models.box_reason import PackedBoxes
from models.label import LabelValue, TaskType
from models.precedent import Packed
from models.record import Fraction, Moment, Record, Sha256


class Prelabel(Record):
    """What a model version proposes for an image."""

    sha256: Sha256
    value: LabelValue
    confidence: Fraction
    """Estimated chance that a person would agree with all of it."""
    precedents: Packed | PackedBoxes = ""
    """What it leans on most; empty: not told.

    Of classes, the nearest tagged images, as of `models.precedent`; of boxes, what is known of
    each, as of `models.box_reason`.
    """


class ModelVersion(Record):
    """Weights, label classes, metrics, and the label snapshot that it was trained on."""

    id: str
    project_id: str
    cycle_id: str
    number: int
    task: TaskType
    classes: tuple[str, ...]
    snapshot_id: str
    trained_on: int
    """Images with a label in the snapshot."""
    blob: str
    """Prefix of the model's files."""
    metrics: dict[str, float | int | str] = {}
    device: str = "cpu"
    seconds: float = 0.0
    created_at: Moment
