"""What is removed for good: a project, or an image; what goes with it and what stays."""

from models.record import Moment, Record, Sha256


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
        "The source of the images stays as it is, and so do people's accounts and pictures that "
        "another project shows. A note stays of who removed the project, and when."
    )

    @property
    def sentence(self) -> str:
        """What goes, in a sentence."""
        return (
            f"{self.images} images go with all that was said of them: {self.answers} answers in "
            f"{self.rounds} rounds, {self.models} models, {self.certificates} certificates, and "
            "all exports and reports that are kept here."
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
