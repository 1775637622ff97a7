"""Where jobs can be computed, as people choose it."""

from models.record import Record


class ComputeTarget(Record):
    """A work pool of Prefect, or in the azure profile a cluster of the workspace."""

    name: str
    usual: bool
    """Whether a project that names none has its jobs here."""
    ready: bool
    """Whether a job would begin soon."""
    said: str
    """What there is to know of it, in a sentence."""
