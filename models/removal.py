"""What is removed for good: a project, or an image; what goes with it and what stays."""

from models.record import Moment, Record, Sha256


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


class ProjectRemoval(Record):
    """What goes with a project, said before it is removed."""

    project: str
    images: int
    """Whose pictures are removed, but for those that another project has, too."""
    answers: int
    """What people said, taken back or not."""
    rounds: int
    models: int
    certificates: int
    stays: str = (
        "The source of the images stays as it is, unless they were sent here for this project; so "
        "do people's accounts and pictures that another project shows. A note stays of who removed "
        "the project, and when."
    )

    @property
    def sentence(self) -> str:
        """What goes, in a sentence."""
        parts = (
            (self.answers, "answer"),
            (self.rounds, "round"),
            (self.models, "model"),
            (self.certificates, "certificate"),
        )
        also = ", ".join(_counted(number, what) for number, what in parts if number)
        return (
            f"What goes: {_counted(self.images, 'image')}{', ' if also else ''}{also}, and all "
            "exports and reports that are kept here."
        )


class RemovedProject(Record):
    """The note that stays of a project that was removed."""

    id: str
    name: str
    by: str
    at: Moment
    what: ProjectRemoval
    cleaned_at: Moment | None = None
    """When the last of it was gone."""


class Erasure(Record):
    """The note that stays of an image that was erased for good."""

    sha256: Sha256
    by: str
    reason: str
    at: Moment
    cleaned_at: Moment | None = None
    """When the last of it was gone."""
