"""Images that show nearly the same: copies, neighboring frames, crops."""

from models.record import Record, Sha256


class NearPair(Record):
    """Two images that show nearly the same."""

    one: Sha256
    other: Sha256
    similarity: float
    """Cosine of their features, at most 1."""


class NearDuplicates(Record):
    """All pairs that were found among the images of a dataset version, the most alike first."""

    dataset_version: int
    features: str
    """Prefix of the features that were compared."""
    at_least: float
    compared: int
    """Images that were compared, each with each."""
    pairs: tuple[NearPair, ...]
