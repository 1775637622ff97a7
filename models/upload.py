"""Images that people send from their own machine."""

from models.record import Moment, Record


class Upload(Record):
    """A folder of the server that files are sent to; a project takes its images from it."""

    id: str
    source: str
    """Where it lies, as a project's source says it."""


class UploadNote(Record):
    """That an upload was begun; it goes once a project has it, or nobody came for it."""

    by: str
    at: Moment


class TakenFile(Record):
    """A file that was sent, or was there already."""

    path: str
    """Under which it is kept; with a part of its hash where another file has its name."""
    new: bool
