"""Dataset versions and label snapshots: immutable lists in the blob store."""

from enum import StrEnum

from models.annotation import FinalKind
from models.label import LabelValue
from models.record import Moment, Record, Sha256


class DatasetVersion(Record):
    """An immutable manifest of images."""

    id: str
    project_id: str
    number: int
    images: int
    size: int
    """Bytes of all images."""
    manifest: str
    """Blob name of the JSON lines, one `DatasetRow` each; an `MLTable` file lies beside it."""
    sha256: Sha256
    """Of the manifest's bytes."""
    uri: str
    """Where the registry keeps it."""
    created_at: Moment


class DatasetRow(Record):
    """One line of a dataset version's manifest."""

    sha256: Sha256
    image_url: str
    blob: str
    width: int
    height: int
    size: int
    media_type: str
    orientation: int = 1
    paths: tuple[str, ...]
    columns: dict[str, str] = {}


class SnapshotPurpose(StrEnum):
    """What a label snapshot is for."""

    TRAINING = "training"
    DELIVERY = "delivery"


class LabelSnapshot(Record):
    """An immutable list of final labels."""

    id: str
    project_id: str
    cycle_id: str
    dataset_version: int
    purpose: SnapshotPurpose
    labels: int
    blob: str
    """JSON lines, one `SnapshotRow` each, in the order of the hashes."""
    sha256: Sha256
    created_at: Moment


class SnapshotRow(Record):
    """One final label of a snapshot."""

    sha256: Sha256
    value: LabelValue
    by: FinalKind
    annotation_id: int
    model_version: str | None = None
