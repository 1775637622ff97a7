"""Every error that a person may see. Each says what is wrong, with which thing, and what to do."""


class TenfoldError(Exception):
    """Root of all errors of tenfold; its text is meant for people."""

    hint: str = ""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or type(self).hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} {self.hint}".strip()


class SettingsError(TenfoldError):
    """A setting is wrong."""


class NotFoundError(TenfoldError):
    """A named thing is not there."""


class ConflictError(TenfoldError):
    """What was asked for doesn't fit what is there."""


class RoundNotFinishedError(ConflictError):
    """A round can't be approved while answers are missing."""

    def __init__(self, message: str, missing: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.missing = missing


class StaleClaimError(ConflictError):
    """Another execution of the pipeline has taken the cycle over; this one must end."""


class InvalidAnswerError(TenfoldError):
    """An answer that can't be a label of this project."""


class SourceError(TenfoldError):
    """The source of a project can't be read at all."""


class FormatError(TenfoldError):
    """A file isn't what its format says."""


class BlobError(TenfoldError):
    """The blob store refused or doesn't answer."""


class BlobNotFoundError(BlobError, NotFoundError):
    """No blob of that name."""


class TransientBlobError(BlobError):
    """The blob store doesn't answer now; the same call may go through later."""


class SignInError(TenfoldError):
    """Not signed in, or the link has expired."""


class ForbiddenError(TenfoldError):
    """The role of this person doesn't reach."""


class ModelError(TenfoldError):
    """A model can't be trained or used."""


class ServiceError(TenfoldError):
    """A service (Prefect, page, worker) doesn't answer or didn't start."""


class TransientServiceError(ServiceError):
    """A service doesn't answer now; the same call may go through later."""


class JobFailedError(ServiceError):
    """A job ended without a result where it was computed; another attempt may bring one."""


class JobCancelledError(ServiceError):
    """Somebody has ended a job where it was computed."""
